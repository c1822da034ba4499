//! Parsing and validation of a layout. Each fault names its element and property.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::{Element, Field, Group, Layout, Page, Template, Text, When, Words, images::MAX_IMAGE_BYTES};
use crate::Faults;

const MAX_PAGES: usize = 8;
const MAX_ELEMENTS: usize = 500;
const MAX_IMAGES: usize = 20;
const MAX_DEPTH: usize = 8;
const MAX_TEXT: usize = 10_000;
/// Maximum page side and maximum absolute coordinate, in millimetres.
const MAX_MM: f32 = 2_000.0;

impl Layout {
    /// Parses and validates a layout; reports all faults together.
    pub fn read(mut value: Value) -> Result<Self, Faults> {
        let mut reader = Reader::default();
        let mut elements = Vec::new();
        if let Some(Value::Array(given)) = value.get_mut("pages") {
            // Elements are parsed one by one; the rest of each page is parsed with the layout.
            elements = given.iter_mut().map(|page| take_list(page, "elements")).collect();
        }
        let Some(raw) = reader.deserialize::<Layout<Value>>("", value) else { return Err(reader.faults) };
        if !(1..=MAX_PAGES).contains(&raw.pages.len()) {
            reader.faults.add("/pages", format!("must have 1 to {MAX_PAGES} pages"));
        }
        if raw.images.len() > MAX_IMAGES
            || raw.images.values().map(|image| image.0.len()).sum::<usize>() > 4 * MAX_IMAGE_BYTES
        {
            reader.faults.add("/images", format!("must have at most {MAX_IMAGES} pictures and 4 MiB together"));
        }
        reader.images = raw.images.keys().cloned().collect();
        let pages = raw.pages.into_iter().zip(elements).enumerate();
        let pages =
            pages.map(|(index, (page, elements))| reader.page(&format!("/pages/{index}"), page, elements)).collect();
        if reader.element_count > MAX_ELEMENTS {
            reader
                .faults
                .add("/pages", format!("must have at most {MAX_ELEMENTS} elements, has {}", reader.element_count));
        }
        let layout = Self { schema: raw.schema, name: raw.name, images: raw.images, pages };
        reader.faults.into_result().map(|()| layout)
    }

    /// Parses and validates the JSON text of a layout.
    pub fn from_json(json: &[u8]) -> Result<Self, Faults> {
        let value = serde_json::from_slice(json).map_err(|error| {
            let mut faults = Faults::default();
            faults.add("", format!("not JSON: {error}"));
            faults
        })?;
        Self::read(value)
    }

    /// Puts a layout together again from its JSON text without pictures, and its pictures by name. `None` if it is not
    /// valid.
    pub fn from_stored<'a>(json: &str, pictures: impl Iterator<Item = (String, &'a [u8])>) -> Option<Self> {
        let mut value: Value = serde_json::from_str(json).ok()?;
        let images = pictures.map(|(name, bytes)| (name, STANDARD.encode(bytes).into())).collect();
        value.as_object_mut()?.insert("images".into(), Value::Object(images));
        Self::read(value).ok()
    }
}

/// Collects faults while a layout is parsed.
#[derive(Default)]
struct Reader {
    faults: Faults,
    /// Names of the layout's pictures.
    images: Vec<String>,
    /// Number of elements read so far.
    element_count: usize,
}

impl Reader {
    fn deserialize<T: DeserializeOwned>(&mut self, pointer: &str, value: Value) -> Option<T> {
        let read = serde_path_to_error::deserialize(value);
        read.map_err(|error| {
            self.faults.add(format!("{pointer}{}", pointer_of(error.path())), without_rust_types(error.inner()));
        })
        .ok()
    }

