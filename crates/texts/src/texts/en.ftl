# Texts of the pages. A text in backticks in a comment names the place where it stands.

## Frame of every page

skip = Skip to content
site = Site
nav-tickets = My tickets
nav-sign-in = Sign in
nav-account = Account
nav-organizer = Organizer
nav-sign-out = Sign out
foot = Tickets by Onsale, open-source software.
preferences = Language and colours
language = Language
theme = Colours
theme-system = Like the device
theme-light = Light
theme-dark = Dark
apply = Apply
show-password = Show password
copy = Copy
copied = Copied
cancel = Not now
menu = Menu
do = Do
errors-title =
    { $count ->
        [one] There is a problem
       *[other] There are { $count } problems
    }
# Begins the title of a page after a form was refused.
error-prefix = Error: { $title }
email = Mail address
password = Password
name = Name
code = Code
role = Role

## Welcome

welcome-organize = Sell tickets

## Signing up

sign-up-title = Make an account
sign-up-lead = To sell tickets, or to have all of yours in one place.
sign-up-name = Your name
sign-up-email-hint = We send a code to confirm that it is yours.
password-hint = 15 characters or more; or 8 with an upper-case letter, a digit and a symbol. Four words make a good one.
sign-up-for = What for?
sign-up-organize = I organize events
sign-up-organize-lead = Sell tickets, design them, scan them.
sign-up-attend = I go to events
sign-up-attend-lead = Keep all tickets in one place.
sign-up-button = Make account
sign-up-have = Have one already?
sign-up-closed = New accounts are made by the operator of this server.
verify-title = Look into your mail
verify-lead = We sent a message to { $email }. Enter its code here, or open its link. Both are valid for 30 minutes.
verify-code = Code of six digits
verify-button = Confirm
verify-again = No message? Look into the folder for spam, or make the account again.
verify-link-title = Confirm your address
verify-link-lead = Press only if you asked for this yourself just now. If somebody else did, close this page.
verify-link-used = The link was used, or is older than 30 minutes. Sign in, or make the account again.
verify-link-password = The password that you chose
verify-link-other = Somebody else chose it?

## Signing in

sign-in-title = Sign in
sign-in-forgotten = Forgotten?
sign-in-button = Sign in
sign-in-new = New here?
sign-in-make = Make an account
sign-in-ticket-title = Just want your ticket?
sign-in-ticket = You need no account:
sign-in-ticket-link = find it by your mail address
sign-in-wrong = Address and password do not fit together.
sign-in-code-title = One more step
sign-in-code-lead = Enter the code that your app shows now, or one of your recovery codes.
sign-in-code = Code of the app, or recovery code
sign-in-code-wrong = The code is not right, or was used before. Start again with your password.
too-many-tries = Too many tries. The next one is possible in { $seconds } s. If the account is yours, a new password ends the wait.

## Forgotten passwords

reset-title = Choose a new password
reset-lead = We send you a link. It is valid for 30 minutes and works once.
reset-send = Send the link
reset-sent-title = Look into your mail
reset-sent-lead = If { $email } has an account, a message with a link is on its way.
reset-new = New password
reset-button = Save the password
reset-others = You are signed out everywhere else.
reset-used = The link was used, or is older than 30 minutes. Ask for a new one.
reset-again = Ask for a new link

## Account

account-title = Account
account-profile = About you
account-save = Save
account-address = Mail address
account-address-now = You sign in with { $email }.
account-address-new = New mail address
account-address-button = Send a code to the new address
account-address-hint = The new address counts when you have confirmed it. We tell both.
account-password = Password
account-password-now = Present password
account-password-new = New password
account-password-hint = You are signed out everywhere else.
account-password-button = Change the password
account-factor = Second factor
account-factor-off = Off. With it, signing in also needs a code of an app on your phone.
account-factor-on = On. Signing in needs a code of your app.
account-factor-codes =
    { $count ->
        [0] No recovery codes are left.
        [one] One recovery code is left.
       *[other] { $count } recovery codes are left.
    }
account-factor-add = Set up
account-factor-remove = Turn off
account-sessions = Where you are signed in
account-sessions-now = This browser
account-sessions-end = Sign out
account-sessions-others = Sign out everywhere else
account-device-unknown = Unknown device
account-data = Your data
account-data-lead = A file with everything that is known about you here.
account-data-button = Download my data
account-erase = Erase the account
account-erase-title = Erase the account?
account-erase-lead = Your account, your sessions and your places in teams are deleted. Your name and address are removed from your registrations. This cannot be undone.
account-erase-tickets = Tickets of coming events stay valid, but you cannot open them here any more. Save them first.
account-erase-button = Erase my account
account-erase-keep = Keep it

## Second factor

