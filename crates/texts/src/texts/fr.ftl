## Frame of every page

skip = Aller au contenu
site = Site
nav-tickets = Mes billets
nav-sign-in = Se connecter
nav-account = Compte
nav-organizer = Organisateur
nav-sign-out = Se déconnecter
foot = Billets par Onsale, logiciel libre.
preferences = Langue et couleurs
language = Langue
theme = Couleurs
theme-system = Comme l’appareil
theme-light = Clair
theme-dark = Sombre
apply = Appliquer
show-password = Afficher le mot de passe
copy = Copier
copied = Copié
cancel = Pas maintenant
menu = Menu
do = Actions
errors-title =
    { $count ->
        [one] Il y a un problème
        [many] Il y a { $count } de problèmes
       *[other] Il y a { $count } problèmes
    }
error-prefix = Erreur : { $title }
email = Adresse e-mail
password = Mot de passe
name = Nom
code = Code
role = Rôle

## Welcome

welcome-organize = Vendre des billets

## Signing up

sign-up-title = Créer un compte
sign-up-lead = Pour vendre des billets, ou pour avoir tous les vôtres au même endroit.
sign-up-name = Votre nom
sign-up-email-hint = Nous envoyons un code pour confirmer que c’est bien la vôtre.
password-hint = 15 caractères ou plus ; ou 8 avec une majuscule, un chiffre et un symbole. Quatre mots font un bon mot de passe.
sign-up-for = Pour quoi faire ?
sign-up-organize = J’organise des événements
sign-up-organize-lead = Vendre, concevoir et scanner des billets.
sign-up-attend = Je vais à des événements
sign-up-attend-lead = Garder tous les billets au même endroit.
sign-up-button = Créer un compte
sign-up-have = Vous en avez déjà un ?
sign-up-closed = Les nouveaux comptes sont créés par l’administrateur de ce serveur.
verify-title = Consultez votre messagerie
verify-lead = Nous avons envoyé un message à { $email }. Saisissez ici le code qu’il contient, ou ouvrez son lien. Les deux sont valables 30 minutes.
verify-code = Code à six chiffres
verify-button = Confirmer
verify-again = Pas de message ? Regardez dans le dossier spam, ou créez le compte à nouveau.
verify-link-title = Confirmez votre adresse
verify-link-lead = Ne cliquez que si vous venez de le demander vous-même. Si c’est quelqu’un d’autre, fermez cette page.
verify-link-used = Le lien a déjà servi ou date de plus de 30 minutes. Connectez-vous, ou créez le compte à nouveau.
verify-link-password = Le mot de passe que vous avez choisi
verify-link-other = Quelqu’un d’autre l’a choisi ?

## Signing in

sign-in-title = Se connecter
sign-in-forgotten = Oublié ?
sign-in-button = Se connecter
sign-in-new = Première visite ?
sign-in-make = Créer un compte
sign-in-ticket-title = Vous voulez juste votre billet ?
sign-in-ticket = Vous n’avez pas besoin de compte :
sign-in-ticket-link = retrouvez-le avec votre adresse e-mail
sign-in-wrong = L’adresse et le mot de passe ne correspondent pas.
sign-in-code-title = Encore une étape
sign-in-code-lead = Saisissez le code que votre application affiche maintenant, ou l’un de vos codes de secours.
sign-in-code = Code de l’application ou code de secours
sign-in-code-wrong = Le code est faux ou a déjà servi. Recommencez avec votre mot de passe.
too-many-tries = Trop d’essais. Le prochain sera possible dans { $seconds } s. Si le compte est le vôtre, un nouveau mot de passe met fin à l’attente.

## Forgotten passwords

reset-title = Choisir un nouveau mot de passe
reset-lead = Nous vous envoyons un lien. Il est valable 30 minutes, une seule fois.
reset-send = Envoyer le lien
reset-sent-title = Consultez votre messagerie
reset-sent-lead = Si { $email } a un compte, un message avec un lien est en route.
reset-new = Nouveau mot de passe
reset-button = Enregistrer le mot de passe
reset-others = Vous serez déconnecté partout ailleurs.
reset-used = Le lien a déjà servi ou date de plus de 30 minutes. Demandez-en un nouveau.
reset-again = Demander un nouveau lien

