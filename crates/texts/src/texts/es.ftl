## Frame of every page

skip = Ir al contenido
site = Sitio
nav-tickets = Mis entradas
nav-sign-in = Iniciar sesión
nav-account = Cuenta
nav-organizer = Organizador
nav-sign-out = Cerrar sesión
foot = Entradas con Onsale, software de código abierto.
preferences = Idioma y colores
language = Idioma
theme = Colores
theme-system = Como el dispositivo
theme-light = Claro
theme-dark = Oscuro
apply = Aplicar
show-password = Mostrar la contraseña
copy = Copiar
copied = Copiado
cancel = Ahora no
menu = Menú
do = Acciones
errors-title =
    { $count ->
        [one] Hay un problema
        [many] Hay { $count } de problemas
       *[other] Hay { $count } problemas
    }
error-prefix = Error: { $title }
email = Dirección de correo
password = Contraseña
name = Nombre
code = Código
role = Rol

## Welcome

welcome-organize = Vender entradas

## Signing up

sign-up-title = Crear una cuenta
sign-up-lead = Para vender entradas, o para tener todas las suyas en un solo lugar.
sign-up-name = Su nombre
sign-up-email-hint = Enviamos un código para confirmar que es suya.
password-hint = 15 caracteres o más; u 8 con una mayúscula, una cifra y un símbolo. Cuatro palabras forman una buena contraseña.
sign-up-for = ¿Para qué?
sign-up-organize = Organizo eventos
sign-up-organize-lead = Vender entradas, diseñarlas y escanearlas.
sign-up-attend = Voy a eventos
sign-up-attend-lead = Tener todas las entradas en un solo lugar.
sign-up-button = Crear una cuenta
sign-up-have = ¿Ya tiene una?
sign-up-closed = Las cuentas nuevas las crea el administrador de este servidor.
verify-title = Revise su correo
verify-lead = Hemos enviado un mensaje a { $email }. Escriba aquí su código o abra su enlace. Ambos valen durante 30 minutos.
verify-code = Código de seis cifras
verify-button = Confirmar
verify-again = ¿No hay mensaje? Mire en la carpeta de spam o cree la cuenta de nuevo.
verify-link-title = Confirme su dirección
verify-link-lead = Pulse solo si usted mismo lo acaba de pedir. Si fue otra persona, cierre esta página.
verify-link-used = El enlace ya se usó o tiene más de 30 minutos. Inicie sesión o cree la cuenta de nuevo.
verify-link-password = La contraseña que eligió
verify-link-other = ¿La eligió otra persona?

## Signing in

sign-in-title = Iniciar sesión
sign-in-forgotten = ¿La ha olvidado?
sign-in-button = Iniciar sesión
sign-in-new = ¿Es su primera vez aquí?
sign-in-make = Crear una cuenta
sign-in-ticket-title = ¿Solo quiere su entrada?
sign-in-ticket = No necesita cuenta:
sign-in-ticket-link = búsquela con su dirección de correo
sign-in-wrong = La dirección y la contraseña no coinciden.
sign-in-code-title = Un paso más
sign-in-code-lead = Escriba el código que muestra ahora su aplicación o uno de sus códigos de recuperación.
sign-in-code = Código de la aplicación o de recuperación
sign-in-code-wrong = El código no es correcto o ya se usó. Empiece de nuevo con su contraseña.
too-many-tries = Demasiados intentos. El próximo será posible en { $seconds } s. Si la cuenta es suya, una contraseña nueva termina la espera.

## Forgotten passwords

reset-title = Elija una contraseña nueva
reset-lead = Le enviamos un enlace. Vale durante 30 minutos y una sola vez.
reset-send = Enviar el enlace
reset-sent-title = Revise su correo
reset-sent-lead = Si { $email } tiene una cuenta, un mensaje con un enlace está en camino.
reset-new = Contraseña nueva
reset-button = Guardar la contraseña
reset-others = Se cerrará la sesión en todos los demás dispositivos.
reset-used = El enlace ya se usó o tiene más de 30 minutos. Pida uno nuevo.
reset-again = Pedir un enlace nuevo

