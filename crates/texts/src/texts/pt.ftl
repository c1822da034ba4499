## Frame of every page

skip = Ir para o conteúdo
site = Site
nav-tickets = Os meus bilhetes
nav-sign-in = Entrar
nav-account = Conta
nav-organizer = Organizador
nav-sign-out = Sair
foot = Bilhetes por Onsale, software de código aberto.
preferences = Idioma e cores
language = Idioma
theme = Cores
theme-system = Como no dispositivo
theme-light = Claras
theme-dark = Escuras
apply = Aplicar
show-password = Mostrar senha
copy = Copiar
copied = Copiado
cancel = Agora não
menu = Menu
do = Ações
errors-title =
    { $count ->
        [one] Há um problema
        [many] Há { $count } de problemas
       *[other] Há { $count } problemas
    }
error-prefix = Erro: { $title }
email = Endereço de e-mail
password = Senha
name = Nome
code = Código
role = Função

## Welcome

welcome-organize = Vender bilhetes

## Signing up

sign-up-title = Criar uma conta
sign-up-lead = Para vender bilhetes ou ter todos os seus num só lugar.
sign-up-name = O seu nome
sign-up-email-hint = Enviamos um código para confirmar que é seu.
password-hint = 15 caracteres ou mais; ou 8 com uma letra maiúscula, um dígito e um símbolo. Quatro palavras fazem uma boa senha.
sign-up-for = Para quê?
sign-up-organize = Organizo eventos
sign-up-organize-lead = Vender bilhetes, desenhá-los e digitalizá-los.
sign-up-attend = Vou a eventos
sign-up-attend-lead = Ter todos os bilhetes num só lugar.
sign-up-button = Criar conta
sign-up-have = Já tem uma conta?
sign-up-closed = As contas novas são criadas pelo operador deste servidor.
verify-title = Veja o seu e-mail
verify-lead = Enviámos uma mensagem para { $email }. Escreva aqui o código dela ou abra a ligação. Ambos são válidos durante 30 minutos.
verify-code = Código de seis dígitos
verify-button = Confirmar
verify-again = Não recebeu a mensagem? Veja na pasta de spam ou crie a conta de novo.
verify-link-title = Confirme o seu endereço
verify-link-lead = Prima apenas se acabou de fazer este pedido. Se foi outra pessoa, feche esta página.
verify-link-used = A ligação já foi usada ou tem mais de 30 minutos. Entre ou crie a conta de novo.
verify-link-password = A palavra-passe que escolheu
verify-link-other = Foi outra pessoa que a escolheu?

## Signing in

sign-in-title = Entrar
sign-in-forgotten = Esqueceu a senha?
sign-in-button = Entrar
sign-in-new = Primeira vez aqui?
sign-in-make = Criar uma conta
sign-in-ticket-title = Só quer o seu bilhete?
sign-in-ticket = Não precisa de conta:
sign-in-ticket-link = encontre-o com o seu endereço de e-mail
sign-in-wrong = O endereço e a senha não correspondem.
sign-in-code-title = Só mais um passo
sign-in-code-lead = Escreva o código que a sua app mostra agora ou um dos seus códigos de recuperação.
sign-in-code = Código da app ou código de recuperação
sign-in-code-wrong = O código não está certo ou já foi usado. Comece de novo com a sua senha.
too-many-tries = Demasiadas tentativas. A próxima é possível dentro de { $seconds } s. Se a conta é sua, uma nova senha termina a espera.

## Forgotten passwords

reset-title = Escolha uma nova senha
reset-lead = Enviamos-lhe uma ligação. É válida durante 30 minutos e uma única vez.
reset-send = Enviar a ligação
reset-sent-title = Veja o seu e-mail
reset-sent-lead = Se { $email } tem uma conta, uma mensagem com uma ligação está a caminho.
reset-new = Nova senha
reset-button = Guardar a senha
reset-others = A sessão é encerrada em todos os outros dispositivos.
reset-used = A ligação já foi usada ou tem mais de 30 minutos. Peça uma nova.
reset-again = Pedir uma nova ligação