## Account

account-title = Compte
account-profile = À propos de vous
account-save = Enregistrer
account-address = Adresse e-mail
account-address-now = Vous vous connectez avec { $email }.
account-address-new = Nouvelle adresse e-mail
account-address-button = Envoyer un code à la nouvelle adresse
account-address-hint = La nouvelle adresse compte dès que vous l’avez confirmée. Nous prévenons les deux.
account-password = Mot de passe
account-password-now = Mot de passe actuel
account-password-new = Nouveau mot de passe
account-password-hint = Vous serez déconnecté partout ailleurs.
account-password-button = Changer le mot de passe
account-factor = Second facteur
account-factor-off = Désactivé. Avec lui, la connexion demande aussi un code d’une application sur votre téléphone.
account-factor-on = Activé. La connexion demande un code de votre application.
account-factor-codes =
    { $count ->
        [0] Il ne reste aucun code de secours.
        [one] Il reste un code de secours.
        [many] Il reste { $count } de codes de secours.
       *[other] Il reste { $count } codes de secours.
    }
account-factor-add = Configurer
account-factor-remove = Désactiver
account-sessions = Où votre compte est connecté
account-sessions-now = Ce navigateur
account-sessions-end = Déconnecter
account-sessions-others = Se déconnecter partout ailleurs
account-device-unknown = Appareil inconnu
account-data = Vos données
account-data-lead = Un fichier avec tout ce qui est connu de vous ici.
account-data-button = Télécharger mes données
account-erase = Effacer le compte
account-erase-title = Effacer le compte ?
account-erase-lead = Votre compte, vos sessions et vos places dans les équipes sont supprimés. Votre nom et votre adresse sont retirés de vos inscriptions. C’est irréversible.
account-erase-tickets = Les billets des événements à venir restent valables, mais vous ne pourrez plus les ouvrir ici. Enregistrez-les avant.
account-erase-button = Effacer mon compte
account-erase-keep = Garder le compte

## Second factor

factor-title = Configurer un second facteur
factor-password-lead = Saisissez d’abord votre mot de passe.
factor-next = Continuer
factor-scan = Scannez ce code avec une application de codes à usage unique.
factor-code-alt = Code pour votre application
factor-manual = Impossible de scanner ? Saisissez cette clé dans l’application :
factor-code = Code affiché par l’application
factor-button = Activer
recovery-title = Gardez ces codes de secours
recovery-lead = Chacun d’eux remplace l’application une fois, le jour où vous perdez votre téléphone. Ils ne sont affichés que maintenant : imprimez-les, ou mettez-les dans un gestionnaire de mots de passe.
recovery-done = Je les ai gardés

## My tickets

tickets-title = Mes billets
tickets-coming = À venir
tickets-past = Passés
tickets-empty = Rien pour l’instant
tickets-empty-lead = Les inscriptions avec { $email } apparaissent ici au bout de quelques secondes.
tickets-open = Ouvrir
tickets-more = Voir les précédents
tickets-find-title = Retrouver vos billets
tickets-find-lead = Nous envoyons les liens de vos événements à venir à votre adresse e-mail. Vous n’avez pas besoin de compte.
tickets-find-button = Envoyer les liens
tickets-find-sent = Si { $email } a des billets pour des événements à venir, un message avec leurs liens est en route.
tickets-sign-in = Vous avez un compte ? Connectez-vous pour les voir tous.
state-confirmed = Confirmée
state-awaiting-payment = À payer
state-cancelled = Annulée
state-expired = Expirée sans paiement
state-event-cancelled = Événement annulé
tickets-count =
    { $count ->
        [one] { $count } billet
        [many] { $count } de billets
       *[other] { $count } billets
    }

## A registration, and announcements

