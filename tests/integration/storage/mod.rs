//! Storage that is away, slow, wrong or full of strangers' things; people must never notice.

mod documents;
mod faults;
mod invoices;
