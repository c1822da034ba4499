## Frame of every page

skip = Zum Inhalt springen
site = Website
nav-tickets = Meine Tickets
nav-sign-in = Anmelden
nav-account = Konto
nav-organizer = Veranstalter
nav-sign-out = Abmelden
foot = Tickets von Onsale, Open-Source-Software.
preferences = Sprache und Farben
language = Sprache
theme = Farben
theme-system = Wie das Gerät
theme-light = Hell
theme-dark = Dunkel
apply = Übernehmen
show-password = Passwort anzeigen
copy = Kopieren
copied = Kopiert
cancel = Jetzt nicht
menu = Menü
do = Aktionen
errors-title =
    { $count ->
        [one] Es gibt ein Problem
       *[other] Es gibt { $count } Probleme
    }
error-prefix = Fehler: { $title }
email = Mail-Adresse
password = Passwort
name = Name
code = Code
role = Rolle

## Welcome

welcome-organize = Tickets verkaufen

## Signing up

sign-up-title = Konto anlegen
sign-up-lead = Um Tickets zu verkaufen oder alle Ihre Tickets an einem Ort zu haben.
sign-up-name = Ihr Name
sign-up-email-hint = Wir senden einen Code, mit dem Sie bestätigen, dass es Ihre Adresse ist.
password-hint = 15 Zeichen oder mehr; oder 8 mit einem Großbuchstaben, einer Ziffer und einem Sonderzeichen. Vier Wörter ergeben ein gutes Passwort.
sign-up-for = Wofür?
sign-up-organize = Ich veranstalte
sign-up-organize-lead = Tickets verkaufen, gestalten und scannen.
sign-up-attend = Ich besuche Veranstaltungen
sign-up-attend-lead = Alle Tickets an einem Ort haben.
sign-up-button = Konto anlegen
sign-up-have = Sie haben schon eines?
sign-up-closed = Neue Konten legt der Betreiber dieses Servers an.
verify-title = Sehen Sie in Ihr Postfach
verify-lead = Wir haben eine Nachricht an { $email } gesendet. Geben Sie den Code daraus hier ein, oder öffnen Sie den Link. Beides gilt 30 Minuten.
verify-code = Sechsstelliger Code
verify-button = Bestätigen
verify-again = Keine Nachricht? Sehen Sie im Spam-Ordner nach, oder legen Sie das Konto noch einmal an.
verify-link-title = Bestätigen Sie Ihre Adresse
verify-link-lead = Klicken Sie nur, wenn Sie selbst das gerade angefordert haben. War es jemand anderes, schließen Sie diese Seite.
verify-link-used = Der Link wurde schon verwendet oder ist älter als 30 Minuten. Melden Sie sich an, oder legen Sie das Konto noch einmal an.
verify-link-password = Das Passwort, das Sie gewählt haben
verify-link-other = Hat jemand anderes es gewählt?

## Signing in

sign-in-title = Anmelden
sign-in-forgotten = Vergessen?
sign-in-button = Anmelden
sign-in-new = Neu hier?
sign-in-make = Konto anlegen
sign-in-ticket-title = Sie möchten nur Ihr Ticket?
sign-in-ticket = Sie brauchen kein Konto:
sign-in-ticket-link = Finden Sie es mit Ihrer Mail-Adresse
sign-in-wrong = Adresse und Passwort passen nicht zusammen.
sign-in-code-title = Noch ein Schritt
sign-in-code-lead = Geben Sie den Code ein, den Ihre App jetzt anzeigt, oder einen Ihrer Ersatzcodes.
sign-in-code = Code der App oder Ersatzcode
sign-in-code-wrong = Der Code ist falsch oder wurde schon verwendet. Beginnen Sie noch einmal mit Ihrem Passwort.
too-many-tries = Zu viele Versuche. Der nächste ist in { $seconds } s möglich. Wenn es Ihr Konto ist, beendet ein neues Passwort das Warten.

