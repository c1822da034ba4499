//! Import of layouts that the PDF editor of pretix saved, with notes about losses.
//!
//! pretix measures positions in millimetres from the lower left corner, font sizes in points and angles clockwise.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

use super::{Align, Element, Layout, Level, Page, Qr, Rgb, Text, VerticalAlign, Weight, Words};

/// An imported layout and notes about losses.
#[derive(Debug)]
pub struct Import {
    pub layout: Layout,
    /// One line for each difference from the original.
    pub notes: Vec<String>,
}

const MM_PER_POINT: f32 = 25.4 / 72.0;
/// Distance between baselines in pretix at line height 1, in units of the font size.
const LEADING: f32 = 1.15;
/// Distance from the middle of a line to its baseline in our renderer, in units of the font size.
const BASELINE: f32 = 0.364;
/// Width of a ticket's code without quiet zone, and of the quiet zone on each side, in modules.
const MODULES: f32 = 41.0;
const QUIET: f32 = 4.0;

/// An object of a pretix file. Numbers may be strings.
#[derive(Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the format of pretix")]
struct Object {
    r#type: String,
    #[serde(default)]
    page: Option<Value>,
    #[serde(default)]
    left: Value,
    #[serde(default)]
    bottom: Value,
    #[serde(default)]
    size: Value,
    #[serde(default)]
    width: Value,
    #[serde(default)]
    height: Value,
    #[serde(default)]
    fontsize: Value,
    #[serde(default)]
    lineheight: Value,
    #[serde(default)]
    fontfamily: String,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    italic: bool,
    #[serde(default)]
    align: String,
    #[serde(default)]
    verticalalign: String,
    #[serde(default)]
    color: Vec<f32>,
    #[serde(default)]
    content: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    text_i18n: BTreeMap<String, String>,
    #[serde(default)]
    downward: bool,
    #[serde(default)]
    rotation: Value,
    #[serde(default)]
    autoresize: bool,
    #[serde(default)]
    nowhitespace: bool,
    #[serde(default)]
    locale: Option<String>,
}

/// Imports a pretix layout. `width` and `height` of the page are in millimetres; the file does not contain them.
pub fn import(json: &[u8], width: f32, height: f32) -> Result<Import, String> {
    let value: Value = serde_json::from_slice(json).map_err(|error| format!("not JSON: {error}"))?;
    // A full export wraps the list in an object, as an array or as JSON text.
    let list = value.get("layout").unwrap_or(&value);
    let list = match list.as_str() {
        Some(text) => serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?,
        None => list.clone(),
    };
    let objects = list.as_array().ok_or("a pretix layout must be a list of objects")?;
    let mut importer = Importer { width, height, pages: BTreeMap::new(), notes: Vec::new(), at: String::new() };
    for (index, value) in objects.iter().enumerate() {
        importer.at = format!("object {index}");
        match serde_path_to_error::deserialize::<_, Object>(value) {
            Ok(object) => importer.import_object(&object),
            Err(error) => {
                let note = format!("left out: {}: {}", error.path(), error.inner());
                importer.note(note);
            }
        }
    }
    Ok(importer.finish())
}

struct Importer {
    width: f32,
    height: f32,
    pages: BTreeMap<u8, Vec<Element>>,
    notes: Vec<String>,
    /// Description of the current object; prefix of its notes.
    at: String,
}

impl Importer {
    fn note(&mut self, text: impl AsRef<str>) {
        self.notes.push(format!("{}: {}", self.at, text.as_ref()));
    }