factor-title = Set up a second factor
factor-password-lead = Enter your password first.
factor-next = Next
factor-scan = Scan this code with an app for one-time codes.
factor-code-alt = Code for your app
factor-manual = Cannot scan? Type this key into the app:
factor-code = Code that the app shows
factor-button = Turn on
recovery-title = Keep these recovery codes
recovery-lead = Each of them replaces the app once, on the day you lose your phone. They are shown only now: print them, or put them into a password manager.
recovery-done = I have kept them

## My tickets

tickets-title = My tickets
tickets-coming = Coming
tickets-past = Past
tickets-empty = Nothing yet
tickets-empty-lead = Registrations with { $email } appear here, some seconds after they were made.
tickets-open = Open
tickets-more = Earlier ones
tickets-find-title = Find your tickets
tickets-find-lead = We send the links of your coming events to your mail address. You need no account.
tickets-find-button = Send the links
tickets-find-sent = If { $email } has tickets for coming events, a message with their links is on its way.
tickets-sign-in = Have an account? Sign in to see all of them.
state-confirmed = Confirmed
state-awaiting-payment = To be paid
state-cancelled = Cancelled
state-expired = Expired unpaid
state-event-cancelled = Event cancelled
tickets-count =
    { $count ->
        [one] One ticket
       *[other] { $count } tickets
    }

## A registration, and announcements

registration-cancelled = This registration was cancelled. Its tickets are not valid.
registration-expired = This registration expired unpaid. Its seats are on sale again.
registration-all = All tickets (PDF)
registration-calendar = Add to my calendar
unsubscribe-title = No more announcements?
unsubscribe-lead = You will get no more announcements from { $organizer }. Messages about your own tickets still reach you.
unsubscribe-button = No more announcements
unsubscribed-title = Done
unsubscribed-lead = You get no more announcements from { $organizer }. Messages about your own tickets still reach you.

## Invitations

invitation-title = Join the team of { $organizer }
invitation-lead = { $inviter } invites you to work on the events of { $organizer }.
invitation-role = Your role
invitation-accept = Accept
invitation-sign-in = The invitation is for { $email }. Sign in with this address, or make an account with it.
invitation-other = The invitation is for another address than yours. Sign in with that one.
invitation-used = The invitation was used, withdrawn, or is older than seven days. Ask for a new one.

## Organizer

organizer-title = Organizer
organizers-lead = The organizers that you work for.
organizers-none = You work for no organizer yet
organizers-none-lead = Open one to sell tickets, or ask somebody to invite { $email }.
organizer-open = Open an organizer
organizer-open-name = Name
organizer-open-hint = As it stands on tickets and in mails.
organizer-open-button = Open
organizer-closed = Organizers are opened by the operator of this server.
organizer-events = Events
organizer-events-empty = No events yet
organizer-events-empty-lead = Create one with the API; its documentation is at { $docs }.
organizer-event = Event
organizer-begins = Begins
organizer-state = State
organizer-more = Later ones
organizer-switch = Change organizer
nav-events = All events
nav-team = Team
nav-tokens = API tokens
event-draft = Draft
event-published = Published
event-cancelled = Cancelled

## Team

team-title = Team
team-lead = The people who may work on the events of { $organizer }.
team-people = People
team-person = Person
team-may = May
team-signs-in = Signs in with
team-last-here = Last here
team-password = Password
team-password-code = Password and code
team-never = Not yet
team-invited = Invited
team-valid-until = Link valid until { $time }
team-invite = Invite
team-invite-as = As
team-change = Change
team-change-title = Change { $name }
team-change-button = Save
team-remove = Remove from the team
team-remove-lead = { $name } cannot open the events of { $organizer } any more.
team-leave = Leave the team
team-leave-lead = You cannot open the events of { $organizer } any more.
team-send-again = Send again
team-withdraw = Withdraw
team-rename = Name of the organizer
team-rename-button = Rename
role-owner = Owner
role-owner-may = Everything, also people and tokens
role-manager = Manager
role-manager-may = Events, layouts, registrations, jobs
role-finance = Finance
role-finance-may = Registrations and invoices
role-door = Gate staff
role-door-may = Find people by name
role-viewer = Viewer
role-viewer-may = Reads, changes nothing

## Tokens

tokens-title = API tokens
tokens-lead = For programs that work for { $organizer }. A token does what it may and nothing else.
tokens-new = New token
tokens-name-hint = Of the program that uses it.
tokens-may = It may
tokens-ends = Ends
tokens-days =
    { $days ->
       *[other] In { $days } days
    }