## Forgotten passwords

reset-title = Neues Passwort wählen
reset-lead = Wir senden Ihnen einen Link. Er gilt 30 Minuten und ein einziges Mal.
reset-send = Link senden
reset-sent-title = Sehen Sie in Ihr Postfach
reset-sent-lead = Wenn { $email } ein Konto hat, ist eine Nachricht mit einem Link unterwegs.
reset-new = Neues Passwort
reset-button = Passwort speichern
reset-others = Sie werden überall sonst abgemeldet.
reset-used = Der Link wurde schon verwendet oder ist älter als 30 Minuten. Fordern Sie einen neuen an.
reset-again = Neuen Link anfordern

## Account

account-title = Konto
account-profile = Über Sie
account-save = Speichern
account-address = Mail-Adresse
account-address-now = Sie melden sich mit { $email } an.
account-address-new = Neue Mail-Adresse
account-address-button = Code an die neue Adresse senden
account-address-hint = Die neue Adresse gilt, sobald Sie sie bestätigt haben. Wir benachrichtigen beide Adressen.
account-password = Passwort
account-password-now = Aktuelles Passwort
account-password-new = Neues Passwort
account-password-hint = Sie werden überall sonst abgemeldet.
account-password-button = Passwort ändern
account-factor = Zweiter Faktor
account-factor-off = Ausgeschaltet. Mit ihm brauchen Sie zum Anmelden auch einen Code aus einer App auf Ihrem Telefon.
account-factor-on = Eingeschaltet. Zum Anmelden brauchen Sie einen Code aus Ihrer App.
account-factor-codes =
    { $count ->
        [0] Es sind keine Ersatzcodes übrig.
        [one] Es ist ein Ersatzcode übrig.
       *[other] Es sind { $count } Ersatzcodes übrig.
    }
account-factor-add = Einrichten
account-factor-remove = Ausschalten
account-sessions = Wo Sie angemeldet sind
account-sessions-now = Dieser Browser
account-sessions-end = Abmelden
account-sessions-others = Überall sonst abmelden
account-device-unknown = Unbekanntes Gerät
account-data = Ihre Daten
account-data-lead = Eine Datei mit allem, was hier über Sie bekannt ist.
account-data-button = Meine Daten herunterladen
account-erase = Konto löschen
account-erase-title = Konto löschen?
account-erase-lead = Ihr Konto, Ihre Sitzungen und Ihre Plätze in Teams werden gelöscht. Ihr Name und Ihre Adresse werden aus Ihren Anmeldungen entfernt. Das lässt sich nicht rückgängig machen.
account-erase-tickets = Tickets für kommende Veranstaltungen bleiben gültig, aber Sie können sie hier nicht mehr öffnen. Speichern Sie sie vorher.
account-erase-button = Mein Konto löschen
account-erase-keep = Konto behalten

## Second factor

factor-title = Zweiten Faktor einrichten
factor-password-lead = Geben Sie zuerst Ihr Passwort ein.
factor-next = Weiter
factor-scan = Scannen Sie diesen Code mit einer App für Einmalcodes.
factor-code-alt = Code für Ihre App
factor-manual = Scannen geht nicht? Geben Sie diesen Schlüssel in die App ein:
factor-code = Code, den die App anzeigt
factor-button = Einschalten
recovery-title = Bewahren Sie diese Ersatzcodes auf
recovery-lead = Jeder von ihnen ersetzt die App einmal, falls Sie Ihr Telefon verlieren. Sie werden nur jetzt angezeigt: Drucken Sie sie aus, oder legen Sie sie in einem Passwortmanager ab.
recovery-done = Ich habe sie gesichert

## My tickets