registration-cancelled = Cette inscription a été annulée. Ses billets ne sont pas valables.
registration-expired = Cette inscription a expiré sans paiement. Ses places sont de nouveau en vente.
registration-all = Tous les billets (PDF)
registration-calendar = Ajouter à mon agenda
unsubscribe-title = Plus d’annonces ?
unsubscribe-lead = Vous ne recevrez plus d’annonces de { $organizer }. Les messages sur vos propres billets vous parviendront toujours.
unsubscribe-button = Plus d’annonces
unsubscribed-title = C’est fait
unsubscribed-lead = Vous ne recevez plus d’annonces de { $organizer }. Les messages sur vos propres billets vous parviennent toujours.

## Invitations

invitation-title = Rejoignez l’équipe de { $organizer }
invitation-lead = { $inviter } vous invite à travailler sur les événements de { $organizer }.
invitation-role = Votre rôle
invitation-accept = Accepter
invitation-sign-in = L’invitation est pour { $email }. Connectez-vous avec cette adresse, ou créez un compte avec elle.
invitation-other = L’invitation est pour une autre adresse que la vôtre. Connectez-vous avec celle-là.
invitation-used = L’invitation a déjà servi, a été retirée ou date de plus de sept jours. Demandez-en une nouvelle.

## Organizer

organizer-title = Organisateur
organizers-lead = Les organisateurs pour lesquels vous travaillez.
organizers-none = Vous ne travaillez encore pour aucun organisateur
organizers-none-lead = Créez-en un pour vendre des billets, ou demandez à quelqu’un d’inviter { $email }.
organizer-open = Créer un organisateur
organizer-open-name = Nom
organizer-open-hint = Tel qu’il figure sur les billets et dans les e-mails.
organizer-open-button = Créer
organizer-closed = Les organisateurs sont créés par l’administrateur de ce serveur.
organizer-events = Événements
organizer-events-empty = Pas encore d’événements
organizer-events-empty-lead = Créez-en un avec l’API ; sa documentation se trouve à l’adresse { $docs }.
organizer-event = Événement
organizer-begins = Début
organizer-state = État
organizer-more = Voir les suivants
organizer-switch = Changer d’organisateur
nav-events = Tous les événements
nav-team = Équipe
nav-tokens = Jetons d’API
event-draft = Brouillon
event-published = Publié
event-cancelled = Annulé

## Team

team-title = Équipe
team-lead = Les personnes qui peuvent travailler sur les événements de { $organizer }.
team-people = Personnes
team-person = Personne
team-may = Peut
team-signs-in = Se connecte avec
team-last-here = Dernière visite
team-password = Mot de passe
team-password-code = Mot de passe et code
team-never = Pas encore
team-invited = Personnes invitées
team-valid-until = Lien valable jusqu’au { $time }
team-invite = Inviter
team-invite-as = En tant que
team-change = Modifier
team-change-title = Modifier { $name }
team-change-button = Enregistrer
team-remove = Retirer de l’équipe
team-remove-lead = { $name } ne pourra plus ouvrir les événements de { $organizer }.
team-leave = Quitter l’équipe
team-leave-lead = Vous ne pourrez plus ouvrir les événements de { $organizer }.
team-send-again = Renvoyer
team-withdraw = Retirer
team-rename = Nom de l’organisateur
team-rename-button = Renommer
role-owner = Propriétaire
role-owner-may = Tout, y compris les personnes et les jetons
role-manager = Gestionnaire
role-manager-may = Événements, mises en page, inscriptions, tâches
role-finance = Finances
role-finance-may = Inscriptions et factures
role-door = Contrôle à l’entrée
role-door-may = Chercher des personnes par leur nom
role-viewer = Lecteur
role-viewer-may = Consulte, ne modifie rien

## Tokens

tokens-title = Jetons d’API
tokens-lead = Pour les programmes qui travaillent pour { $organizer }. Un jeton fait ce qui lui est permis et rien d’autre.
tokens-new = Nouveau jeton
tokens-name-hint = Celui du programme qui l’utilise.
tokens-may = Il peut
tokens-ends = Expire
tokens-days =
    { $days ->
       *[other] Dans { $days } jours
    }