## Account

account-title = Conta
account-profile = Perfil
account-save = Guardar
account-address = Endereço de e-mail
account-address-now = Entra com { $email }.
account-address-new = Novo endereço de e-mail
account-address-button = Enviar um código para o novo endereço
account-address-hint = O novo endereço só vale depois de confirmado. Avisamos os dois endereços.
account-password = Senha
account-password-now = Senha atual
account-password-new = Nova senha
account-password-hint = A sessão é encerrada em todos os outros dispositivos.
account-password-button = Alterar a senha
account-factor = Segundo fator
account-factor-off = Desativado. Com ele, para entrar é preciso também um código de uma app no seu telefone.
account-factor-on = Ativo. Para entrar é preciso um código da sua app.
account-factor-codes =
    { $count ->
        [0] Não restam códigos de recuperação.
        [one] Resta um código de recuperação.
        [many] Restam { $count } de códigos de recuperação.
       *[other] Restam { $count } códigos de recuperação.
    }
account-factor-add = Configurar
account-factor-remove = Desativar
account-sessions = As suas sessões
account-sessions-now = Este navegador
account-sessions-end = Encerrar a sessão
account-sessions-others = Encerrar todas as outras sessões
account-device-unknown = Dispositivo desconhecido
account-data = Os seus dados
account-data-lead = Um ficheiro com tudo o que aqui se guarda a seu respeito.
account-data-button = Descarregar os meus dados
account-erase = Apagar a conta
account-erase-title = Apagar a conta?
account-erase-lead = A sua conta, as suas sessões e a sua participação em equipas são apagadas. O seu nome e o seu endereço são retirados das suas inscrições. Isto não pode ser desfeito.
account-erase-tickets = Os bilhetes de eventos futuros continuam válidos, mas já não pode abri-los aqui. Guarde-os antes.
account-erase-button = Apagar a minha conta
account-erase-keep = Manter a conta

## Second factor

factor-title = Configurar um segundo fator
factor-password-lead = Escreva primeiro a sua senha.
factor-next = Seguinte
factor-scan = Leia este código com uma app de códigos de uso único.
factor-code-alt = Código para a sua app
factor-manual = Não consegue ler o código? Escreva esta chave na app:
factor-code = Código que a app mostra
factor-button = Ativar
recovery-title = Guarde estes códigos de recuperação
recovery-lead = Cada um substitui a app uma vez, no dia em que perder o telefone. Só são mostrados agora: imprima-os ou guarde-os num gestor de senhas.
recovery-done = Já os guardei

## My tickets

tickets-title = Os meus bilhetes
tickets-coming = Futuros
tickets-past = Passados
tickets-empty = Ainda não há nada
tickets-empty-lead = As inscrições com { $email } aparecem aqui alguns segundos depois de feitas.
tickets-open = Abrir
tickets-more = Anteriores
tickets-find-title = Encontre os seus bilhetes
tickets-find-lead = Enviamos as ligações dos seus eventos futuros para o seu endereço de e-mail. Não precisa de conta.
tickets-find-button = Enviar as ligações
tickets-find-sent = Se { $email } tem bilhetes para eventos futuros, uma mensagem com as ligações está a caminho.
tickets-sign-in = Tem uma conta? Entre para ver todos.
state-confirmed = Confirmada
state-awaiting-payment = Por pagar
state-cancelled = Cancelada
state-expired = Expirada sem pagamento
state-event-cancelled = Evento cancelado
tickets-count =
    { $count ->
        [one] { $count } bilhete
        [many] { $count } de bilhetes
       *[other] { $count } bilhetes
    }

## A registration, and announcements