## Account

account-title = Cuenta
account-profile = Sobre usted
account-save = Guardar
account-address = Dirección de correo
account-address-now = Inicia sesión con { $email }.
account-address-new = Nueva dirección de correo
account-address-button = Enviar un código a la nueva dirección
account-address-hint = La nueva dirección vale cuando la haya confirmado. Avisamos a las dos.
account-password = Contraseña
account-password-now = Contraseña actual
account-password-new = Contraseña nueva
account-password-hint = Se cerrará la sesión en todos los demás dispositivos.
account-password-button = Cambiar la contraseña
account-factor = Segundo factor
account-factor-off = Desactivado. Con él, para iniciar sesión también hace falta un código de una aplicación de su teléfono.
account-factor-on = Activado. Para iniciar sesión hace falta un código de su aplicación.
account-factor-codes =
    { $count ->
        [0] No quedan códigos de recuperación.
        [one] Queda un código de recuperación.
        [many] Quedan { $count } de códigos de recuperación.
       *[other] Quedan { $count } códigos de recuperación.
    }
account-factor-add = Configurar
account-factor-remove = Desactivar
account-sessions = Dónde tiene la sesión iniciada
account-sessions-now = Este navegador
account-sessions-end = Cerrar sesión
account-sessions-others = Cerrar sesión en todos los demás dispositivos
account-device-unknown = Dispositivo desconocido
account-data = Sus datos
account-data-lead = Un archivo con todo lo que se sabe de usted aquí.
account-data-button = Descargar mis datos
account-erase = Borrar la cuenta
account-erase-title = ¿Borrar la cuenta?
account-erase-lead = Se eliminan su cuenta, sus sesiones y sus puestos en equipos. Su nombre y su dirección se quitan de sus inscripciones. Esto no se puede deshacer.
account-erase-tickets = Las entradas de los próximos eventos siguen siendo válidas, pero ya no podrá abrirlas aquí. Guárdelas antes.
account-erase-button = Borrar mi cuenta
account-erase-keep = Conservar la cuenta

## Second factor

factor-title = Configurar un segundo factor
factor-password-lead = Escriba primero su contraseña.
factor-next = Continuar
factor-scan = Escanee este código con una aplicación de códigos de un solo uso.
factor-code-alt = Código para su aplicación
factor-manual = ¿No puede escanear? Escriba esta clave en la aplicación:
factor-code = Código que muestra la aplicación
factor-button = Activar
recovery-title = Guarde estos códigos de recuperación
recovery-lead = Cada uno sustituye a la aplicación una vez, el día en que pierda su teléfono. Solo se muestran ahora: imprímalos o póngalos en un gestor de contraseñas.
recovery-done = Los he guardado

## My tickets

tickets-title = Mis entradas
tickets-coming = Próximas
tickets-past = Pasadas
tickets-empty = Todavía no hay nada
tickets-empty-lead = Las inscripciones con { $email } aparecen aquí al cabo de unos segundos.
tickets-open = Abrir
tickets-more = Ver anteriores
tickets-find-title = Buscar sus entradas
tickets-find-lead = Enviamos los enlaces de sus próximos eventos a su dirección de correo. No necesita cuenta.
tickets-find-button = Enviar los enlaces
tickets-find-sent = Si { $email } tiene entradas para próximos eventos, un mensaje con sus enlaces está en camino.
tickets-sign-in = ¿Tiene una cuenta? Inicie sesión para verlas todas.
state-confirmed = Confirmada
state-awaiting-payment = Por pagar
state-cancelled = Cancelada
state-expired = Caducada sin pago
state-event-cancelled = Evento cancelado
tickets-count =
    { $count ->
        [one] Una entrada
        [many] { $count } de entradas
       *[other] { $count } entradas
    }

## A registration, and announcements