tickets-title = Meine Tickets
tickets-coming = Kommende
tickets-past = Vergangene
tickets-empty = Noch nichts
tickets-empty-lead = Anmeldungen mit { $email } erscheinen hier nach einigen Sekunden.
tickets-open = Öffnen
tickets-more = Frühere anzeigen
tickets-find-title = Ihre Tickets finden
tickets-find-lead = Wir senden die Links zu Ihren kommenden Veranstaltungen an Ihre Mail-Adresse. Sie brauchen kein Konto.
tickets-find-button = Links senden
tickets-find-sent = Wenn { $email } Tickets für kommende Veranstaltungen hat, ist eine Nachricht mit den Links unterwegs.
tickets-sign-in = Sie haben ein Konto? Melden Sie sich an, um alle zu sehen.
state-confirmed = Bestätigt
state-awaiting-payment = Zu bezahlen
state-cancelled = Storniert
state-expired = Unbezahlt abgelaufen
state-event-cancelled = Veranstaltung abgesagt
tickets-count =
    { $count ->
        [one] Ein Ticket
       *[other] { $count } Tickets
    }

## A registration, and announcements

registration-cancelled = Diese Anmeldung wurde storniert. Ihre Tickets sind nicht gültig.
registration-expired = Diese Anmeldung ist unbezahlt abgelaufen. Ihre Plätze sind wieder im Verkauf.
registration-all = Alle Tickets (PDF)
registration-calendar = In meinen Kalender eintragen
unsubscribe-title = Keine Ankündigungen mehr?
unsubscribe-lead = Sie bekommen keine Ankündigungen mehr von { $organizer }. Nachrichten zu Ihren eigenen Tickets erreichen Sie weiterhin.
unsubscribe-button = Keine Ankündigungen mehr
unsubscribed-title = Erledigt
unsubscribed-lead = Sie bekommen keine Ankündigungen mehr von { $organizer }. Nachrichten zu Ihren eigenen Tickets erreichen Sie weiterhin.

## Invitations

invitation-title = Kommen Sie ins Team von { $organizer }
invitation-lead = { $inviter } lädt Sie ein, an den Veranstaltungen von { $organizer } mitzuarbeiten.
invitation-role = Ihre Rolle
invitation-accept = Annehmen
invitation-sign-in = Die Einladung gilt für { $email }. Melden Sie sich mit dieser Adresse an, oder legen Sie ein Konto mit ihr an.
invitation-other = Die Einladung gilt für eine andere Adresse als Ihre. Melden Sie sich mit jener an.
invitation-used = Die Einladung wurde schon verwendet, zurückgezogen oder ist älter als sieben Tage. Bitten Sie um eine neue.

## Organizer

organizer-title = Veranstalter
organizers-lead = Die Veranstalter, für die Sie arbeiten.
organizers-none = Sie arbeiten noch für keinen Veranstalter
organizers-none-lead = Legen Sie einen an, um Tickets zu verkaufen, oder bitten Sie jemanden, { $email } einzuladen.
organizer-open = Veranstalter anlegen
organizer-open-name = Name
organizer-open-hint = So, wie er auf Tickets und in Mails stehen soll.
organizer-open-button = Anlegen
organizer-closed = Veranstalter legt der Betreiber dieses Servers an.
organizer-events = Veranstaltungen
organizer-events-empty = Noch keine Veranstaltungen
organizer-events-empty-lead = Legen Sie eine mit der API an; ihre Dokumentation steht unter { $docs }.
organizer-event = Veranstaltung
organizer-begins = Beginn
organizer-state = Status
organizer-more = Spätere anzeigen
organizer-switch = Veranstalter wechseln
nav-events = Alle Veranstaltungen
nav-team = Team
nav-tokens = API-Tokens
event-draft = Entwurf
event-published = Veröffentlicht
event-cancelled = Abgesagt

## Team