registration-cancelled = Esta inscrição foi cancelada. Os bilhetes não são válidos.
registration-expired = Esta inscrição expirou sem pagamento. Os lugares estão de novo à venda.
registration-all = Todos os bilhetes (PDF)
registration-calendar = Adicionar ao meu calendário
unsubscribe-title = Sem mais anúncios?
unsubscribe-lead = Não receberá mais anúncios de { $organizer }. As mensagens sobre os seus próprios bilhetes continuam a chegar.
unsubscribe-button = Sem mais anúncios
unsubscribed-title = Feito
unsubscribed-lead = Já não recebe anúncios de { $organizer }. As mensagens sobre os seus próprios bilhetes continuam a chegar.

## Invitations

invitation-title = Entre na equipa de { $organizer }
invitation-lead = { $inviter } convida você a trabalhar nos eventos de { $organizer }.
invitation-role = A sua função
invitation-accept = Aceitar
invitation-sign-in = O convite é para { $email }. Entre com este endereço ou crie uma conta com ele.
invitation-other = O convite é para outro endereço, não para o seu. Entre com esse.
invitation-used = O convite já foi usado, foi retirado ou tem mais de sete dias. Peça um novo.

## Organizer

organizer-title = Organizador
organizers-lead = Os organizadores para quem trabalha.
organizers-none = Ainda não trabalha para nenhum organizador
organizers-none-lead = Crie um para vender bilhetes ou peça a alguém que convide { $email }.
organizer-open = Criar um organizador
organizer-open-name = Nome
organizer-open-hint = Como aparece nos bilhetes e nos e-mails.
organizer-open-button = Criar
organizer-closed = Os organizadores são criados pelo operador deste servidor.
organizer-events = Eventos
organizer-events-empty = Ainda não há eventos
organizer-events-empty-lead = Crie um com a API; a documentação está em { $docs }.
organizer-event = Evento
organizer-begins = Início
organizer-state = Estado
organizer-more = Posteriores
organizer-switch = Mudar de organizador
nav-events = Todos os eventos
nav-team = Equipa
nav-tokens = Tokens da API
event-draft = Rascunho
event-published = Publicado
event-cancelled = Cancelado

## Team

team-title = Equipa
team-lead = As pessoas que podem trabalhar nos eventos de { $organizer }.
team-people = Pessoas
team-person = Pessoa
team-may = Pode
team-signs-in = Entra com
team-last-here = Última visita
team-password = Senha
team-password-code = Senha e código
team-never = Ainda não
team-invited = Convite enviado
team-valid-until = Ligação válida até { $time }
team-invite = Convidar
team-invite-as = Como
team-change = Alterar
team-change-title = Alterar { $name }
team-change-button = Guardar
team-remove = Remover da equipa
team-remove-lead = { $name } deixa de poder abrir os eventos de { $organizer }.
team-leave = Sair da equipa
team-leave-lead = Deixa de poder abrir os eventos de { $organizer }.
team-send-again = Enviar de novo
team-withdraw = Retirar
team-rename = Nome do organizador
team-rename-button = Mudar o nome
role-owner = Proprietário
role-owner-may = Tudo, também pessoas e tokens
role-manager = Gestor
role-manager-may = Eventos, modelos, inscrições, tarefas
role-finance = Finanças
role-finance-may = Inscrições e faturas
role-door = Pessoal da entrada
role-door-may = Encontrar pessoas pelo nome
role-viewer = Leitor
role-viewer-may = Ler, sem alterar nada

## Tokens

tokens-title = Tokens da API
tokens-lead = Para programas que trabalham para { $organizer }. Um token faz o que lhe é permitido e nada mais.
tokens-new = Novo token
tokens-name-hint = Do programa que o usa.
tokens-may = Pode
tokens-ends = Termina
tokens-days =
    { $days ->
       *[other] Dentro de { $days } dias
    }
