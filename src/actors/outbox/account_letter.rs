//! The values of a message about an account or a team. Its secrets are derived here, so that the database has none.

use serde_json::Value;
use uuid::Uuid;

use crate::{
    domain::{
        AccountNotice, MessageKind, PersonRequest, Secret,
        layout::{Case, Format},
    },
    mail::{Look, MailField, MailValues, OwnField, Row, RowKind, notice_texts},
};

/// A message about an account or a team.
#[derive(Debug)]
pub struct AccountLetter {
    pub name: String,
    language: String,
    link: String,
    code: String,
    organizer: String,
    inviter: String,
    notice: Option<AccountNotice>,
}

impl AccountLetter {
    /// Reads the facts of a message. `None` if there are none: the address has no account.
    pub fn new(kind: MessageKind, detail: &Value, base_url: &str, secret: &Secret) -> Option<Self> {
        let text = |name: &str| detail.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let request = || {
            let id = Uuid::try_parse(detail.get("request")?.as_str()?).ok()?;
            Some((PersonRequest::from_name(detail.get("purpose")?.as_str()?)?, id))
        };
        let notice = AccountNotice::from_name(&text("notice"));
        let (link, code) = match (kind, request()) {
            (MessageKind::AccountNotice, _) => {
                notice?;
                (format!("{base_url}/account"), String::new())
            }
            (_, Some((purpose, id))) => {
                let page = match purpose {
                    PersonRequest::SignUp | PersonRequest::Address => "verify",
                    PersonRequest::Reset => "reset-password",
                    PersonRequest::Invitation => "invitation",
                };
                let link = format!("{base_url}/{page}?token={}", secret.request_token(purpose, id).reveal());
                (link, secret.request_code(purpose, id))
            }
            (_, None) => return None,
        };
        let (name, language, organizer, inviter) = (text("name"), text("language"), text("organizer"), text("inviter"));
        Some(Self { name, language, link, code, organizer, inviter, notice })
    }

    /// Returns the look of messages of the server.
    pub fn look(&self, sender: &str) -> Look {
        let (language, sender) = (self.language.clone(), sender.to_owned());
        Look { is_rtl: language == "ar", language, sender, ..Look::plain() }
    }
}

impl MailValues for AccountLetter {
    fn value(&self, field: &MailField, _: Format) -> String {
        let MailField::Own(field) = field else { return String::new() };
        let notice = || self.notice.map(|notice| notice_texts(notice, &self.language));
        match field {
            OwnField::RecipientName => self.name.clone(),
            OwnField::ConfirmLink => self.link.clone(),
            OwnField::Code => self.code.clone(),
            OwnField::TeamOrganizer => self.organizer.clone(),
            OwnField::TeamInviter => self.inviter.clone(),
            OwnField::NoticeTitle => notice().map_or_else(String::new, |texts| texts.title.clone()),
            OwnField::NoticeText => notice().map_or_else(String::new, |texts| texts.text.clone()),
            _ => String::new(),
        }
    }

    fn in_case(&self, text: String, _: Case) -> String {
        text
    }

    fn rows(&self, _: RowKind) -> Vec<Row> {
        Vec::new()
    }
}