tokens-never = Jamais
tokens-make = Créer un jeton
tokens-copy = Copiez « { $name } » maintenant.
tokens-copy-lead = Il n’est affiché que cette fois ; nous n’en gardons que l’empreinte.
tokens-token = Jeton
tokens-last-used = Dernière utilisation
tokens-not-used = Jamais
tokens-revoke = Révoquer
tokens-revoked = Révoqué
tokens-expired = Expiré
tokens-empty = Pas encore de jetons
tokens-empty-lead = Les programmes en ont besoin pour travailler avec l’API.
scope-events-write = Créer et modifier des événements
scope-layouts-write = Modifier la mise en page des billets
scope-registrations-read = Voir les inscriptions et les chiffres
scope-registrations-write = Annuler, marquer comme payé, corriger, renvoyer
scope-jobs-write = Refaire tous les billets, créer des archives
scope-audit-read = Lire l’historique des modifications
scope-storage-read = Obtenir des liens vers les fichiers stockés
scope-invoices-write = Créer des factures
scope-invoices-read = Télécharger des factures
scope-team-read = Voir les membres et les jetons
scope-team-write = Inviter et retirer des membres, créer des jetons
fault-attendees = doit avoir de 1 à { $most } entrées, en a { $count }

## What was done

done-saved = C’est enregistré.
done-password = Votre mot de passe a changé.
done-address = Nous avons envoyé un code à la nouvelle adresse.
done-verified = Votre adresse est confirmée.
done-signed-out = Vous êtes déconnecté.
done-session = Cet appareil est déconnecté.
done-factor-removed = Le second facteur est désactivé.
done-erased = Votre compte est effacé.
done-invited = L’invitation est en route.
done-withdrawn = L’invitation n’est plus valable.
done-member = Le rôle a changé.
done-removed = La personne ne fait plus partie de l’équipe.
done-left = Vous avez quitté l’équipe.
done-joined = Bienvenue dans l’équipe.
done-opened = L’organisateur est créé.
done-renamed = L’organisateur a un nouveau nom.
done-revoked = Le jeton n’est plus valable.

## Events

site-events = Événements
about = À propos
events-title = À l’affiche
events-about = Les événements à venir, et leurs billets.
events-search = Rechercher
events-search-hint = Événement, artiste ou lieu
events-place = Lieu
events-from = Du
events-to = Au
events-category = Catégorie
events-all = Tous
events-count = Trouvés : { $count }
events-none = Aucun résultat
events-none-lead = Aucun événement à venir ne correspond. Cherchez autre chose, ou voyez tout.
events-see-all = Voir tous les événements
events-empty = Pas encore d’événement
events-empty-lead = Ils apparaissent ici dès qu’un organisateur en publie un.
events-more = Événements suivants
events-from-price = À partir de { $price }
events-organize = Vous organisez des événements ?
price-free = Gratuit
event-left = reste { $count }
event-sold-out = Complet
event-opens = Vente dès le { $time }
event-opens-title = La vente ouvre dans
event-opens-lead = Cette page devient d’elle-même le formulaire. Arriver tôt ne donne aucun avantage, et recharger ne coûte rien.
event-closed = La vente est terminée
event-closed-lead = Plus aucun billet n’est vendu ici.
event-over = Terminé
event-over-lead = L’événement est terminé.
event-sold-out-lead = Tous les billets sont partis. Certains peuvent revenir : cette page le remarque d’elle-même.
event-cancelled-lead = L’organisateur a annulé cet événement. Toute personne ayant un billet reçoit un message.
event-draft-lead = Seule votre équipe voit cette page. L’événement n’est pas publié.
event-moved-time = L’horaire a changé. Avant, c’était : { $before }
event-moved-place = Le lieu a changé. Avant, c’était : { $before }
event-when = { $from } à { $to }
event-zone = Heure de { $place } ({ $offset }).
event-for-you = Pour vous, c’est { $time }.
event-calendar = Ajouter au calendrier
event-map = Voir le plan
event-tickets = Billets
event-kind = Type de billet
event-how-many = Combien ?
event-fewer = Un de moins
event-one-more = Un de plus
event-total = Total
event-get = Obtenir des billets
event-next = Ensuite, nous demandons qui vient.
event-have = Vous avez déjà un billet ? Retrouvez-le ici.
event-foot = { $organizer } vend ces billets avec Onsale.
unit-days = jours
unit-hours = heures
unit-minutes = minutes
unit-seconds = secondes

