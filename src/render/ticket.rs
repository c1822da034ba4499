//! A ticket in a plan: what it says there, the hash of that, and its file.

use sha2::{Digest, Sha256};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    facts::{Condition, TicketPage, TypeFacts, say},
    plan::{Draw, Plan, Step, TicketText},
    pool::RenderError,
    press::Press,
    text::{Library, clean},
};
use crate::domain::{
    ContentHash, EventSigner, TicketCode,
    layout::{Case, Format, Piece},
};

/// A finished file and the hash of what went into it.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub bytes: Vec<u8>,
    pub hash: ContentHash,
}

/// Where a ticket's code comes from.
#[derive(Clone, Copy)]
pub enum CodeOf<'a> {
    /// It is signed here.
    Signer(&'a EventSigner),
    /// It was signed elsewhere.
    Given(&'a str),
}

impl CodeOf<'_> {
    pub(super) fn text(self, code: &TicketCode) -> String {
        match self {
            Self::Signer(signer) => signer.sign(code),
            Self::Given(text) => text.to_owned(),
        }
    }
}

/// A ticket's own text is cut after as many letters, which is more than any box has room for.
const MAX_SAID: usize = 2_000;
impl Plan {
    /// Renders one ticket with a code that was signed elsewhere.
    pub fn render_with_code(&self, page: &TicketPage, code: &str) -> Result<Rendered, RenderError> {
        let mut press = Press::begin(self, Vec::with_capacity(self.prefix.len() + 8 * 1024))?;
        press.ticket(page, CodeOf::Given(code))?;
        let (bytes, hash) = press.finish()?;
        Ok(Rendered { bytes, hash })
    }

    /// What all its files begin with.
    pub fn shared(&self) -> &[u8] {
        self.prefix.bytes()
    }

    /// The hash that a file of these pages carries. The same hash means the same bytes.
    pub fn hash(&self, pages: &[TicketPage], signer: &EventSigner) -> ContentHash {
        let mut hash = self.begin_hash();
        for page in pages {
            self.hash_ticket(&mut hash, page, &self.resolve(page), CodeOf::Signer(signer));
        }
        ContentHash(hash.finalize().into())
    }

    /// Renders these pages as one file.
    pub fn render(&self, pages: &[TicketPage], signer: &EventSigner) -> Result<Rendered, RenderError> {
        if pages.is_empty() {
            return Err(RenderError::NoTickets);
        }
        let room = self.prefix.len() + pages.len() * (4 * 1024) + 4 * 1024;
        let mut press = Press::begin(self, Vec::with_capacity(room))?;
        for page in pages {
            press.ticket(page, CodeOf::Signer(signer))?;
        }
        let (bytes, hash) = press.finish()?;
        Ok(Rendered { bytes, hash })
    }

    pub(super) fn begin_hash(&self) -> Sha256 {
        let mut hash = Sha256::new();
        hash.update(self.hash.0);
        hash
    }

    /// What each step says on this ticket; `None`: it is not there.
    pub(super) fn resolve(&self, page: &TicketPage) -> Vec<Option<String>> {
        let unknown = TypeFacts::default();
        let facts = self.types.get(&page.code.type_number).unwrap_or(&unknown);
        let steps = self.pages.iter().flat_map(|plan| &plan.steps);
        steps.map(|step| self.resolve_step(step, page, facts)).collect()
    }

    fn resolve_step(&self, step: &Step, page: &TicketPage, facts: &TypeFacts) -> Option<String> {
        let holds = |condition: &Condition| {
            let mut value = String::new();
            say(&mut value, page, facts, &self.speech, &condition.field, Format::Plain, Case::Kept);
            condition.holds(&value)
        };
        if !step.when.iter().all(holds) {
            return None;
        }
        let text = match &step.draw {
            Draw::Text(text) => text,
            Draw::OfType(texts) => return texts.contains_key(&page.code.type_number).then(String::new),
            Draw::Bytes(_) | Draw::Code { .. } => return Some(String::new()),
        };
        let mut said = String::new();
        for piece in &text.pieces {
            match piece {
                Piece::Words(words) => said.push_str(words),
                Piece::Value { field, format, case } => {
                    say(&mut said, page, facts, &self.speech, field, *format, *case);
                }
            }
        }
        if let Some((end, _)) = said.char_indices().nth(MAX_SAID) {
            said.truncate(end);
        }
        let cleaned = clean(&said);
        if cleaned.trim().is_empty() { None } else { Some(cleaned.into_owned()) }
    }

    pub(super) fn hash_ticket(&self, hash: &mut Sha256, page: &TicketPage, said: &[Option<String>], code: CodeOf) {
        match code {
            CodeOf::Signer(signer) => hash.update([signer.key_id()]),
            CodeOf::Given(code) => hash.update(code),
        }
        for text in said {
            let length = text.as_ref().map_or(u64::MAX, |text| text.len() as u64);
            hash.update(length.to_be_bytes());
            hash.update(text.as_deref().unwrap_or_default());
        }
        let steps = self.pages.iter().flat_map(|plan| &plan.steps);
        for (step, text) in steps.zip(said) {
            if let (Draw::Text(draw), Some(text)) = (&step.draw, text)
                && !text.is_ascii()
            {
                self.hash_foreign_fonts(hash, text, draw);
            }
        }
        hash.update(page.label.as_bytes());
        hash.update(page.code.ticket.0.as_bytes());
        hash.update(page.code.type_number.0.to_be_bytes());
        hash.update(page.code.generation.to_be_bytes());
    }

    /// Fonts that do not come along make a difference where a letter needs them.
    fn hash_foreign_fonts(&self, hash: &mut Sha256, text: &str, draw: &TicketText) {
        let han = draw.style.han_of(text);
        for cluster in text.graphemes(true).filter(|cluster| !cluster.is_ascii()) {
            match self.library.pick(cluster, draw.style.weight, han) {
                Some(face) if !Library::is_foreign(face) => {}
                Some(face) => {
                    let face = self.library.face(face);
                    hash.update(face.name.as_bytes());
                    hash.update((face.data.len() as u64).to_be_bytes());
                }
                None => hash.update(b"no font"),
            }
        }
    }
}

#[cfg(test)]
mod tests;
