//! Domain types and their validation rules: no I/O, no clock, nothing async.
//!
//! All other modules use these types. ARCHITECTURE.md lists the vocabulary.

mod address;
mod answers;
mod code;
mod document;
mod event;
mod fault;
mod ids;
mod invoice;
mod job;
pub mod layout;
mod message;
mod money;
mod people;
mod prices;
mod question;
mod registration;
mod sale;
mod sample;
mod scope;
mod search;
mod seats;
mod secret;
mod spreadsheet;

pub use address::{ERASED_ADDRESS, ascii_domain, check_email, normal_address};
pub use answers::{MAX_ANSWERS_BYTES, check_answers};
pub use code::{CodeError, EventSigner, TicketCode, VerifyingKeys, random_key};
pub use document::{ContentHash, DocumentKind, DocumentRecord, DocumentRef, DocumentState, LeaseToken, Stored};
pub use event::{
    AccentColor, CreateEvent, CreateTicketType, Event, EventCode, EventDraft, EventPatch, EventSetup, EventStatus,
    PriceDraft, Slug, TicketType, TicketTypeDraft, TicketTypePatch, TypeCode, Venue, is_supported_time,
};
pub use fault::{Fault, Faults};
pub use ids::{
    AccountKey, EventId, EventKey, OrganizerKey, RegistrationId, RegistrationRef, TicketId, TicketIds, TypeNumber,
};
pub use invoice::{Invoice, InvoiceDraft, InvoiceId, InvoiceLine, Party, Segment, TaxTotal};
pub use job::{Announcement, ArchiveFormat, JobId, JobKind, JobProgress, JobRequest, JobStatus, RegenerationReason};
pub use layout::{EventLayout, Layout, Level, Weight};
pub use message::{AccountNotice, MessageKind, MessageState, MessageTopic};
pub use money::{Price, currency_code};
pub use people::{
    LANGUAGES, MAX_PASSWORD, PersonRequest, RequestToken, Role, SessionToken, SignUp, check_name, check_password,
    organizer_slug, page_language,
};
pub use prices::{Costs, Prices};
pub use question::{Choice, Condition, MAX_TEXT, Question, QuestionKind, Questions};
pub use registration::{
    Attendee, IdempotencyKey, NewRegistration, PaymentStatus, Registration, RegistrationStatus, Ticket, body_hash,
};
pub use sale::{Left, SaleState};
pub use sample::{SAMPLE_SIGNING_KEY, sample_draft, sample_event};
pub use scope::Scope;
pub use search::{rare_texts, search_patterns, search_text, ticket_search, ticket_words};
pub use seats::{Allotment, RemainingSeats, SeatCount, allot};
pub use secret::{AccessToken, OpenError, OrganizerToken, Secret};
pub use spreadsheet::escape_formula;
