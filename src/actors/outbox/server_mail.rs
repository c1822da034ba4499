//! Messages of the server itself: about an account, a team, or all registrations of an address. They have no copy in the
//! archive, because they belong to no organizer.

use std::{collections::HashSet, slice, time::Instant};

use lettre::Address;

use super::{
    account_letter::AccountLetter,
    address_letter::AddressLetter,
    compose::{Composed, Composer, RETRY_PAUSE, Ready},
    held::Held,
    outcome::{outcome, released},
    pace::Turn,
    reasons::suppression,
};
use crate::{
    db::{DbError, EventName},
    domain::{MessageState, MessageTopic, normal_address},
    mail::{Look, Mail, MailTemplate, MailValues, address, shipped_draft},
    render::Priority,
};

/// Registrations in one list of links.
const MAX_LINKS: i64 = 50;

/// A composed message with its recipient, and the turn that the events give.
type Composing = Option<(Address, String, Turn)>;

impl Composer {
    /// Composes a message of the server.
    pub async fn compose_of_server(&self, held: Held) -> Composed {
        let written = match held.claim.kind.topic() {
            MessageTopic::Account => self.write_account(&held).await,
            MessageTopic::Address => self.write_links(&held).await,
            MessageTopic::Registration => Ok(None),
        };
        match written {
            Ok(Some((to, message, event_turn))) => match event_turn.max(self.turn(&held)) {
                Turn::At(turn) => {
                    let from = self.sender.return_path(held.claim.id);
                    Composed::Ready(Box::new(Ready { held, from, to, message, turn, copy: None }))
                }
                Turn::Later(pause) => {
                    let outcome = released(&held.claim, "waits for its turn", pause);
                    Composed::not(held, outcome)
                }
            },
            Ok(None) => {
                let outcome =
                    outcome(&held.claim, MessageState::Suppressed, "there is nothing to send to this address");
                Composed::not(held, outcome)
            }
            Err(error) => {
                tracing::warn!(%error, "a message could not be composed; it is tried again soon");
                let outcome = released(&held.claim, "", RETRY_PAUSE);
                Composed::not(held, outcome)
            }
        }
    }

    /// Returns nothing if the address has no account that the message is about.
    async fn write_account(&self, held: &Held) -> Result<Composing, String> {
        let claim = &held.claim;
        let letter = claim
            .detail
            .as_ref()
            .and_then(|detail| AccountLetter::new(claim.kind, detail, &self.base_url, self.catalog.secret()));
        let (Some(letter), Some(recipient)) = (letter, claim.recipient.as_deref()) else { return Ok(None) };
        let look = letter.look(self.sender.name());
        let name = letter.name.clone();
        self.write_of_server(held, recipient, Turn::At(Instant::now()), look, name, letter).await
    }

    /// Returns nothing if the address has no coming registrations.
    async fn write_links(&self, held: &Held) -> Result<Composing, String> {
        let claim = &held.claim;
        let Some(recipient) = claim.recipient.as_deref() else { return Ok(None) };
        let text = |error: DbError| error.to_string();
        let found = self.database.coming_registrations(&normal_address(recipient), MAX_LINKS).await.map_err(text)?;
        let mut letter = AddressLetter::new(self.base_url.clone());
        let mut events = HashSet::new();
        for of in found {
            let setup = self.catalog.find(EventName::Key(of.event)).await.map_err(|error| error.to_string())?;
            let registration = self.database.registration_without_answers(of).await.map_err(text)?;
            let (Some(setup), Some(registration)) = (setup, registration) else { continue };
            let key = (setup.event.organizer, normal_address(recipient));
            let suppressed = self.database.suppressed(slice::from_ref(&key)).await.map_err(text)?;
            let is_wanted = suppression(&suppressed, &key, claim.kind).is_none();
            if is_wanted && letter.add(&setup, &registration, recipient, self.catalog.secret()) {
                events.insert(setup.event.id);
            }
        }
        let now = Instant::now();
        let turns = events.iter().map(|event| self.link_pace.turn(&event.to_string(), now));
        let Some(turn) = turns.max() else { return Ok(None) };
        let (look, name) = (letter.look(self.sender.name()), letter.name.clone());
        self.write_of_server(held, recipient, turn, look, name, letter).await
    }

    async fn write_of_server(
        &self,
        held: &Held,
        recipient: &str,
        turn: Turn,
        look: Look,
        name: String,
        letter: impl MailValues + Send + 'static,
    ) -> Result<Composing, String> {
        let Ok(to) = address(recipient) else { return Ok(None) };
        let claim = &held.claim;
        let (id, kind, date) = (claim.id, claim.kind, claim.tried_at);
        let (recipient, sender) = (recipient.to_owned(), self.sender.clone());
        let work = move || {
            let draft = shipped_draft(kind, &look.language);
            let template = MailTemplate::compile(kind, &draft, &look);
            let filled = template.expect("a test compiles every shipped template").fill(&letter);
            let mail = Mail {
                id,
                date,
                from_name: "",
                to_name: &name,
                to: &recipient,
                language: &look.language,
                letter: &filled,
                attachments: Vec::new(),
                unsubscribe: None,
            };
            Ok(sender.write(mail).ok().and_then(|bytes| String::from_utf8(bytes).ok()))
        };
        let message = self.pool.run(Priority::Bulk, work).await.map_err(|error| error.to_string())?;
        Ok(message.map(|message| (to, message, turn)))
    }
}