team-title = Team
team-lead = Die Personen, die an den Veranstaltungen von { $organizer } arbeiten dürfen.
team-people = Personen
team-person = Person
team-may = Darf
team-signs-in = Meldet sich an mit
team-last-here = Zuletzt hier
team-password = Passwort
team-password-code = Passwort und Code
team-never = Noch nie
team-invited = Eingeladen
team-valid-until = Link gültig bis { $time }
team-invite = Einladen
team-invite-as = Als
team-change = Ändern
team-change-title = { $name } ändern
team-change-button = Speichern
team-remove = Aus dem Team entfernen
team-remove-lead = { $name } kann die Veranstaltungen von { $organizer } dann nicht mehr öffnen.
team-leave = Team verlassen
team-leave-lead = Sie können die Veranstaltungen von { $organizer } dann nicht mehr öffnen.
team-send-again = Erneut senden
team-withdraw = Zurückziehen
team-rename = Name des Veranstalters
team-rename-button = Umbenennen
role-owner = Inhaber
role-owner-may = Alles, auch Personen und Tokens
role-manager = Manager
role-manager-may = Veranstaltungen, Layouts, Anmeldungen, Aufträge
role-finance = Finanzen
role-finance-may = Anmeldungen und Rechnungen
role-door = Einlass
role-door-may = Personen nach Namen suchen
role-viewer = Betrachter
role-viewer-may = Liest, ändert nichts

## Tokens

tokens-title = API-Tokens
tokens-lead = Für Programme, die für { $organizer } arbeiten. Ein Token kann, was es darf, und sonst nichts.
tokens-new = Neues Token
tokens-name-hint = Der Name des Programms, das es verwendet.
tokens-may = Es darf
tokens-ends = Läuft ab
tokens-days =
    { $days ->
       *[other] In { $days } Tagen
    }
tokens-never = Nie
tokens-make = Token erstellen
tokens-copy = Kopieren Sie „{ $name }“ jetzt.
tokens-copy-lead = Es wird nur dieses eine Mal angezeigt; wir behalten nur seinen Fingerabdruck.
tokens-token = Token
tokens-last-used = Zuletzt verwendet
tokens-not-used = Nie
tokens-revoke = Widerrufen
tokens-revoked = Widerrufen
tokens-expired = Abgelaufen
tokens-empty = Noch keine Tokens
tokens-empty-lead = Programme brauchen eines, um mit der API zu arbeiten.
scope-events-write = Veranstaltungen anlegen und ändern
scope-layouts-write = Layout der Tickets ändern
scope-registrations-read = Anmeldungen und Zahlen sehen
scope-registrations-write = Stornieren, als bezahlt markieren, berichtigen, erneut senden
scope-jobs-write = Alle Tickets neu erstellen, Archive erstellen
scope-audit-read = Änderungsverlauf lesen
scope-storage-read = Links zu gespeicherten Dateien abrufen
scope-invoices-write = Rechnungen erstellen
scope-invoices-read = Rechnungen herunterladen
scope-team-read = Mitglieder und Tokens sehen
scope-team-write = Mitglieder einladen und entfernen, Tokens erstellen
fault-attendees = muss 1 bis { $most } Einträge haben, hat { $count }

## What was done

done-saved = Gespeichert.
done-password = Ihr Passwort ist geändert.
done-address = Wir haben einen Code an die neue Adresse gesendet.
done-verified = Ihre Adresse ist bestätigt.
done-signed-out = Sie sind abgemeldet.
done-session = Dort sind Sie abgemeldet.
done-factor-removed = Der zweite Faktor ist ausgeschaltet.
done-erased = Ihr Konto ist gelöscht.
done-invited = Die Einladung ist unterwegs.
done-withdrawn = Die Einladung gilt nicht mehr.
done-member = Die Rolle ist geändert.
done-removed = Die Person ist nicht mehr im Team.
done-left = Sie haben das Team verlassen.
done-joined = Willkommen im Team.
done-opened = Der Veranstalter ist angelegt.
done-renamed = Der Veranstalter hat einen neuen Namen.
done-revoked = Das Token ist nicht mehr gültig.

## Events