    fn page(&mut self, pointer: &str, page: Page<Value>, elements: Vec<Value>) -> Page {
        self.range(pointer, "width", page.width, 10.0, MAX_MM);
        self.range(pointer, "height", page.height, 10.0, MAX_MM);
        if let Some(name) = &page.background_image {
            self.image(pointer, "backgroundImage", name);
        }
        let Page { width, height, background, background_image, .. } = page;
        Page { width, height, background, background_image, elements: self.elements(pointer, elements, 0) }
    }

    fn elements(&mut self, pointer: &str, elements: Vec<Value>, depth: usize) -> Vec<Element> {
        self.element_count += elements.len();
        if depth > MAX_DEPTH {
            self.faults.add(pointer, format!("groups must not be nested more than {MAX_DEPTH} deep"));
            return Vec::new();
        }
        let each = elements.into_iter().enumerate().take(MAX_ELEMENTS);
        each.filter_map(|(index, value)| self.element(&format!("{pointer}/elements/{index}"), value, depth)).collect()
    }

    /// Parses an element; its faults start with the element's `id`, if it has one.
    fn element(&mut self, pointer: &str, value: Value, depth: usize) -> Option<Element> {
        let first_fault = self.faults.0.len();
        let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
        let element = self.read_element(pointer, value, depth);
        for fault in &mut self.faults.0[first_fault..] {
            if let Some(id) = &id {
                fault.detail = format!("`{id}`: {}", fault.detail);
            }
        }
        element
    }

    fn read_element(&mut self, pointer: &str, mut value: Value, depth: usize) -> Option<Element> {
        let kind = value.as_object_mut().and_then(|fields| fields.remove("kind"));
        let element = match kind.as_ref().and_then(Value::as_str) {
            Some("text") => Element::Text(self.deserialize(pointer, value)?),
            Some("qr") => Element::Qr(self.deserialize(pointer, value)?),
            Some("image") => Element::Image(self.deserialize(pointer, value)?),
            Some("line") => Element::Line(self.deserialize(pointer, value)?),
            Some("rect") => Element::Rect(self.deserialize(pointer, value)?),
            Some("group") => {
                let elements = take_list(&mut value, "elements");
                let Group { id, when, x, y, rotate, .. } = self.deserialize::<Group<Value>>(pointer, value)?;
                let elements = self.elements(pointer, elements, depth + 1);
                Element::Group(Group { id, when, x, y, rotate, elements })
            }
            _ => {
                self.faults.add(format!("{pointer}/kind"), "must be text, qr, image, line, rect or group");
                return None;
            }
        };
        self.check(pointer, &element);
        Some(element)
    }

    fn check(&mut self, pointer: &str, element: &Element) {
        if let Some(when) = element.when() {
            self.when(&format!("{pointer}/when"), when);
        }
        match element {
            Element::Text(text) => self.text(pointer, text),
            Element::Qr(qr) => {
                self.position(pointer, qr.x, qr.y);
                // Below 10 mm, most printers and cameras cannot resolve a module of the smallest code.
                self.range(pointer, "size", qr.size, 10.0, MAX_MM);
                self.angle(pointer, qr.rotate);
            }
            Element::Image(image) => {
                self.position(pointer, image.x, image.y);
                self.dimensions(pointer, image.width, image.height);
                self.image(pointer, "image", &image.image);
                self.angle(pointer, image.rotate);
            }
            Element::Line(line) => {
                self.position(pointer, line.x, line.y);
                self.range(pointer, "toX", line.to_x, -MAX_MM, MAX_MM);
                self.range(pointer, "toY", line.to_y, -MAX_MM, MAX_MM);
                self.range(pointer, "stroke", line.stroke, 0.01, 100.0);
                self.optional(pointer, "dash", line.dash, 0.1, MAX_MM);
            }
            Element::Rect(rect) => {
                self.position(pointer, rect.x, rect.y);
                self.dimensions(pointer, rect.width, rect.height);
                self.optional(pointer, "stroke", rect.stroke, 0.01, 100.0);
                self.optional(pointer, "radius", rect.radius, 0.0, MAX_MM);
                self.angle(pointer, rect.rotate);
                if rect.fill.is_none() && rect.color.is_none() {
                    self.faults.add(format!("{pointer}/fill"), "a rectangle must have a fill or a color");
                }
            }
            Element::Group(group) => {
                self.position(pointer, group.x, group.y);
                self.angle(pointer, group.rotate);
            }
        }
    }

