//! PDF files: their content, determinism, size, tags, and length.

use std::io::Write;

use onsale::render::{CodeSource, TicketPdfWriter};
use serde_json::json;

use onsale::domain::sample_event;

use super::{plan, setup, shipped_plan, ticket};
use crate::support::{page_picture, pdf_text, qpdf_check, run_on_file};

/// Returns a PDF as readable text: its objects uncompressed, without binary lines and fonts.
fn readable(pdf: &[u8]) -> String {
    let plain =
        run_on_file("qpdf", pdf, &["--qdf", "--object-streams=disable", "--no-original-object-ids", "FILE", "-"]);
    let mut text = String::new();
    let mut skipping = false;
    for line in plain.split(|byte| *byte == b'\n') {
        let shown = String::from_utf8_lossy(line);
        let binary = line.iter().any(|byte| !(32..127).contains(byte));
        if shown == "endstream" {
            skipping = false;
        }
        if skipping || shown.starts_with("xref") {
            if shown.starts_with("xref") {
                break;
            }
            continue;
        }
        if binary && !text.ends_with("<binary>\n") {
            text.push_str("<binary>\n");
        }
        // Fonts and maps of letters are binary or another format.
        if shown.starts_with("%!PS-Adobe") {
            text.push_str("<map of letters>\n");
            skipping = true;
        } else if !binary {
            text.push_str(&shown);
            text.push('\n');
        }
    }
    text
}

#[test]
fn a_file_reads_like_this() {
    let layout = json!({"pages": [{"width": 50, "height": 40, "background": "#ffffff", "elements": [
        {"kind": "rect", "x": 0, "y": 0, "width": 50, "height": 8, "fill": "accent", "radius": 2},
        {"kind": "text", "x": 2, "y": 2, "width": 46, "text": "{event.title}", "size": 9, "weight": "bold", "color": "onAccent"},
        {"kind": "text", "x": 2, "y": 12, "width": 20, "text": "{attendee.name}", "size": 8, "smallest": 5, "lines": 2},
        {"kind": "line", "x": 2, "y": 30, "toX": 22, "toY": 30, "stroke": 0.2, "dash": 1},
        {"kind": "text", "x": 4, "y": 38, "width": 20, "text": "{ticket.label}", "size": 6, "rotate": -90},
        {"kind": "qr", "x": 25, "y": 10, "size": 24},
    ]}]});
    let setup = setup();
    let pdf = plan(&layout, &setup).render(&[ticket("Ada Lovelace")], &setup.signer).unwrap().bytes;
    qpdf_check(&pdf);
    insta::assert_snapshot!("file", readable(&pdf));
}

#[test]
fn the_same_ticket_is_the_same_file_and_small() {
    let setup = setup();
    let render = || shipped_plan("a6", &setup).render(&[ticket("Ada Lovelace")], &setup.signer).unwrap();
    let (first, second) = (render(), render());
    assert_eq!((first.hash, &first.bytes), (second.hash, &second.bytes));
    assert!(first.bytes.len() <= 16 * 1024, "{} bytes", first.bytes.len());
    let info = String::from_utf8(run_on_file("pdfinfo", &first.bytes, &["FILE"])).unwrap();
    for line in [
        "Title:           Gardenia 2025",
        "Producer:        Onsale",
        "Tagged:          yes",
        "JavaScript:      no",
        "PDF version:     1.7",
    ] {
        assert!(info.contains(line), "{info}");
    }
}

#[test]
fn the_structure_is_in_reading_order() {
    let setup = setup();
    let pdf = shipped_plan("a6", &setup).render(&[ticket("Ada Lovelace")], &setup.signer).unwrap().bytes;
    let structure = String::from_utf8(run_on_file("pdfinfo", &pdf, &["-struct-text", "FILE"])).unwrap();
    let order = [
        "Document",
        "Sect",
        "\"Gardenia Collective\"",
        "\"Gardenia 2025\"",
        "\"Main Lawn\"",
        "\"Ada Lovelace\"",
        "Figure",
        "\"General Admission\"",
        "GDN2025-0042-1",
    ];
    let mut from = 0;
    for part in order {
        from += structure[from..].find(part).unwrap_or_else(|| panic!("{part} is not in its place in {structure}"));
    }
    assert!(pdf.windows(26).any(|window| window == b"/Alt(QR code GDN2025-0042-"), "the code has a text alternative");
}

#[test]
fn many_pages_share_what_they_have_in_common() {
    let setup = setup();
    let plan = shipped_plan("a4", &setup);
    let one = plan.render(&[ticket("Ada")], &setup.signer).unwrap().bytes.len();
    let tickets: Vec<_> = (0..10).map(|_| ticket("Ada")).collect();
    let ten = plan.render(&tickets, &setup.signer).unwrap().bytes;
    qpdf_check(&ten);
    assert_eq!(pdf_text(&ten).matches('\u{c}').count(), 10);
    assert!(ten.len() < one * 3, "one: {one}, ten: {}", ten.len());
}