site-events = Veranstaltungen
about = Über
events-title = Was läuft
events-about = Kommende Veranstaltungen und Tickets dafür.
events-search = Suchen
events-search-hint = Veranstaltung, Künstler oder Ort
events-place = Ort
events-from = Von
events-to = Bis
events-category = Kategorie
events-all = Alle
events-count = Gefunden: { $count }
events-none = Nichts gefunden
events-none-lead = Keine kommende Veranstaltung passt dazu. Suchen Sie anders, oder sehen Sie alle an.
events-see-all = Alle Veranstaltungen ansehen
events-empty = Noch keine Veranstaltungen
events-empty-lead = Sie erscheinen hier, sobald ein Veranstalter eine veröffentlicht.
events-more = Spätere Veranstaltungen
events-from-price = Ab { $price }
events-organize = Veranstalten Sie selbst?
price-free = Kostenlos
event-left = noch { $count }
event-sold-out = Ausverkauft
event-opens = Verkauf ab { $time }
event-opens-title = Der Verkauf beginnt in
event-opens-lead = Diese Seite wird von selbst zum Formular. Früher da zu sein bringt keinen Vorteil, neu laden schadet nicht.
event-closed = Der Verkauf ist beendet
event-closed-lead = Hier werden keine Tickets mehr verkauft.
event-over = Vorbei
event-over-lead = Die Veranstaltung ist vorbei.
event-sold-out-lead = Alle Tickets sind vergeben. Manche kommen vielleicht zurück: Diese Seite merkt es von selbst.
event-cancelled-lead = Der Veranstalter hat diese Veranstaltung abgesagt. Alle mit einem Ticket erhalten eine Nachricht.
event-draft-lead = Nur Ihr Team sieht diese Seite. Die Veranstaltung ist nicht veröffentlicht.
event-moved-time = Die Zeit hat sich geändert. Vorher war sie: { $before }
event-moved-place = Der Ort hat sich geändert. Vorher war er: { $before }
event-when = { $from } bis { $to }
event-zone = Ortszeit { $place } ({ $offset }).
event-for-you = Für Sie ist das { $time }.
event-calendar = In den Kalender
event-map = Karte zeigen
event-tickets = Tickets
event-kind = Art des Tickets
event-how-many = Wie viele?
event-fewer = Eins weniger
event-one-more = Eins mehr
event-total = Summe
event-get = Tickets holen
event-next = Als Nächstes fragen wir, wer kommt.
event-have = Sie haben schon ein Ticket? Hier finden Sie es.
event-foot = { $organizer } verkauft diese Tickets mit Onsale.
unit-days = Tage
unit-hours = Stunden
unit-minutes = Minuten
unit-seconds = Sekunden

## Registering

register-title = Wer kommt?
register-lead = Die Namen stehen auf den Tickets. Jede Schrift ist möglich.
register-steps = Schritte
register-step-done = erledigt
register-step-names = Namen
register-step-payment = Bezahlung
register-step-ready = Fertig
register-you = Ihre Angaben
register-attendee = Person { $number }
register-contact = und unser Kontakt
register-name = Voller Name
register-name-of = Voller Name von Person { $number }
register-email-of = Mail-Adresse von Person { $number }
register-email-hint = Hierher gehen die Tickets.
register-email-other = Damit findet die Person ihr eigenes Ticket. Leer lassen, um es bei Ihrem zu behalten.
register-optional = Freiwillig
register-button = Tickets holen
register-hold-button = Plätze reservieren
register-hint = Ihre Tickets erscheinen sofort auf der nächsten Seite.
register-hold-hint = Wir halten sie { $minutes } Minuten lang frei. Es wird noch nichts abgebucht.
register-back = Zurück zur Veranstaltung
register-order = Bestellung
register-change = Andere wählen
register-sold-out = So viele sind nicht mehr da. Es wurde nichts gebucht. Wählen Sie weniger oder eine andere Art.
register-closed = Der Verkauf ist beendet. Es wurde nichts gebucht.
register-not-yet = Der Verkauf hat noch nicht begonnen. Es wurde nichts gebucht.
register-other-tab = Sie haben in einem anderen Tab schon Tickets mit anderen Namen geholt. Sie sind in Ihrer Mail. Senden Sie dieses Formular nur noch einmal, wenn Sie weitere möchten.
register-busy = Zu viele auf einmal. Es wurde nichts gebucht und nichts abgebucht. Ihre Eingaben sind noch da.
register-unknown = Wir wissen noch nicht, ob es geklappt hat. Senden Sie das Formular noch einmal: Sie erhalten die Tickets nicht doppelt.
register-again = Diese Seite versucht es in einigen Sekunden von selbst noch einmal.