registration-cancelled = Esta inscripción se canceló. Sus entradas no son válidas.
registration-expired = Esta inscripción caducó sin pago. Sus plazas vuelven a estar a la venta.
registration-all = Todas las entradas (PDF)
registration-calendar = Añadir a mi calendario
unsubscribe-title = ¿No más anuncios?
unsubscribe-lead = No recibirá más anuncios de { $organizer }. Los mensajes sobre sus propias entradas le seguirán llegando.
unsubscribe-button = No más anuncios
unsubscribed-title = Hecho
unsubscribed-lead = Ya no recibe anuncios de { $organizer }. Los mensajes sobre sus propias entradas le siguen llegando.

## Invitations

invitation-title = Únase al equipo de { $organizer }
invitation-lead = { $inviter } le invita a trabajar en los eventos de { $organizer }.
invitation-role = Su rol
invitation-accept = Aceptar
invitation-sign-in = La invitación es para { $email }. Inicie sesión con esta dirección o cree una cuenta con ella.
invitation-other = La invitación es para una dirección distinta de la suya. Inicie sesión con esa.
invitation-used = La invitación ya se usó, se retiró o tiene más de siete días. Pida una nueva.

## Organizer

organizer-title = Organizador
organizers-lead = Los organizadores para los que trabaja.
organizers-none = Todavía no trabaja para ningún organizador
organizers-none-lead = Cree uno para vender entradas o pida a alguien que invite a { $email }.
organizer-open = Crear un organizador
organizer-open-name = Nombre
organizer-open-hint = Tal como figura en las entradas y en los correos.
organizer-open-button = Crear
organizer-closed = Los organizadores los crea el administrador de este servidor.
organizer-events = Eventos
organizer-events-empty = Todavía no hay eventos
organizer-events-empty-lead = Cree uno con la API; su documentación está en { $docs }.
organizer-event = Evento
organizer-begins = Comienzo
organizer-state = Estado
organizer-more = Ver posteriores
organizer-switch = Cambiar de organizador
nav-events = Todos los eventos
nav-team = Equipo
nav-tokens = Tokens de API
event-draft = Borrador
event-published = Publicado
event-cancelled = Cancelado

## Team

team-title = Equipo
team-lead = Las personas que pueden trabajar en los eventos de { $organizer }.
team-people = Personas
team-person = Persona
team-may = Puede
team-signs-in = Inicia sesión con
team-last-here = Última visita
team-password = Contraseña
team-password-code = Contraseña y código
team-never = Todavía no
team-invited = Personas invitadas
team-valid-until = Enlace válido hasta { $time }
team-invite = Invitar
team-invite-as = Como
team-change = Modificar
team-change-title = Modificar a { $name }
team-change-button = Guardar
team-remove = Quitar del equipo
team-remove-lead = { $name } ya no podrá abrir los eventos de { $organizer }.
team-leave = Dejar el equipo
team-leave-lead = Ya no podrá abrir los eventos de { $organizer }.
team-send-again = Enviar de nuevo
team-withdraw = Retirar
team-rename = Nombre del organizador
team-rename-button = Cambiar el nombre
role-owner = Propietario
role-owner-may = Todo, también personas y tokens
role-manager = Gestor
role-manager-may = Eventos, diseños, inscripciones, tareas
role-finance = Finanzas
role-finance-may = Inscripciones y facturas
role-door = Control de acceso
role-door-may = Buscar personas por su nombre
role-viewer = Lector
role-viewer-may = Consulta, no cambia nada

## Tokens

tokens-title = Tokens de API
tokens-lead = Para programas que trabajan para { $organizer }. Un token hace lo que tiene permitido y nada más.
tokens-new = Token nuevo
tokens-name-hint = El del programa que lo usa.
tokens-may = Puede
tokens-ends = Caduca
tokens-days =
    { $days ->
       *[other] En { $days } días
    }