tokens-never = Never
tokens-make = Make token
tokens-copy = Copy “{ $name }” now.
tokens-copy-lead = It is shown this once; we keep only its fingerprint.
tokens-token = Token
tokens-last-used = Last used
tokens-not-used = Never
tokens-revoke = Revoke
tokens-revoked = Revoked
tokens-expired = Expired
tokens-empty = No tokens yet
tokens-empty-lead = Programs need one to work with the API.
scope-events-write = Create and change events
scope-layouts-write = Change the layout of tickets
scope-registrations-read = See registrations and figures
scope-registrations-write = Cancel, mark paid, correct, send again
scope-jobs-write = Make all tickets anew, archives
scope-audit-read = Read the history of changes
scope-storage-read = Get links to stored files
scope-invoices-write = Create invoices
scope-invoices-read = Download invoices
scope-team-read = See members and tokens
scope-team-write = Invite and remove members, make tokens
fault-attendees = must have 1 to { $most } entries, has { $count }

## What was done

done-saved = Saved.
done-password = Your password is changed.
done-address = We sent a code to the new address.
done-verified = Your address is confirmed.
done-signed-out = You are signed out.
done-session = Signed out there.
done-factor-removed = The second factor is off.
done-erased = Your account is erased.
done-invited = The invitation is on its way.
done-withdrawn = The invitation does not work any more.
done-member = The role is changed.
done-removed = The person is not in the team any more.
done-left = You have left the team.
done-joined = Welcome to the team.
done-opened = The organizer is open.
done-renamed = The organizer has a new name.
done-revoked = The token is not valid any more.

## Events

site-events = Events
about = About
events-title = What’s on
events-about = Coming events, and tickets for them.
events-search = Search
events-search-hint = Event, artist or place
events-place = Place
events-from = From
events-to = To
events-category = Category
events-all = All
events-count = Found: { $count }
events-none = Nothing found
events-none-lead = No coming event fits. Search for something else, or see all.
events-see-all = See all events
events-empty = No events yet
events-empty-lead = They appear here as soon as an organizer publishes one.
events-more = Later events
events-from-price = From { $price }
events-organize = Do you organize events?
price-free = Free
event-left = { $count } left
event-sold-out = Sold out
event-opens = Sales open { $time }
event-opens-title = Sales open in
event-opens-lead = This page becomes the form by itself. Coming early gives no advantage, and reloading costs you nothing.
event-closed = Sales are closed
event-closed-lead = No more tickets are sold here.
event-over = Over
event-over-lead = The event is over.
event-sold-out-lead = All tickets are gone. Some may come back: this page notices by itself.
event-cancelled-lead = The organizer has cancelled this event. Everybody with a ticket gets a message.
event-draft-lead = Only your team sees this page. The event is not published.
event-moved-time = The time has changed. Before, it was: { $before }
event-moved-place = The place has changed. Before, it was: { $before }
event-when = { $from } to { $to }
event-zone = Time in { $place } ({ $offset }).
event-for-you = For you that is { $time }.
event-calendar = Add to calendar
event-map = Show map
event-tickets = Tickets
event-kind = Kind of ticket
event-how-many = How many?
event-fewer = One fewer
event-one-more = One more
event-total = Total
event-get = Get tickets
event-next = Next, we ask who is coming.
event-have = You have a ticket already? Find it here.
event-foot = { $organizer } sells these tickets with Onsale.
unit-days = days
unit-hours = hours
unit-minutes = minutes
unit-seconds = seconds

## Registering

register-title = Who is coming?
register-lead = Names are printed on the tickets. Any script is fine.
register-steps = Steps
register-step-done = done
register-step-names = Names
register-step-payment = Payment
register-step-ready = Done
register-you = Your details
register-attendee = Attendee { $number }
register-contact = and our contact
register-name = Full name
register-name-of = Full name of attendee { $number }
register-email-of = Mail address of attendee { $number }
register-email-hint = The tickets go here.
register-email-other = They find their own ticket with it. Leave it empty to keep theirs with yours.
register-optional = Optional
register-button = Get tickets
register-hold-button = Hold my seats
register-hint = Your tickets appear at once on the next page.
register-hold-hint = We hold them for { $minutes } minutes. Nothing is charged yet.
register-back = Back to the event
register-order = Order
register-change = Choose others
register-sold-out = There are not so many left. Nothing was booked. Choose fewer, or another kind.
register-closed = Sales are closed. Nothing was booked.
register-not-yet = Sales are not open yet. Nothing was booked.
register-other-tab = You have taken tickets in another tab already, with other names. They are in your mail. Send this form again only if you want further ones.
register-busy = Too many people at once. Nothing was booked and nothing was charged. What you typed is still here.
register-unknown = We do not know yet if it worked. Send the form again: you will not get the tickets twice.
register-again = This page tries again by itself in some seconds.