    fn text(&mut self, pointer: &str, text: &Text) {
        self.position(pointer, text.x, text.y);
        self.range(pointer, "width", text.width, 0.5, MAX_MM);
        self.optional(pointer, "height", text.height, 0.5, MAX_MM);
        self.range(pointer, "size", text.size, 1.0, 500.0);
        self.optional(pointer, "smallest", text.smallest, 1.0, text.size);
        self.optional(pointer, "lineHeight", text.line_height, 0.5, 5.0);
        self.optional(pointer, "letterSpacing", text.letter_spacing, -0.2, 2.0);
        self.optional(pointer, "lines", text.lines.map(f32::from), 1.0, 200.0);
        self.angle(pointer, text.rotate);
        if matches!(&text.text, Words::ByLanguage(texts) if texts.is_empty()) {
            self.faults.add(format!("{pointer}/text"), "must have a text for at least one language");
        }
        for (language, words) in text.text.all() {
            let at =
                language.map_or_else(|| format!("{pointer}/text"), |tag| format!("{pointer}/text/{}", escape(tag)));
            if words.chars().count() > MAX_TEXT {
                self.faults.add(&at, format!("must have at most {MAX_TEXT} characters"));
            }
            self.faults.check(&at, Template::<Field>::parse(words));
        }
    }

    fn when(&mut self, pointer: &str, when: &When) {
        self.faults.check(format!("{pointer}/field"), Field::parse(&when.field));
    }

    fn image(&mut self, pointer: &str, property: &str, name: &String) {
        if !self.images.contains(name) {
            let known = if self.images.is_empty() { "there are none".to_owned() } else { self.images.join(", ") };
            self.faults
                .add(format!("{pointer}/{property}"), format!("there is no picture `{name}` in images: {known}"));
        }
    }

    fn position(&mut self, pointer: &str, x: f32, y: f32) {
        self.range(pointer, "x", x, -MAX_MM, MAX_MM);
        self.range(pointer, "y", y, -MAX_MM, MAX_MM);
    }

    fn dimensions(&mut self, pointer: &str, width: f32, height: f32) {
        self.range(pointer, "width", width, 0.01, MAX_MM);
        self.range(pointer, "height", height, 0.01, MAX_MM);
    }

    fn angle(&mut self, pointer: &str, rotate: Option<f32>) {
        self.optional(pointer, "rotate", rotate, -360.0, 360.0);
    }

    fn optional(&mut self, pointer: &str, property: &str, value: Option<f32>, least: f32, most: f32) {
        if let Some(value) = value {
            self.range(pointer, property, value, least, most);
        }
    }

    fn range(&mut self, pointer: &str, property: &str, value: f32, least: f32, most: f32) {
        if !(least..=most).contains(&value) {
            self.faults
                .add(format!("{pointer}/{property}"), format!("must lie between {least} and {most}, is {value}"));
        }
    }
}

/// Moves the entries out of a list and leaves the list empty, without copying.
fn take_list(value: &mut Value, key: &str) -> Vec<Value> {
    value.get_mut(key).and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default()
}

/// Returns the JSON pointer of a path.
fn pointer_of(path: &Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", escape(key)),
            Segment::Enum { variant } => format!("/{}", escape(variant)),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// Escapes a key for a JSON pointer.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Returns serde's error text with plain words instead of the names of Rust types.
fn without_rust_types(error: &serde_json::Error) -> String {
    error.to_string().replace("f32", "a number").replace("u16", "a whole number")
}