/// Counts bytes and remembers the largest piece.
#[derive(Default)]
struct Sink {
    bytes: u64,
    largest: usize,
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes += bytes.len() as u64;
        self.largest = self.largest.max(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_document_of_ten_thousand_pages_is_written_as_it_comes() {
    let setup = setup();
    let plan = shipped_plan("a6", &setup);
    let mut press = TicketPdfWriter::begin(&plan, Sink::default()).unwrap();
    for number in 0..2_000 {
        press.ticket(&ticket(&format!("Ada {number} Łö")), CodeSource::Signer(&setup.signer)).unwrap();
    }
    let (sink, _) = press.finish().unwrap();
    assert!(sink.bytes > 4_000_000, "{} bytes", sink.bytes);
    // Pages are written in small pieces; the cross-reference table at the end has twenty bytes for each object.
    assert!(sink.largest < 200_000, "a piece of {} bytes", sink.largest);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.pdf");
    let mut press =
        TicketPdfWriter::begin(&plan, std::io::BufWriter::new(std::fs::File::create(&path).unwrap())).unwrap();
    for number in 0..10_000 {
        press.ticket(&ticket(&format!("Ada {number} Łö")), CodeSource::Signer(&setup.signer)).unwrap();
    }
    press.finish().unwrap().0.flush().unwrap();
    let pdf = std::fs::read(&path).unwrap();
    qpdf_check(&pdf);
    let info = String::from_utf8(run_on_file("pdfinfo", &pdf, &["FILE"])).unwrap();
    assert!(info.contains("Pages:           10000"), "{info}");
    let last = String::from_utf8(run_on_file("pdftotext", &pdf, &["-f", "10000", "-l", "10000", "FILE", "-"])).unwrap();
    assert!(last.contains("Ada 9999 Łö"), "{last}");
}

/// Returns the gray value of a page at a position in millimetres.
fn gray_at(pdf: &[u8], x: usize, y: usize) -> u8 {
    let picture = page_picture(pdf, 127);
    picture.gray[y * 5 * picture.width + x * 5]
}

#[test]
fn what_comes_later_lies_above() {
    let layout = json!({"pages": [{"width": 100, "height": 100, "elements": [
        {"kind": "qr", "x": 10, "y": 10, "size": 60},
        {"kind": "rect", "x": 40, "y": 40, "width": 40, "height": 40, "fill": "#808080"},
        {"kind": "rect", "x": 72, "y": 72, "width": 20, "height": 20, "fill": "#202020"},
        {"kind": "line", "x": 10, "y": 30, "toX": 70, "toY": 30, "stroke": 3, "color": "#606060"},
    ]}]});
    let pdf = super::render(&layout, "Ada");
    qpdf_check(&pdf);
    assert_eq!(gray_at(&pdf, 50, 50), 0x80, "the gray one above the code");
    assert_eq!(gray_at(&pdf, 76, 76), 0x20, "the dark one above the gray one");
    assert_eq!(gray_at(&pdf, 40, 30), 0x60, "the line above the code");
}

#[test]
fn a_jpeg_is_passed_through_and_looks_as_it_did() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let files: [(&str, &[u8], u8); 4] = [
        ("rgb", include_bytes!("../data/rgb.jpg"), 88),
        ("gray", include_bytes!("../data/gray.jpg"), 120),
        ("cmyk", include_bytes!("../data/cmyk.jpg"), 70),
        ("turned", include_bytes!("../data/turned.jpg"), 128),
    ];
    for (name, file, gray) in files {
        let layout = json!({"images": {"a/b~ c": STANDARD.encode(file)}, "pages": [{"width": 40, "height": 40, "elements": [
            {"kind": "image", "x": 10, "y": 10, "width": 20, "height": 20, "image": "a/b~ c", "fit": "stretch", "alt": "A picture"}]}]});
        let pdf = super::render(&layout, "Ada");
        qpdf_check(&pdf);
        assert!(pdf.windows(file.len()).any(|window| window == file), "{name} is not embedded unchanged");
        let seen = gray_at(&pdf, 20, 20);
        assert!(seen.abs_diff(gray) <= 30, "{name}: {seen} instead of {gray}");
    }
}

#[test]
fn conditions_and_languages_choose_what_is_shown() {
    let layout = json!({"pages": [{"width": 100, "height": 100, "elements": [
        {"kind": "text", "x": 5, "y": 5, "width": 90, "text": {"en": "Hello", "de": "Hallo"}, "size": 10},
        {"kind": "text", "x": 5, "y": 15, "width": 90, "text": "{answers.company}", "size": 10, "when": {"field": "answers.company"}},
        {"kind": "text", "x": 5, "y": 25, "width": 90, "text": "no letters", "size": 10, "when": {"field": "answers.newsletter", "not": true}},
        {"kind": "group", "x": 0, "y": 35, "when": {"field": "ticket.typeCode", "is": ["vip", "crew"]}, "elements": [
            {"kind": "text", "x": 5, "y": 0, "width": 90, "text": "Backstage {ticket.price}", "size": 10}]},
        {"kind": "text", "x": 5, "y": 55, "width": 90, "text": "never", "size": 10, "when": {"field": "event.title", "is": "Other"}},
        {"kind": "text", "x": 5, "y": 65, "width": 90, "text": "{event.startsAt|weekday|upper} {event.startsAt|iso} {ticket.position}/{ticket.count}", "size": 10},
    ]}]});
    let setup = sample_event(|draft| draft.language = "de".into());
    let plan = plan(&layout, &setup);
    let text = |code: i16| {
        let mut page = ticket("Ada");
        page.code.type_number = onsale::domain::TypeNumber(code);
        pdf_text(&plan.render(&[page], &setup.signer).unwrap().bytes)
    };
    let (general, vip) = (text(1), text(2));
    for words in ["Hallo", "Analytical Engines", "no letters", "SAMSTAG 2025-11-08 1/2"] {
        assert!(general.contains(words) && vip.contains(words), "{words}: {general}");
    }
    assert!(!general.contains("Backstage") && vip.contains("Backstage 2.500,00"), "{general}{vip}");
    assert!(!general.contains("never"));
}