## Tickets of a registration

order-ready = Ihre Tickets
order-ready-lead = Zeigen Sie den Code am Einlass: auf dieser Seite oder auf Papier. Beides geht ohne Netz.
order-held = Ihre Plätze sind reserviert
order-held-lead = Sie gehören Ihnen, sobald sie bezahlt sind.
order-held-until = Für Sie reserviert bis { $time }
order-held-left = Noch { $time }, dann sind sie wieder im Verkauf.
order-held-over = Die Zeit ist um.
order-held-minutes = Ihre Plätze sind noch höchstens { $minutes } Min. reserviert.
order-held-pay = { $organizer } nimmt die Zahlung entgegen. Die Codes erscheinen hier, sobald sie eingegangen ist.
order-held-longer = Ich brauche mehr Zeit
order-cancelled = Zurückgegeben
order-expired = Nicht mehr reserviert
order-over = Das war’s
order-event-cancelled = Die Veranstaltung ist abgesagt
order-code = Code von { $name }, für den Einlass
order-brightness = Der Scanner zögert? Stellen Sie den Bildschirm heller.
order-send-again = Mail noch einmal senden
order-state = Wo alles ist
order-mail-queued = Die Mail ist unterwegs
order-mail-sent = Mail gesendet
order-mail-delivered = Mail zugestellt
order-mail-delayed = Die Mail verzögert sich; wir versuchen es weiter
order-mail-failed = Die Mail kam nicht an
order-mail-failed-note = Speichern Sie das PDF, oder merken Sie sich diese Seite.
order-mail-suppressed = Es wurde keine Mail gesendet
order-file-stored = Datei bereit
order-file-pending = Datei auf dem Weg in den Speicher
order-file-pending-note = Das PDF ist schon jetzt zu haben.
order-event = Zur Veranstaltung
order-change = Sie können nicht kommen?
order-rename = Namen ändern
order-rename-lead = Ein geändertes Ticket bekommt einen neuen Code. Der alte gilt nicht mehr, auch auf Papier.
order-rename-until = Namen können bis { $time } geändert werden.
order-rename-button = Namen ändern
order-keep = So lassen
order-return = Tickets zurückgeben
order-return-until = Tickets können bis { $time } zurückgegeben werden.
order-return-paid = Die Tickets sind bezahlt. { $organizer } storniert sie und erstattet das Geld.
order-return-title = Diese Tickets zurückgeben?
order-return-lead = Die Codes gelten sofort nicht mehr, und die Plätze gehen wieder in den Verkauf. Das lässt sich nicht rückgängig machen.
fault-renames-over = Namen können nicht mehr geändert werden
fault-returns-over = Tickets können nicht mehr zurückgegeben werden
fault-return-paid = die Tickets sind bezahlt: der Veranstalter erstattet das Geld
done-renamed-tickets = Die Namen sind geändert. Die alten Codes gelten nicht mehr.
done-given-back = Die Tickets sind zurückgegeben.
done-sent-again = Die Mail ist wieder unterwegs.
done-held-longer = Ihre Plätze sind länger reserviert.
register-questions = Vom Veranstalter
register-only-if = Nur wenn Sie „{ $answer }“ antworten.
fault-answer-unknown = ist keine Frage dieser Veranstaltung
fault-answer-option = muss eine der Möglichkeiten sein
fault-answer-number = muss eine Zahl sein
fault-answer-day = muss ein Tag sein, etwa 2026-12-31

