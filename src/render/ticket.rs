//! A registration's tickets as one PDF: a page each.

use std::collections::BTreeMap;

use pdf_writer::{Content, Filter, Finish, Pdf, Rect, Ref, Settings, TextStr};
use sha2::{Digest, Sha256};

use super::{
    deflate::deflate,
    font::Face,
    plan::{CATALOG, INFO, PAGES, Piece, Plan, STATIC_CONTENT},
    pool::RenderError,
    qr::QrImage,
    subset::{OBJECTS, Subset},
    text::fit,
    text_box::font_name,
};
use crate::domain::{ContentHash, EventSetup, EventSigner, Registration, RegistrationId, Ticket, TicketCode, Weight};

/// What one page says.
#[derive(Debug, Clone)]
pub struct TicketPage {
    pub name: String,
    pub label: String,
    pub type_name: String,
    pub code: TicketCode,
}

/// A finished file and the hash of what went into it.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub bytes: Vec<u8>,
    pub hash: ContentHash,
}

impl TicketPage {
    /// The page of one ticket.
    pub fn of(setup: &EventSetup, registration: &Registration, ticket: &Ticket) -> Self {
        let id = RegistrationId { code: setup.event.code.clone(), number: registration.reference.number };
        Self {
            name: ticket.name.clone(),
            label: id.ticket_label(ticket.position),
            type_name: setup.ticket_type(registration.type_number).map(|t| t.name.clone()).unwrap_or_default(),
            code: TicketCode {
                ticket: ticket.id,
                type_number: registration.type_number,
                generation: ticket.generation,
            },
        }
    }

    /// The pages of all tickets of a registration that are valid.
    pub fn all(setup: &EventSetup, registration: &Registration) -> Vec<Self> {
        let valid = registration.tickets.iter().filter(|ticket| !ticket.revoked);
        valid.map(|ticket| Self::of(setup, registration, ticket)).collect()
    }
}

impl Plan {
    /// The hash that a file of these pages carries. The same hash means the same bytes.
    pub fn hash(&self, pages: &[TicketPage], signer: &EventSigner) -> ContentHash {
        let mut hash = Sha256::new();
        hash.update(self.hash.0);
        hash.update([signer.key_id()]);
        for page in pages {
            for text in [&page.name, &page.label, &page.type_name] {
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text);
            }
            hash.update(page.code.ticket.0.as_bytes());
            hash.update(page.code.type_number.0.to_be_bytes());
            hash.update(page.code.generation.to_be_bytes());
        }
        ContentHash(hash.finalize().into())
    }

    /// Renders these pages as one file.
    pub fn render(&self, pages: &[TicketPage], signer: &EventSigner) -> Result<Rendered, RenderError> {
        if pages.is_empty() {
            return Err(RenderError::NoTickets);
        }
        let hash = self.hash(pages, signer);
        let mut own = OwnGlyphs::default();
        let contents: Vec<_> = pages.iter().map(|page| deflate(&self.page_content(page, signer, &mut own))).collect();

        let mut pdf = Pdf::with_settings_and_capacity(
            Settings { pretty: false },
            self.shared.len() + contents.iter().map(|content| content.len() + 512).sum::<usize>() + 4096,
        );
        pdf.set_version(1, 7);
        pdf.set_file_id((hash.0[..16].to_vec(), hash.0[..16].to_vec()));
        let fonts = own.place(self.next);
        let first_page = self.next + OBJECTS * i32::try_from(fonts.len()).expect("three weights");
        let page_ref = |index: usize| Ref::new(first_page + 2 * i32::try_from(index).expect("at most a hundred pages"));

        let mut catalog = pdf.catalog(CATALOG);
        catalog.pages(PAGES).lang(TextStr(&self.language));
        catalog.viewer_preferences().display_doc_title(true);
        catalog.finish();
        pdf.pages(PAGES)
            .kids((0..pages.len()).map(page_ref))
            .count(i32::try_from(pages.len()).expect("at most a hundred pages"));
        pdf.document_info(INFO)
            .title(TextStr(&self.title))
            .producer(TextStr(concat!("Onsale ", env!("CARGO_PKG_VERSION"))));
        pdf.extend(&self.shared);
        for (object, subset) in &fonts {
            subset.1.write(&mut pdf, *object).map_err(|error| RenderError::Font(error.to_string()))?;
        }
        for (index, content) in contents.iter().enumerate() {
            self.write_page(&mut pdf, page_ref(index), content, &fonts);
        }
        Ok(Rendered { bytes: pdf.finish(), hash })
    }

    fn page_content(&self, page: &TicketPage, signer: &EventSigner, own: &mut OwnGlyphs) -> Vec<u8> {
        let mut content = Content::with_settings(Settings { pretty: false });
        for text in &self.texts {
            let words: String = text
                .template
                .iter()
                .map(|piece| match piece {
                    Piece::Words(words) => words.as_str(),
                    Piece::Name => &page.name,
                    Piece::Label => &page.label,
                    Piece::TypeName => &page.type_name,
                })
                .collect();
            let weight = text.area.weight;
            let fitted = fit(Face::of(weight), &words, text.area.fit);
            let shared = &self.font(weight).subset;
            text.area.draw(&mut content, &fitted, |glyph| match shared.get(glyph) {
                Some(cid) => (font_name(weight, false), cid),
                None => (font_name(weight, true), own.add(weight, glyph)),
            });
        }
        if !self.codes.is_empty() {
            let image = QrImage::encode(&signer.sign(&page.code));
            for area in &self.codes {
                image.draw(&mut content, area.x, area.y, area.size);
            }
        }
        content.finish().into_vec()
    }

    fn write_page(&self, pdf: &mut Pdf, id: Ref, content: &[u8], own: &[(Ref, (Weight, Subset))]) {
        let content_id = Ref::new(id.get() + 1);
        let mut page = pdf.page(id);
        page.parent(PAGES).media_box(Rect::new(0.0, 0.0, self.width, self.height));
        page.contents_array([STATIC_CONTENT, content_id]);
        let mut resources = page.resources();
        let mut fonts = resources.fonts();
        for font in self.fonts.values() {
            fonts.pair(font_name(font.weight, false), font.object);
        }
        for (object, (weight, _)) in own {
            fonts.pair(font_name(*weight, true), *object);
        }
        fonts.finish();
        resources.finish();
        page.finish();
        pdf.stream(content_id, content).filter(Filter::FlateDecode);
    }
}