tokens-never = Nunca
tokens-make = Crear un token
tokens-copy = Copie «{ $name }» ahora.
tokens-copy-lead = Solo se muestra esta vez; nosotros guardamos únicamente su huella.
tokens-token = Token
tokens-last-used = Último uso
tokens-not-used = Nunca
tokens-revoke = Revocar
tokens-revoked = Revocado
tokens-expired = Caducado
tokens-empty = Todavía no hay tokens
tokens-empty-lead = Los programas necesitan uno para trabajar con la API.
scope-events-write = Crear y cambiar eventos
scope-layouts-write = Cambiar el diseño de las entradas
scope-registrations-read = Ver inscripciones y cifras
scope-registrations-write = Cancelar, marcar como pagado, corregir, enviar de nuevo
scope-jobs-write = Rehacer todas las entradas, crear archivos comprimidos
scope-audit-read = Leer el historial de cambios
scope-storage-read = Obtener enlaces a los archivos guardados
scope-invoices-write = Crear facturas
scope-invoices-read = Descargar facturas
scope-team-read = Ver miembros y tokens
scope-team-write = Invitar y quitar miembros, crear tokens
fault-attendees = debe tener de 1 a { $most } entradas, tiene { $count }

## What was done

done-saved = Guardado.
done-password = Su contraseña ha cambiado.
done-address = Hemos enviado un código a la nueva dirección.
done-verified = Su dirección está confirmada.
done-signed-out = Ha cerrado la sesión.
done-session = Se ha cerrado esa sesión.
done-factor-removed = El segundo factor está desactivado.
done-erased = Su cuenta se ha borrado.
done-invited = La invitación está en camino.
done-withdrawn = La invitación ya no es válida.
done-member = El rol ha cambiado.
done-removed = La persona ya no está en el equipo.
done-left = Ha dejado el equipo.
done-joined = Le damos la bienvenida al equipo.
done-opened = El organizador está creado.
done-renamed = El organizador tiene un nombre nuevo.
done-revoked = El token ya no es válido.

## Events

site-events = Eventos
about = Acerca de
events-title = En cartel
events-about = Próximos eventos y sus entradas.
events-search = Buscar
events-search-hint = Evento, artista o lugar
events-place = Lugar
events-from = Desde
events-to = Hasta
events-category = Categoría
events-all = Todos
events-count = Encontrados: { $count }
events-none = Nada encontrado
events-none-lead = Ningún evento próximo coincide. Busque otra cosa o vea todos.
events-see-all = Ver todos los eventos
events-empty = Aún no hay eventos
events-empty-lead = Aparecen aquí en cuanto un organizador publica uno.
events-more = Eventos posteriores
events-from-price = Desde { $price }
events-organize = ¿Organiza eventos?
price-free = Gratis
event-left = quedan { $count }
event-sold-out = Agotado
event-opens = Venta desde { $time }
event-opens-title = La venta abre en
event-opens-lead = Esta página se convierte sola en el formulario. Llegar antes no da ventaja y recargar no perjudica.
event-closed = La venta está cerrada
event-closed-lead = Aquí ya no se venden entradas.
event-over = Terminado
event-over-lead = El evento ha terminado.
event-sold-out-lead = Todas las entradas se han agotado. Puede que vuelvan algunas: esta página lo nota sola.
event-cancelled-lead = El organizador ha cancelado este evento. Todas las personas con entrada reciben un mensaje.
event-draft-lead = Solo su equipo ve esta página. El evento no está publicado.
event-moved-time = La hora ha cambiado. Antes era: { $before }
event-moved-place = El lugar ha cambiado. Antes era: { $before }
event-when = { $from } a { $to }
event-zone = Hora de { $place } ({ $offset }).
event-for-you = Para usted es { $time }.
event-calendar = Añadir al calendario
event-map = Ver mapa
event-tickets = Entradas
event-kind = Tipo de entrada
event-how-many = ¿Cuántas?
event-fewer = Una menos
event-one-more = Una más
event-total = Total
event-get = Conseguir entradas
event-next = Después preguntamos quién viene.
event-have = ¿Ya tiene entrada? Encuéntrela aquí.
event-foot = { $organizer } vende estas entradas con Onsale.
unit-days = días
unit-hours = horas
unit-minutes = minutos
unit-seconds = segundos