tokens-never = Nunca
tokens-make = Criar token
tokens-copy = Copie “{ $name }” agora.
tokens-copy-lead = Só é mostrado esta vez; guardamos apenas a sua impressão digital.
tokens-token = Token
tokens-last-used = Último uso
tokens-not-used = Nunca
tokens-revoke = Revogar
tokens-revoked = Revogado
tokens-expired = Expirado
tokens-empty = Ainda não há tokens
tokens-empty-lead = Os programas precisam de um para trabalhar com a API.
scope-events-write = Criar e alterar eventos
scope-layouts-write = Alterar o modelo dos bilhetes
scope-registrations-read = Ver inscrições e números
scope-registrations-write = Cancelar, marcar como paga, corrigir, enviar de novo
scope-jobs-write = Refazer todos os bilhetes, criar arquivos
scope-audit-read = Ler o histórico de alterações
scope-storage-read = Obter ligações para ficheiros guardados
scope-invoices-write = Criar faturas
scope-invoices-read = Descarregar faturas
scope-team-read = Ver membros e tokens
scope-team-write = Convidar e remover membros, criar tokens
fault-attendees = tem de ter de 1 a { $most } entradas, tem { $count }

## What was done

done-saved = Guardado.
done-password = A sua senha foi alterada.
done-address = Enviámos um código para o novo endereço.
done-verified = O seu endereço está confirmado.
done-signed-out = Saiu da sua conta.
done-session = A sessão foi encerrada nesse dispositivo.
done-factor-removed = O segundo fator está desativado.
done-erased = A sua conta foi apagada.
done-invited = O convite está a caminho.
done-withdrawn = O convite já não funciona.
done-member = A função foi alterada.
done-removed = A pessoa já não está na equipa.
done-left = Saiu da equipa.
done-joined = Boas-vindas à equipa.
done-opened = O organizador foi criado.
done-renamed = O organizador tem um novo nome.
done-revoked = O token já não é válido.

## Events

site-events = Eventos
about = Sobre
events-title = Em cartaz
events-about = Próximos eventos e os seus bilhetes.
events-search = Pesquisar
events-search-hint = Evento, artista ou local
events-place = Local
events-from = De
events-to = Até
events-category = Categoria
events-all = Todos
events-count = Encontrados: { $count }
events-none = Nada encontrado
events-none-lead = Nenhum evento próximo corresponde. Pesquise outra coisa ou veja todos.
events-see-all = Ver todos os eventos
events-empty = Ainda não há eventos
events-empty-lead = Aparecem aqui assim que um organizador publica um.
events-more = Eventos seguintes
events-from-price = A partir de { $price }
events-organize = Organiza eventos?
price-free = Grátis
event-left = restam { $count }
event-sold-out = Esgotado
event-opens = Vendas a partir de { $time }
event-opens-title = As vendas abrem em
event-opens-lead = Esta página transforma-se sozinha no formulário. Chegar cedo não dá vantagem, e recarregar não prejudica.
event-closed = As vendas estão encerradas
event-closed-lead = Já não se vendem bilhetes aqui.
event-over = Terminado
event-over-lead = O evento terminou.
event-sold-out-lead = Todos os bilhetes esgotaram. Alguns podem voltar: esta página repara sozinha.
event-cancelled-lead = O organizador cancelou este evento. Todas as pessoas com bilhete recebem uma mensagem.
event-draft-lead = Só a sua equipa vê esta página. O evento não está publicado.
event-moved-time = A hora mudou. Antes era: { $before }
event-moved-place = O local mudou. Antes era: { $before }
event-when = { $from } a { $to }
event-zone = Hora de { $place } ({ $offset }).
event-for-you = Para si é { $time }.
event-calendar = Adicionar ao calendário
event-map = Ver mapa
event-tickets = Bilhetes
event-kind = Tipo de bilhete
event-how-many = Quantos?
event-fewer = Menos um
event-one-more = Mais um
event-total = Total
event-get = Obter bilhetes
event-next = A seguir, perguntamos quem vem.
event-have = Já tem bilhete? Encontre-o aqui.
event-foot = { $organizer } vende estes bilhetes com o Onsale.
unit-days = dias
unit-hours = horas
unit-minutes = minutos
unit-seconds = segundos