/// Glyphs that this file needs and the plan does not have.
#[derive(Default)]
struct OwnGlyphs(BTreeMap<usize, (Weight, Subset)>);

impl OwnGlyphs {
    fn add(&mut self, weight: Weight, glyph: &super::font::Glyph) -> u16 {
        let (_, subset) = self.0.entry(weight as usize).or_insert_with(|| (weight, Subset::new(Face::of(weight))));
        subset.add(glyph)
    }

    fn place(self, next: i32) -> Vec<(Ref, (Weight, Subset))> {
        self.0.into_values().zip(0..).map(|(font, index)| (Ref::new(next + OBJECTS * index), font)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::{
        EventDraft, EventId, EventKey, EventStatus, OrganizerKey, Price, RegistrationRef, RegistrationStatus, TicketId,
        TicketType, TypeNumber, Venue,
    };
    use uuid::Uuid;

    fn setup() -> EventSetup {
        let draft = EventDraft {
            slug: "gardenia-2025".into(),
            code: "GDN2025".into(),
            title: "Gardenia 2025".into(),
            description: None,
            category: Some("festival".into()),
            status: EventStatus::Published,
            starts_at: "2025-11-08T09:00:00Z".parse().unwrap(),
            ends_at: "2025-11-08T18:00:00Z".parse().unwrap(),
            timezone: "Asia/Kolkata".into(),
            language: "en".into(),
            accent_color: "#1f6f4a".into(),
            venue: Venue { name: "Main Lawn".into(), address: Some("Palace Road, Bengaluru".into()) },
            sales_open_at: None,
            sales_close_at: None,
            capacity: None,
        };
        let id = EventId(Uuid::from_u128(1));
        EventSetup {
            event: crate::domain::Event {
                key: EventKey(1),
                id,
                organizer: OrganizerKey(1),
                organizer_name: "Gardenia Collective".into(),
                code: "GDN2025".parse().unwrap(),
                revision: 1,
                draft,
            },
            types: vec![TicketType {
                number: TypeNumber(1),
                code: "general".parse().unwrap(),
                name: "General Admission".into(),
                description: None,
                price: Price::new(0, "INR").unwrap(),
                capacity: None,
                max_per_registration: 10,
            }],
            signer: EventSigner::new(id, 1, &[7; 32]),
        }
    }

    fn registration(names: &[&str]) -> Registration {
        let tickets = names.iter().zip(1..).map(|(name, position)| Ticket {
            id: TicketId(Uuid::from_u128(position as u128)),
            position,
            generation: 1,
            revoked: false,
            name: (*name).into(),
            email: "a@example.com".into(),
        });
        Registration {
            reference: RegistrationRef { event: EventKey(1), number: 1 },
            type_number: TypeNumber(1),
            status: RegistrationStatus::Confirmed,
            created_at: "2025-11-01T00:00:00Z".parse().unwrap(),
            expires_at: None,
            paid_at: None,
            amount: None,
            tickets: tickets.collect(),
        }
    }

    fn render(setup: &EventSetup, names: &[&str]) -> Rendered {
        let plan = Plan::for_event(setup).unwrap();
        plan.render(&TicketPage::all(setup, &registration(names)), &setup.signer).unwrap()
    }

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        let (first, second) = (render(&setup(), &["Ada Lovelace"]), render(&setup(), &["Ada Lovelace"]));
        assert_eq!((first.hash, first.bytes), (second.hash, second.bytes));
    }

    #[test]
    fn whatever_changes_the_page_changes_the_hash() {
        let mut setups = [setup(), setup(), setup(), setup()];
        setups[1].event.draft.venue.name = "Side Lawn".into();
        setups[2].event.draft.accent_color = "#102030".into();
        setups[3].types[0].name = "Balcony".into();
        let mut hashes: BTreeSet<_> = setups.iter().map(|setup| render(setup, &["Ada"]).hash.0).collect();
        hashes.insert(render(&setup(), &["Eve"]).hash.0);
        hashes.insert(render(&setup(), &["Ada", "Eve"]).hash.0);
        assert_eq!(hashes.len(), 6);
    }

    #[test]
    fn a_hostile_name_adds_no_object() {
        let objects = |name: &str| {
            let bytes = render(&setup(), &[name]).bytes;
            bytes.windows(5).filter(|window| window == b" obj\n" || window == b" obj<").count()
        };
        let plain = objects("Ada");
        for name in [") Tj ET Q /Annots << /URI (x)", "%%EOF", "endstream endobj", "\\", "<<>>"] {
            assert_eq!(objects(name), plain, "{name}");
        }
    }

    #[test]
    fn a_ticket_stays_small() {
        let bytes = render(&setup(), &["Ada Lovelace"]).bytes.len();
        assert!(bytes <= 32 * 1024, "{bytes} bytes");
    }
}