## Registering

register-title = ¿Quién viene?
register-lead = Los nombres figuran en las entradas. Vale cualquier escritura.
register-steps = Pasos
register-step-done = hecho
register-step-names = Nombres
register-step-payment = Pago
register-step-ready = Listo
register-you = Sus datos
register-attendee = Asistente { $number }
register-contact = y nuestro contacto
register-name = Nombre completo
register-name-of = Nombre completo del asistente { $number }
register-email-of = Dirección de correo del asistente { $number }
register-email-hint = Las entradas llegan aquí.
register-email-other = Con ella encuentra su propia entrada. Déjelo vacío para guardarla con la suya.
register-optional = Opcional
register-button = Conseguir las entradas
register-hold-button = Reservar mis plazas
register-hint = Sus entradas aparecen al instante en la página siguiente.
register-hold-hint = Las guardamos { $minutes } minutos. Todavía no se cobra nada.
register-back = Volver al evento
register-order = Pedido
register-change = Elija otras
register-sold-out = No quedan tantas. No se ha reservado nada. Elija menos u otro tipo.
register-closed = La venta está cerrada. No se ha reservado nada.
register-not-yet = La venta aún no está abierta. No se ha reservado nada.
register-other-tab = Ya ha conseguido entradas en otra pestaña, con otros nombres. Están en su correo. Envíe este formulario otra vez solo si quiere más.
register-busy = Demasiada gente a la vez. No se ha reservado ni cobrado nada. Lo que escribió sigue aquí.
register-unknown = Aún no sabemos si ha funcionado. Envíe el formulario otra vez: no recibirá las entradas dos veces.
register-again = Esta página lo intenta de nuevo sola en unos segundos.

## Tickets of a registration

order-ready = Sus entradas
order-ready-lead = Muestre el código en la entrada: en esta página o en papel. Ambos funcionan sin red.
order-held = Sus plazas están reservadas
order-held-lead = Son suyas en cuanto estén pagadas.
order-held-until = Reservadas para usted hasta { $time }
order-held-left = Quedan { $time }; después vuelven a la venta.
order-held-over = El tiempo ha terminado.
order-held-minutes = Sus plazas quedan reservadas { $minutes } min más como máximo.
order-held-pay = { $organizer } recibe el pago. Los códigos aparecen aquí en cuanto llega.
order-held-longer = Necesito más tiempo
order-cancelled = Devueltas
order-expired = Ya no reservadas
order-over = Ya pasó
order-event-cancelled = El evento está cancelado
order-code = Código de { $name }, para escanear en la entrada
order-brightness = ¿El lector tarda? Suba el brillo de la pantalla.
order-send-again = Enviar el correo otra vez
order-state = Cómo va todo
order-mail-queued = El correo está en camino
order-mail-sent = Correo enviado
order-mail-delivered = Correo entregado
order-mail-delayed = El correo se retrasa; seguimos intentándolo
order-mail-failed = El correo no llegó
order-mail-failed-note = Guarde el PDF o conserve esta página.
order-mail-suppressed = No se envió ningún correo
order-file-stored = Archivo listo
order-file-pending = Archivo en camino al almacenamiento
order-file-pending-note = El PDF ya está disponible.
order-event = Sobre el evento
order-change = ¿No puede venir?
order-rename = Cambiar nombres
order-rename-lead = Una entrada cambiada recibe un código nuevo. El anterior deja de valer, también impreso.
order-rename-until = Los nombres se pueden cambiar hasta { $time }.
order-rename-button = Cambiar los nombres
order-keep = Dejar así
order-return = Devolver las entradas
order-return-until = Las entradas se pueden devolver hasta { $time }.
order-return-paid = Las entradas están pagadas. { $organizer } las cancela y devuelve el dinero.
order-return-title = ¿Devolver estas entradas?
order-return-lead = Los códigos dejan de valer al instante y las plazas vuelven a la venta. No se puede deshacer.
fault-renames-over = los nombres ya no se pueden cambiar
fault-returns-over = las entradas ya no se pueden devolver
fault-return-paid = las entradas están pagadas: el organizador devuelve el dinero
done-renamed-tickets = Los nombres están cambiados. Los códigos anteriores ya no valen.
done-given-back = Las entradas están devueltas.
done-sent-again = El correo está de nuevo en camino.
done-held-longer = Sus plazas quedan reservadas más tiempo.
register-questions = Del organizador
register-only-if = Solo si responde «{ $answer }».
fault-answer-unknown = no es una pregunta de este evento
fault-answer-option = debe ser una de las opciones
fault-answer-number = debe ser un número
fault-answer-day = debe ser un día, por ejemplo 2026-12-31