    fn import_object(&mut self, object: &Object) {
        self.at = format!(
            "{} ({}{})",
            self.at,
            object.r#type,
            match object.content.as_str() {
                "" => String::new(),
                content => format!(" {content}"),
            }
        );
        let element = match object.r#type.as_str() {
            "barcodearea" => self.import_code(object),
            "textarea" | "textcontainer" => self.import_text(object),
            "imagearea" => {
                self.note("left out: its picture comes from an answer or a plugin; add a picture to `images` instead");
                None
            }
            "poweredby" => {
                self.note("left out: it advertises another product");
                None
            }
            other => {
                let note = format!("left out: the object type `{other}` is not supported");
                self.note(note);
                None
            }
        };
        if object.locale.as_ref().is_some_and(|locale| !locale.is_empty()) {
            self.note("is printed in the event's language; its own locale is ignored");
        }
        if object.page.as_ref().and_then(number).is_some_and(|page| page > 8.0) {
            self.note("is moved to page 8: a ticket has at most 8 pages");
        }
        let page = object
            .page
            .as_ref()
            .and_then(number)
            .map_or(1, |page| (1..8).find(|known| f32::from(*known) >= page).unwrap_or(8));
        let page = self.pages.entry(page).or_default();
        page.extend(element);
    }

    fn import_code(&mut self, object: &Object) -> Option<Element> {
        let (left, bottom, size) = (
            self.required("left", &object.left)?,
            self.required("bottom", &object.bottom)?,
            self.required("size", &object.size)?,
        );
        if !matches!(object.content.as_str(), "" | "secret") {
            self.note("shows the ticket's code: other contents are not supported");
        }
        if !is_black(&object.color) {
            self.note("is drawn in black, so that every scanner can read it");
        }
        // Our size always includes the quiet zone; in pretix, it does not if `nowhitespace` is set.
        let margin = if object.nowhitespace { size * QUIET / MODULES } else { 0.0 };
        let whole = size + 2.0 * margin;
        if whole < 10.0 {
            self.note("is enlarged to 10 mm: scanners cannot read smaller codes");
        }
        Some(Element::Qr(Qr {
            id: None,
            when: None,
            x: left - margin,
            y: self.height - bottom - size - margin,
            size: whole.max(10.0),
            level: Level::M,
            rotate: None,
        }))
    }

    fn import_text(&mut self, object: &Object) -> Option<Element> {
        let (left, bottom) = (self.required("left", &object.left)?, self.required("bottom", &object.bottom)?);
        let (width, size) =
            (self.required("width", &object.width)?, self.required("fontsize", &object.fontsize)?.clamp(1.0, 500.0));
        let text = self.import_words(object)?;
        if object.italic {
            self.note("is upright: there is no italic font");
        }
        if !matches!(object.fontfamily.as_str(), "" | "Open Sans" | "Helvetica") {
            let note = format!("is set in Inter instead of {}", object.fontfamily);
            self.note(note);
        }
        let container = object.r#type == "textcontainer";
        // A text area of an older pretix has no line height; its lines are as high as its font size.
        let default_height = if container { LEADING } else { 1.0 };
        let line_height = number(&object.lineheight).map_or(default_height, |line| LEADING * line).clamp(0.5, 5.0);
        let angle = number(&object.rotation).unwrap_or(0.0) % 360.0;
        let size_mm = size * MM_PER_POINT;
        // In pretix, the first baseline is one font size below the top of the text. If the text grows upwards, its last
        // baseline is `rise` font sizes above the lower end of the text.
        let rise = if object.lineheight.is_null() { 0.245 } else { 0.2325 };
        let our_baseline = line_height / 2.0 + BASELINE;
        let (y, shift, box_height, vertical_align) = if container {
            let height = self.required("height", &object.height)?;
            let vertical_align = match object.verticalalign.as_str() {
                "middle" => VerticalAlign::Middle,
                "bottom" => VerticalAlign::Bottom,
                _ => VerticalAlign::Top,
            };
            (self.height - bottom - height, 1.0 - our_baseline, Some(height), vertical_align)
        } else if object.downward {
            (self.height - bottom, 0.904 - our_baseline, None, VerticalAlign::Top)
        } else if angle != 0.0 {
            self.note("is rotated around the start of the text as if it had a single line");
            (self.height - bottom - line_height * size_mm, line_height - rise - our_baseline, None, VerticalAlign::Top)
        } else {
            // The text grows upwards from its last line: use a box from the top of the page down to that line.
            let room = (self.height - bottom).max(line_height * size_mm);
            (self.height - bottom - room, line_height - rise - our_baseline, Some(room), VerticalAlign::Bottom)
        };
        let smallest = match (container, object.autoresize) {
            (true, true) => Some(1.0),
            (true, false) => Some((size / 2.0).max(1.0)),
            (false, _) => None,
        };
        if container && !object.autoresize {
            self.note("shrinks down to half its font size if it does not fit into its box");
        }
        let shift = shift * size_mm;
        let (sin, cos) = angle.to_radians().sin_cos();
        Some(Element::Text(Text {
            id: None,
            when: None,
            x: left - shift * sin,
            y: y + shift * cos,
            width,
            height: box_height,
            text,
            size,
            smallest,
            lines: Some(200),
            weight: if object.bold { Weight::Bold } else { Weight::Regular },
            align: match object.align.as_str() {
                "center" => Align::Center,
                "right" => Align::Right,
                _ => Align::Left,
            },
            vertical_align,
            line_height: Some(line_height),
            letter_spacing: None,
            color: color(&object.color),
            rotate: Some(angle).filter(|angle| *angle != 0.0),
        }))
    }

    fn import_words(&mut self, object: &Object) -> Option<Words> {
        match object.content.as_str() {
            "other" => Some(Words::Same(self.convert(object.text.as_deref().unwrap_or_default()))),
            "other_i18n" => {
                let texts = object.text_i18n.iter().map(|(tag, text)| (tag.clone(), self.convert(text))).collect();
                Some(Words::ByLanguage(texts)).filter(|_| !object.text_i18n.is_empty())
            }
            name => match placeholder_for(name) {
                Some((text, note)) => {
                    if let Some(note) = note {
                        self.note(note);
                    }
                    Some(Words::Same(text))
                }
                None => {
                    let note = format!("left out: the variable `{name}` is not supported");
                    self.note(note);
                    None
                }
            },
        }
    }

    /// Converts the placeholders in a text; other text is kept, with braces escaped.
    fn convert(&mut self, text: &str) -> String {
        let mut converted = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            converted.push_str(&rest[..at]);
            let name = rest[at..].strip_prefix('{').and_then(|tail| tail.split_once('}'));
            let known = name.filter(|(name, _)| {
                !name.is_empty() && !name.contains(|c: char| !c.is_ascii_alphanumeric() && !":_-".contains(c))
            });
            match known {
                Some((name, after)) => {
                    match placeholder_for(name) {
                        Some((value, note)) => {
                            converted.push_str(&value);
                            if let Some(note) = note {
                                self.note(note);
                            }
                        }
                        None => {
                            let note = format!("`{{{name}}}` is printed as it is: the variable is not supported");
                            self.note(note);
                            converted.extend(["{{", name, "}}"]);
                        }
                    }
                    rest = after;
                }
                None => {
                    converted.push_str(if rest.as_bytes()[at] == b'{' { "{{" } else { "}}" });
                    rest = &rest[at + 1..];
                }
            }
        }
        converted.push_str(rest);
        converted
    }

    fn required(&mut self, property: &str, value: &Value) -> Option<f32> {
        let read = number(value).filter(|number| number.is_finite());
        if read.is_none() {
            let note = format!("left out: `{property}` is not a number");
            self.note(note);
        }
        read
    }

    fn finish(self) -> Import {
        let last = self.pages.keys().last().copied().unwrap_or(1);
        let mut pages = self.pages;
        let pages = (1..=last).map(|page| Page {
            width: self.width,
            height: self.height,
            background: None,
            background_image: None,
            elements: pages.remove(&page).unwrap_or_default(),
        });
        let layout = Layout {
            schema: None,
            name: Some("Imported from pretix".into()),
            images: BTreeMap::new(),
            pages: pages.collect(),
        };
        let mut notes = self.notes;
        notes.push("pretix stores the background as a separate PDF: save it as PNG or JPEG, add it to `images` and name it in `backgroundImage`".into());
        Import { layout, notes }
    }
}