## Registering

register-title = Qui vient ?
register-lead = Les noms figurent sur les billets. Toutes les écritures conviennent.
register-steps = Étapes
register-step-done = terminé
register-step-names = Noms
register-step-payment = Paiement
register-step-ready = Terminé
register-you = Vos coordonnées
register-attendee = Participant { $number }
register-contact = et notre contact
register-name = Nom complet
register-name-of = Nom complet du participant { $number }
register-email-of = Adresse e-mail du participant { $number }
register-email-hint = Les billets arrivent ici.
register-email-other = Cette personne retrouve ainsi son billet. Laissez vide pour le garder avec le vôtre.
register-optional = Facultatif
register-button = Obtenir les billets
register-hold-button = Réserver mes places
register-hint = Vos billets apparaissent aussitôt sur la page suivante.
register-hold-hint = Nous les gardons { $minutes } minutes. Rien n’est encore débité.
register-back = Retour à l’événement
register-order = Commande
register-change = Choisir autre chose
register-sold-out = Il n’en reste pas autant. Rien n’a été réservé. Choisissez-en moins, ou un autre type.
register-closed = La vente est terminée. Rien n’a été réservé.
register-not-yet = La vente n’est pas encore ouverte. Rien n’a été réservé.
register-other-tab = Vous avez déjà pris des billets dans un autre onglet, avec d’autres noms. Ils sont dans votre courrier. Renvoyez ce formulaire seulement si vous en voulez d’autres.
register-busy = Trop de monde à la fois. Rien n’a été réservé ni débité. Votre saisie est toujours là.
register-unknown = Nous ne savons pas encore si cela a marché. Renvoyez le formulaire : vous n’aurez pas les billets deux fois.
register-again = Cette page réessaie d’elle-même dans quelques secondes.

## Tickets of a registration

order-ready = Vos billets
order-ready-lead = Montrez le code à l’entrée : sur cette page ou sur papier. Les deux marchent sans réseau.
order-held = Vos places sont réservées
order-held-lead = Elles sont à vous dès qu’elles sont payées.
order-held-until = Réservées pour vous jusqu’à { $time }
order-held-left = Encore { $time }, puis elles reviennent en vente.
order-held-over = Le temps est écoulé.
order-held-minutes = Vos places sont réservées encore { $minutes } min au plus.
order-held-pay = { $organizer } encaisse le paiement. Les codes apparaissent ici dès qu’il est arrivé.
order-held-longer = Il me faut plus de temps
order-cancelled = Rendus
order-expired = Plus réservées
order-over = C’est fini
order-event-cancelled = L’événement est annulé
order-code = Code de { $name }, à scanner à l’entrée
order-brightness = Le lecteur hésite ? Augmentez la luminosité de l’écran.
order-send-again = Renvoyer l’e-mail
order-state = Où en sont les choses
order-mail-queued = L’e-mail est en route
order-mail-sent = E-mail envoyé
order-mail-delivered = E-mail remis
order-mail-delayed = L’e-mail tarde ; nous réessayons
order-mail-failed = L’e-mail n’est pas arrivé
order-mail-failed-note = Enregistrez le PDF, ou gardez cette page.
order-mail-suppressed = Aucun e-mail n’a été envoyé
order-file-stored = Fichier prêt
order-file-pending = Fichier en cours d’enregistrement
order-file-pending-note = Le PDF est déjà disponible.
order-event = À propos de l’événement
order-change = Vous ne pouvez pas venir ?
order-rename = Changer les noms
order-rename-lead = Un billet modifié reçoit un nouveau code. L’ancien ne marche plus, même imprimé.
order-rename-until = Les noms peuvent être changés jusqu’au { $time }.
order-rename-button = Changer les noms
order-keep = Laisser ainsi
order-return = Rendre les billets
order-return-until = Les billets peuvent être rendus jusqu’au { $time }.
order-return-paid = Les billets sont payés. { $organizer } les annule et rembourse.
order-return-title = Rendre ces billets ?
order-return-lead = Les codes cessent aussitôt de marcher, et les places reviennent en vente. C’est irréversible.
fault-renames-over = les noms ne peuvent plus être changés
fault-returns-over = les billets ne peuvent plus être rendus
fault-return-paid = les billets sont payés : l’organisateur rembourse
done-renamed-tickets = Les noms sont changés. Les anciens codes ne marchent plus.
done-given-back = Les billets sont rendus.
done-sent-again = L’e-mail est de nouveau en route.
done-held-longer = Vos places sont réservées plus longtemps.
register-questions = De la part de l’organisateur
register-only-if = Seulement si vous répondez « { $answer } ».
fault-answer-unknown = n’est pas une question de cet événement
fault-answer-option = doit être l’un des choix
fault-answer-number = doit être un nombre
fault-answer-day = doit être un jour, par exemple 2026-12-31

