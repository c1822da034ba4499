//! Renders tickets with a plan: fills in the texts, computes the hash of the inputs, writes the file.

use sha2::{Digest, Sha256};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    code_source::CodeSource,
    facts::{Condition, TicketValues, TypeFacts, append_value},
    plan::{Draw, Plan, Step, TicketText},
    pool::RenderError,
    press::TicketPdfWriter,
    text::{FontLibrary, clean},
};
use crate::domain::{
    ContentHash, EventSigner,
    layout::{Case, Format, Piece},
};

/// A rendered file and the hash of its inputs.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub bytes: Vec<u8>,
    pub hash: ContentHash,
}

/// Limit of characters of a text per ticket; the rest is cut off. Larger than any box has room for.
pub(super) const MAX_TEXT_CHARS: usize = 2_000;

impl Plan {
    /// Renders one ticket with a code that is already signed.
    pub fn render_with_code(&self, page: &TicketValues, code: &str) -> Result<Rendered, RenderError> {
        let mut press = TicketPdfWriter::begin(self, Vec::with_capacity(self.prefix.len() + 8 * 1024))?;
        press.ticket(page, CodeSource::Signed(code))?;
        let (bytes, hash) = press.finish()?;
        Ok(Rendered { bytes, hash })
    }

    /// Returns the bytes that all files of the plan begin with.
    pub fn shared(&self) -> &[u8] {
        self.prefix.bytes()
    }

    /// Returns the hash of a file of these tickets. Files with the same hash have the same bytes.
    pub fn hash(&self, pages: &[TicketValues], signer: &EventSigner) -> ContentHash {
        let mut hash = self.begin_hash();
        for page in pages {
            self.hash_ticket(&mut hash, page, &self.texts_of(page), CodeSource::Signer(signer));
        }
        ContentHash(hash.finalize().into())
    }

    /// Renders these tickets as one file.
    pub fn render(&self, pages: &[TicketValues], signer: &EventSigner) -> Result<Rendered, RenderError> {
        if pages.is_empty() {
            return Err(RenderError::NoTickets);
        }
        let room = self.prefix.len() + pages.len() * (4 * 1024) + 4 * 1024;
        let mut press = TicketPdfWriter::begin(self, Vec::with_capacity(room))?;
        for page in pages {
            press.ticket(page, CodeSource::Signer(signer))?;
        }
        let (bytes, hash) = press.finish()?;
        Ok(Rendered { bytes, hash })
    }

    pub(super) fn begin_hash(&self) -> Sha256 {
        let mut hash = Sha256::new();
        hash.update(self.hash.0);
        hash
    }

    /// Returns the text of each step for this ticket; empty for a step without text of its own. `None` if the step is
    /// not drawn.
    pub(super) fn texts_of(&self, page: &TicketValues) -> Vec<Option<String>> {
        let unknown = TypeFacts::default();
        let facts = self.types.get(&page.code.type_number).unwrap_or(&unknown);
        let steps = self.pages.iter().flat_map(|plan| &plan.steps);
        steps.map(|step| self.text_of_step(step, page, facts)).collect()
    }

    fn text_of_step(&self, step: &Step, page: &TicketValues, facts: &TypeFacts) -> Option<String> {
        let holds = |condition: &Condition| {
            let mut value = String::new();
            append_value(&mut value, page, facts, &self.locale, &condition.field, Format::Plain, Case::Kept);
            condition.holds(&value)
        };
        if !step.when.iter().all(holds) {
            return None;
        }
        let draw = match &step.draw {
            Draw::Text(draw) => draw,
            Draw::PerType(texts) => return texts.contains_key(&page.code.type_number).then(String::new),
            Draw::Bytes(_) | Draw::Code { .. } => return Some(String::new()),
        };
        let mut text = String::new();
        for piece in &draw.pieces {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::Value { field, format, case } => {
                    append_value(&mut text, page, facts, &self.locale, field, *format, *case);
                }
            }
        }
        if let Some((end, _)) = text.char_indices().nth(MAX_TEXT_CHARS) {
            text.truncate(end);
        }
        let cleaned = clean(&text);
        if cleaned.trim().is_empty() { None } else { Some(cleaned.into_owned()) }
    }

    pub(super) fn hash_ticket(
        &self,
        hash: &mut Sha256,
        page: &TicketValues,
        texts: &[Option<String>],
        code: CodeSource,
    ) {
        match code {
            CodeSource::Signer(signer) => hash.update([signer.key_id()]),
            CodeSource::Signed(code) => hash.update(code),
        }
        for text in texts {
            let length = text.as_ref().map_or(u64::MAX, |text| text.len() as u64);
            hash.update(length.to_be_bytes());
            hash.update(text.as_deref().unwrap_or_default());
        }
        let steps = self.pages.iter().flat_map(|plan| &plan.steps);
        for (step, text) in steps.zip(texts) {
            if let (Draw::Text(draw), Some(text)) = (&step.draw, text)
                && !text.is_ascii()
            {
                self.hash_disk_fonts(hash, text, draw);
            }
        }
        hash.update(page.label.as_bytes());
        hash.update(page.code.ticket.0.as_bytes());
        hash.update(page.code.type_number.0.to_be_bytes());
        hash.update(page.code.generation.to_be_bytes());
    }

    /// Adds the fonts from disk that the text needs to the hash: they differ between machines.
    fn hash_disk_fonts(&self, hash: &mut Sha256, text: &str, draw: &TicketText) {
        let han = draw.style.han_of(text);
        for cluster in text.graphemes(true).filter(|cluster| !cluster.is_ascii()) {
            match self.library.pick(cluster, draw.style.weight, han) {
                Some(face) if !FontLibrary::is_from_disk(face) => {}
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