## Tickets of a registration

order-ready = Your tickets
order-ready-lead = Show the code at the gate: on this page, or on paper. Both work without a network.
order-held = Your seats are held
order-held-lead = They are yours once they are paid.
order-held-until = Held for you until { $time }
order-held-left = { $time } left, then they go back on sale.
order-held-over = The time is over.
order-held-minutes = Your seats are held for { $minutes } more minutes at most.
order-held-pay = { $organizer } takes the payment. The codes appear here as soon as it has arrived.
order-held-longer = I need more time
order-cancelled = Given back
order-expired = Not held any more
order-over = That was it
order-event-cancelled = The event is cancelled
order-code = Code of { $name }, to be scanned at the gate
order-brightness = Is the scanner slow? Turn up the brightness of your screen.
order-send-again = Send the mail again
order-state = Where things are
order-mail-queued = The mail is on its way
order-mail-sent = Mail sent
order-mail-delivered = Mail delivered
order-mail-delayed = The mail is delayed; we try again
order-mail-failed = The mail did not arrive
order-mail-failed-note = Save the PDF, or keep this page.
order-mail-suppressed = No mail was sent
order-file-stored = File ready
order-file-pending = File on its way to storage
order-file-pending-note = The PDF can be had now.
order-event = About the event
order-change = Can’t come?
order-rename = Change names
order-rename-lead = A changed ticket gets a new code. The old one stops working, also where it is printed.
order-rename-until = Names can be changed until { $time }.
order-rename-button = Change names
order-keep = Keep as it is
order-return = Give the tickets back
order-return-until = Tickets can be given back until { $time }.
order-return-paid = The tickets are paid. { $organizer } cancels them and gives the money back.
order-return-title = Give these tickets back?
order-return-lead = Their codes stop working at once, and the seats go back on sale. This cannot be undone.
fault-renames-over = names cannot be changed any more
fault-returns-over = tickets cannot be given back any more
fault-return-paid = the tickets are paid: the organizer gives the money back
done-renamed-tickets = The names are changed. The old codes do not work any more.
done-given-back = The tickets are given back.
done-sent-again = The mail is on its way again.
done-held-longer = Your seats are held longer.
register-questions = From the organizer
register-only-if = Only if you answer “{ $answer }”.
fault-answer-unknown = is no question of this event
fault-answer-option = must be one of the options
fault-answer-number = must be a number
fault-answer-day = must be a day such as 2026-12-31

## Errors

error-404-title = Nothing here
error-404-lead = The address may be mistyped, or what was here is gone. If you followed a link in a mail, copy all of it: mail programs like to cut long ones.
error-404-ticket = Lost a ticket?
error-403-title = Not from here
error-403-lead = The form was sent by a page of another site, or has waited too long. Nothing was done. Go back, reload the page, and send it again.
error-429-title = Slowly
error-429-lead = Too many requests came from your network. Nothing was done. Try again in { $seconds } s.
error-503-title = Too many at once
error-503-lead = We could not do it this time, and nothing was done. Try again in { $seconds } s; reloading does no harm.
error-500-title = Our mistake
error-500-lead = Something went wrong here. If you write to us, name the reference below.
error-409-title = Not now
error-retry = Try again
error-reference = Reference
error-back = Back to the start

## Faults of forms. In English, they have the words of the API.

fault-required = is required
fault-empty = must not be empty
fault-too-long = must have at most { $limit } characters, has { $count }
fault-control = must not contain control characters
fault-email = must be an e-mail address
fault-password-short = must have 15 characters, or 8 with an upper-case letter, a digit and a symbol
fault-password-long = must have at most 256 characters
fault-password-own = must not be made of your name or address
fault-password-known = is known to those who guess passwords
fault-password-wrong = is not your password
fault-code-wrong = is not the present code
fault-stale-setup = is not from this account: begin again
fault-name-taken = is the name of another organizer
fault-member = is the address of a member
fault-role = must be one of owner, manager, finance, door, viewer
fault-language = must be one of en, de, fr, es, pt, hi, ar, ja
fault-token-name = must have 1 to 100 characters on one line
fault-one-entry = must have at least one entry
fault-no-owner = the team would have no owner: make somebody else an owner first
fault-sole-owner = you are the only owner of { $names }: make somebody else an owner first
fault-other-account = the address belongs to another account
fault-invitations = too many invitations are open, or were sent to this address within the last hour
fault-owned = you own { $most } organizers, the most that are allowed
fault-tokens = the organizer has { $most } valid tokens, the most that are allowed
fault-factor-present = there is a second factor already
fault-no-accounts = new accounts are made by the operator of this server
fault-no-organizers = organizers are opened by the operator of this server
fault-forbidden = your role does not allow this