## Errors

error-404-title = Rien ici
error-404-lead = L’adresse est peut-être mal saisie, ou ce qui était ici n’existe plus. Si vous avez suivi un lien dans un e-mail, copiez-le en entier : les messageries coupent volontiers les longs liens.
error-404-ticket = Billet perdu ?
error-403-title = Envoi venu d’ailleurs
error-403-lead = Le formulaire vient d’une page d’un autre site, ou a attendu trop longtemps. Rien n’a été fait. Revenez en arrière, rechargez la page et envoyez-le à nouveau.
error-429-title = Pas si vite
error-429-lead = Trop de demandes sont venues de votre réseau. Rien n’a été fait. Réessayez dans { $seconds } s.
error-503-title = Trop de demandes à la fois
error-503-lead = Nous n’y sommes pas arrivés cette fois, et rien n’a été fait. Réessayez dans { $seconds } s ; recharger la page ne pose aucun problème.
error-500-title = Erreur de notre part
error-500-lead = Quelque chose n’a pas fonctionné ici. Si vous nous écrivez, indiquez la référence ci-dessous.
error-409-title = Impossible pour l’instant
error-retry = Réessayer
error-reference = Référence
error-back = Revenir à l’accueil

## Faults of forms. In English, they have the words of the API.

fault-required = est obligatoire
fault-empty = ne doit pas être vide
fault-too-long = doit avoir au plus { $limit } caractères, en a { $count }
fault-control = ne doit pas contenir de caractères de contrôle
fault-email = doit être une adresse e-mail
fault-password-short = doit avoir 15 caractères, ou 8 avec une majuscule, un chiffre et un symbole
fault-password-long = doit avoir au plus 256 caractères
fault-password-own = ne doit pas être tiré de votre nom ou de votre adresse
fault-password-known = est connu de ceux qui devinent les mots de passe
fault-password-wrong = n’est pas votre mot de passe
fault-code-wrong = n’est pas le code actuel
fault-stale-setup = ne vient pas de ce compte : recommencez
fault-name-taken = est le nom d’un autre organisateur
fault-member = est l’adresse d’un membre
fault-role = doit être l’un des rôles propriétaire, gestionnaire, finances, contrôle à l’entrée, lecteur
fault-language = doit être l’une des langues en, de, fr, es, pt, hi, ar, ja
fault-token-name = doit avoir de 1 à 100 caractères sur une seule ligne
fault-one-entry = doit avoir au moins un élément
fault-no-owner = l’équipe n’aurait plus de propriétaire : nommez d’abord un autre propriétaire
fault-sole-owner = vous êtes le seul propriétaire de { $names } : nommez d’abord un autre propriétaire
fault-other-account = l’adresse appartient à un autre compte
fault-invitations = trop d’invitations sont en attente, ou ont été envoyées à cette adresse dans la dernière heure
fault-owned = vous êtes propriétaire de { $most } organisateurs, le maximum autorisé
fault-tokens = l’organisateur a { $most } jetons valables, le maximum autorisé
fault-factor-present = il y a déjà un second facteur
fault-no-accounts = les nouveaux comptes sont créés par l’administrateur de ce serveur
fault-no-organizers = les organisateurs sont créés par l’administrateur de ce serveur
fault-forbidden = votre rôle ne le permet pas