## Errors

error-404-title = Aquí no hay nada
error-404-lead = Puede que la dirección esté mal escrita o que lo que había aquí ya no exista. Si siguió un enlace de un correo, cópielo entero: los programas de correo suelen cortar los enlaces largos.
error-404-ticket = ¿Ha perdido una entrada?
error-403-title = No se envió desde aquí
error-403-lead = El formulario se envió desde una página de otro sitio o esperó demasiado. No se ha hecho nada. Vuelva atrás, recargue la página y envíelo de nuevo.
error-429-title = Más despacio
error-429-lead = Han llegado demasiadas solicitudes desde su red. No se ha hecho nada. Inténtelo de nuevo en { $seconds } s.
error-503-title = Demasiadas solicitudes a la vez
error-503-lead = Esta vez no hemos podido, y no se ha hecho nada. Inténtelo de nuevo en { $seconds } s; puede recargar la página sin problema.
error-500-title = Un error nuestro
error-500-lead = Algo ha fallado aquí. Si nos escribe, indique la referencia de abajo.
error-409-title = Ahora no es posible
error-retry = Intentar de nuevo
error-reference = Referencia
error-back = Volver al inicio

## Faults of forms. In English, they have the words of the API.

fault-required = no puede faltar
fault-empty = no puede quedar en blanco
fault-too-long = debe tener como máximo { $limit } caracteres, tiene { $count }
fault-control = no debe contener caracteres de control
fault-email = debe ser una dirección de correo
fault-password-short = debe tener 15 caracteres, u 8 con una mayúscula, una cifra y un símbolo
fault-password-long = debe tener como máximo 256 caracteres
fault-password-own = no debe formarse con su nombre o su dirección
fault-password-known = la conocen quienes adivinan contraseñas
fault-password-wrong = no es su contraseña
fault-code-wrong = no es el código actual
fault-stale-setup = no es de esta cuenta: empiece de nuevo
fault-name-taken = es el nombre de otro organizador
fault-member = es la dirección de un miembro
fault-role = debe ser uno de estos roles: propietario, gestor, finanzas, control de acceso, lector
fault-language = debe ser uno de estos idiomas: en, de, fr, es, pt, hi, ar, ja
fault-token-name = debe tener de 1 a 100 caracteres en una sola línea
fault-one-entry = debe tener al menos un elemento
fault-no-owner = el equipo se quedaría sin propietario: nombre antes a otro propietario
fault-sole-owner = usted es el único propietario de { $names }: nombre antes a otro propietario
fault-other-account = la dirección pertenece a otra cuenta
fault-invitations = hay demasiadas invitaciones abiertas, o se enviaron demasiadas a esta dirección en la última hora
fault-owned = usted es propietario de { $most } organizadores, el máximo permitido
fault-tokens = el organizador tiene { $most } tokens válidos, el máximo permitido
fault-factor-present = ya hay un segundo factor
fault-no-accounts = las cuentas nuevas las crea el administrador de este servidor
fault-no-organizers = los organizadores los crea el administrador de este servidor
fault-forbidden = su rol no lo permite