fn number(value: &Value) -> Option<f32> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn color(channels: &[f32]) -> Rgb {
    match channels {
        [r, g, b, ..] => {
            let byte = |channel: f32| (0..=u8::MAX).rfind(|byte| f32::from(*byte) <= channel).unwrap_or(0);
            Rgb::Fixed(byte(*r), byte(*g), byte(*b))
        }
        _ => Rgb::Fixed(0, 0, 0),
    }
}

fn is_black(channels: &[f32]) -> bool {
    channels.iter().take(3).all(|channel| *channel == 0.0)
}

/// Returns the placeholder for a variable of pretix and, if its meaning differs, a note.
fn placeholder_for(name: &str) -> Option<(String, Option<&'static str>)> {
    let same = match name {
        "order" => "{registration.id}",
        "positionid" => "{ticket.position}",
        "order_positionid" => "{ticket.label}",
        "item" | "itemvar" => "{ticket.type}",
        "item_description" | "itemvar_description" => "{ticket.typeDescription}",
        "price" => "{ticket.price}",
        "attendee_name" | "attendee_name_full_name" => "{attendee.name}",
        "attendee_email" => "{attendee.email}",
        "event_name" | "event_series_name" => "{event.title}",
        "event_date" | "event_begin_date" => "{event.startsAt|date}",
        "event_date_range" => "{event.date}",
        "event_begin" => "{event.startsAt}",
        "event_begin_time" => "{event.startsAt|time}",
        "event_begin_weekday" => "{event.startsAt|weekday}",
        "event_end" => "{event.endsAt}",
        "event_end_date" => "{event.endsAt|date}",
        "event_end_time" => "{event.endsAt|time}",
        "event_end_weekday" => "{event.endsAt|weekday}",
        "event_location" => "{event.venue}\n{event.address}",
        "event_info_text" => "{event.description}",
        "organizer" => "{event.organizer}",
        "purchase_datetime" => "{registration.createdAt}",
        "purchase_date" => "{registration.createdAt|date}",
        "purchase_time" => "{registration.createdAt|time}",
        "invoice_name" => "{registration.contact}",
        _ => "",
    };
    if !same.is_empty() {
        return Some((same.into(), None));
    }
    let near = match name {
        "secret" => ("{ticket.label}", "shows the ticket's label: the code is not printed as text"),
        "price_with_addons" | "price_with_bundled" => ("{ticket.price}", "shows the ticket's own price"),
        "email" => ("{attendee.email}", "shows the attendee's e-mail address"),
        "event_admission" => ("{event.startsAt}", "shows the start of the event: there is no admission time"),
        "event_admission_time" => ("{event.startsAt|time}", "shows the start of the event: there is no admission time"),
        _ if name.starts_with("attendee_name") => {
            ("{attendee.name}", "shows the full name: the parts of a name are not stored")
        }
        _ => ("", ""),
    };
    if !near.0.is_empty() {
        return Some((near.0.into(), Some(near.1)));
    }
    let key = name.strip_prefix("question_").or_else(|| name.strip_prefix("attendee_"));
    let invoice = name.starts_with("invoice_").then_some(name);
    let key = key.or(invoice).or_else(|| (name == "telephone").then_some("telephone"))?;
    Some((format!("{{answers.{key}}}"), Some("is filled from the registration's answer with that key")))
}