## Registering

register-title = Quem vem?
register-lead = Os nomes figuram nos bilhetes. Qualquer escrita serve.
register-steps = Passos
register-step-done = concluído
register-step-names = Nomes
register-step-payment = Pagamento
register-step-ready = Pronto
register-you = Os seus dados
register-attendee = Participante { $number }
register-contact = e o nosso contacto
register-name = Nome completo
register-name-of = Nome completo do participante { $number }
register-email-of = Endereço de e-mail do participante { $number }
register-email-hint = Os bilhetes chegam aqui.
register-email-other = Com ele a pessoa encontra o seu bilhete. Deixe vazio para o guardar com o seu.
register-optional = Opcional
register-button = Obter os bilhetes
register-hold-button = Reservar os meus lugares
register-hint = Os seus bilhetes aparecem de imediato na página seguinte.
register-hold-hint = Guardamo-los durante { $minutes } minutos. Ainda nada é cobrado.
register-back = Voltar ao evento
register-order = Pedido
register-change = Escolher outros
register-sold-out = Já não restam tantos. Nada foi reservado. Escolha menos ou outro tipo.
register-closed = As vendas estão encerradas. Nada foi reservado.
register-not-yet = As vendas ainda não abriram. Nada foi reservado.
register-other-tab = Já obteve bilhetes noutro separador, com outros nomes. Estão no seu correio. Envie de novo este formulário apenas se quiser mais.
register-busy = Demasiada gente ao mesmo tempo. Nada foi reservado nem cobrado. O que escreveu continua aqui.
register-unknown = Ainda não sabemos se resultou. Envie de novo o formulário: não receberá os bilhetes duas vezes.
register-again = Esta página tenta de novo sozinha dentro de segundos.

## Tickets of a registration

order-ready = Os seus bilhetes
order-ready-lead = Mostre o código à entrada: nesta página ou em papel. Ambos funcionam sem rede.
order-held = Os seus lugares estão reservados
order-held-lead = São seus assim que forem pagos.
order-held-until = Reservados para si até { $time }
order-held-left = Restam { $time }; depois voltam à venda.
order-held-over = O tempo terminou.
order-held-minutes = Os seus lugares ficam reservados mais { $minutes } min no máximo.
order-held-pay = { $organizer } recebe o pagamento. Os códigos aparecem aqui assim que chegar.
order-held-longer = Preciso de mais tempo
order-cancelled = Devolvidos
order-expired = Já não reservados
order-over = Já passou
order-event-cancelled = O evento foi cancelado
order-code = Código de { $name }, para ler à entrada
order-brightness = O leitor demora? Aumente o brilho do ecrã.
order-send-again = Enviar o e-mail de novo
order-state = Em que ponto está
order-mail-queued = O e-mail está a caminho
order-mail-sent = E-mail enviado
order-mail-delivered = E-mail entregue
order-mail-delayed = O e-mail está atrasado; continuamos a tentar
order-mail-failed = O e-mail não chegou
order-mail-failed-note = Guarde o PDF ou conserve esta página.
order-mail-suppressed = Nenhum e-mail foi enviado
order-file-stored = Ficheiro pronto
order-file-pending = Ficheiro a caminho do armazenamento
order-file-pending-note = O PDF já está disponível.
order-event = Sobre o evento
order-change = Não pode vir?
order-rename = Mudar nomes
order-rename-lead = Um bilhete alterado recebe um novo código. O antigo deixa de valer, mesmo impresso.
order-rename-until = Os nomes podem ser mudados até { $time }.
order-rename-button = Mudar os nomes
order-keep = Deixar assim
order-return = Devolver os bilhetes
order-return-until = Os bilhetes podem ser devolvidos até { $time }.
order-return-paid = Os bilhetes estão pagos. { $organizer } cancela-os e devolve o dinheiro.
order-return-title = Devolver estes bilhetes?
order-return-lead = Os códigos deixam de valer de imediato e os lugares voltam à venda. Não pode ser desfeito.
fault-renames-over = os nomes já não podem ser mudados
fault-returns-over = os bilhetes já não podem ser devolvidos
fault-return-paid = os bilhetes estão pagos: o organizador devolve o dinheiro
done-renamed-tickets = Os nomes foram mudados. Os códigos antigos já não valem.
done-given-back = Os bilhetes foram devolvidos.
done-sent-again = O e-mail está de novo a caminho.
done-held-longer = Os seus lugares ficam reservados mais tempo.
register-questions = Do organizador
register-only-if = Apenas se responder «{ $answer }».
fault-answer-unknown = não é uma pergunta deste evento
fault-answer-option = tem de ser uma das opções
fault-answer-number = tem de ser um número
fault-answer-day = tem de ser um dia, por exemplo 2026-12-31