## Errors

error-404-title = Hier ist nichts
error-404-lead = Vielleicht ist die Adresse falsch geschrieben, oder was hier war, gibt es nicht mehr. Wenn Sie einem Link aus einer Mail gefolgt sind, kopieren Sie ihn ganz: Mailprogramme schneiden lange Links gern ab.
error-404-ticket = Ticket verloren?
error-403-title = Nicht von hier gesendet
error-403-lead = Das Formular kam von der Seite einer anderen Website oder hat zu lange gewartet. Es wurde nichts ausgeführt. Gehen Sie zurück, laden Sie die Seite neu, und senden Sie es noch einmal.
error-429-title = Nicht so schnell
error-429-lead = Aus Ihrem Netz kamen zu viele Anfragen. Es wurde nichts ausgeführt. Versuchen Sie es in { $seconds } s noch einmal.
error-503-title = Zu viele auf einmal
error-503-lead = Diesmal haben wir es nicht geschafft, und es wurde nichts ausgeführt. Versuchen Sie es in { $seconds } s noch einmal; neu zu laden schadet nicht.
error-500-title = Unser Fehler
error-500-lead = Hier ist etwas schiefgegangen. Wenn Sie uns schreiben, nennen Sie die Referenz unten.
error-409-title = Jetzt nicht möglich
error-retry = Noch einmal versuchen
error-reference = Referenz
error-back = Zurück zur Startseite

## Faults of forms. In English, they have the words of the API.

fault-required = muss angegeben werden
fault-empty = darf nicht leer sein
fault-too-long = darf höchstens { $limit } Zeichen haben, hat aber { $count }
fault-control = darf keine Steuerzeichen enthalten
fault-email = muss eine Mail-Adresse sein
fault-password-short = muss 15 Zeichen haben oder 8 mit einem Großbuchstaben, einer Ziffer und einem Sonderzeichen
fault-password-long = darf höchstens 256 Zeichen haben
fault-password-own = darf nicht aus Ihrem Namen oder Ihrer Adresse gebildet sein
fault-password-known = ist denen bekannt, die Passwörter erraten
fault-password-wrong = ist nicht Ihr Passwort
fault-code-wrong = ist nicht der aktuelle Code
fault-stale-setup = gehört nicht zu diesem Konto: Beginnen Sie von vorn
fault-name-taken = ist der Name eines anderen Veranstalters
fault-member = ist die Adresse eines Mitglieds
fault-role = muss eine dieser Rollen sein: Inhaber, Manager, Finanzen, Einlass, Betrachter
fault-language = muss eine dieser Sprachen sein: en, de, fr, es, pt, hi, ar, ja
fault-token-name = muss 1 bis 100 Zeichen in einer Zeile haben
fault-one-entry = muss mindestens einen Eintrag haben
fault-no-owner = das Team hätte keinen Inhaber: Machen Sie zuerst jemand anderen zum Inhaber
fault-sole-owner = Sie sind der einzige Inhaber von { $names }: Machen Sie zuerst jemand anderen zum Inhaber
fault-other-account = die Adresse gehört zu einem anderen Konto
fault-invitations = es sind zu viele Einladungen offen, oder es gingen in der letzten Stunde zu viele an diese Adresse
fault-owned = Sie sind Inhaber von { $most } Veranstaltern, mehr sind nicht erlaubt
fault-tokens = der Veranstalter hat { $most } gültige Tokens, mehr sind nicht erlaubt
fault-factor-present = es gibt schon einen zweiten Faktor
fault-no-accounts = neue Konten legt der Betreiber dieses Servers an
fault-no-organizers = Veranstalter legt der Betreiber dieses Servers an
fault-forbidden = Ihre Rolle erlaubt das nicht