## Errors

error-404-title = Não há nada aqui
error-404-lead = O endereço pode ter um erro, ou o que estava aqui já não existe. Se seguiu uma ligação num e-mail, copie-a inteira: os programas de e-mail costumam cortar as longas.
error-404-ticket = Perdeu um bilhete?
error-403-title = Não a partir daqui
error-403-lead = O formulário foi enviado por uma página de outro site ou esperou demasiado tempo. Nada foi feito. Volte atrás, recarregue a página e envie-o de novo.
error-429-title = Mais devagar
error-429-lead = Chegaram demasiados pedidos da sua rede. Nada foi feito. Tente de novo dentro de { $seconds } s.
error-503-title = Demasiados pedidos ao mesmo tempo
error-503-lead = Desta vez não conseguimos, e nada foi feito. Tente de novo dentro de { $seconds } s; recarregar não faz mal.
error-500-title = O erro é nosso
error-500-lead = Algo correu mal aqui. Se nos escrever, indique a referência abaixo.
error-409-title = Agora não é possível
error-retry = Tentar de novo
error-reference = Referência
error-back = Voltar ao início

## Faults of forms. In English, they have the words of the API.

fault-required = campo obrigatório
fault-empty = não pode ficar em branco
fault-too-long = pode ter no máximo { $limit } caracteres, tem { $count }
fault-control = não pode ter caracteres de controlo
fault-email = tem de ser um endereço de e-mail
fault-password-short = tem de ter 15 caracteres, ou 8 com uma letra maiúscula, um dígito e um símbolo
fault-password-long = pode ter no máximo 256 caracteres
fault-password-own = não pode ser feita do seu nome ou endereço
fault-password-known = é conhecida de quem tenta adivinhar senhas
fault-password-wrong = não é a sua senha
fault-code-wrong = não é o código atual
fault-stale-setup = não é desta conta: comece de novo
fault-name-taken = é o nome de outro organizador
fault-member = é o endereço de um membro
fault-role = tem de ser uma destas: proprietário, gestor, finanças, pessoal da entrada, leitor
fault-language = tem de ser um destes: en, de, fr, es, pt, hi, ar, ja
fault-token-name = tem de ter de 1 a 100 caracteres numa só linha
fault-one-entry = tem de ter pelo menos um item
fault-no-owner = a equipa ficaria sem proprietário: torne primeiro outra pessoa proprietária
fault-sole-owner = é a única pessoa proprietária de { $names }: torne primeiro outra pessoa proprietária
fault-other-account = o endereço pertence a outra conta
fault-invitations = há demasiados convites em aberto, ou demasiados foram enviados para este endereço na última hora
fault-owned = já tem { $most } organizadores, o máximo permitido
fault-tokens = o organizador tem { $most } tokens válidos, o máximo permitido
fault-factor-present = já há um segundo fator
fault-no-accounts = as contas novas são criadas pelo operador deste servidor
fault-no-organizers = os organizadores são criados pelo operador deste servidor
fault-forbidden = a sua função não permite isto
