//! Reading a layout: every fault with the element and property it is in.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::{Element, Field, Group, Layout, Page, Template, Text, When, Words, images::MAX_IMAGE_BYTES};
use crate::domain::Faults;

const MAX_PAGES: usize = 8;
const MAX_ELEMENTS: usize = 500;
const MAX_IMAGES: usize = 20;
const MAX_DEPTH: usize = 8;
const MAX_TEXT: usize = 10_000;
/// Nothing lies further than this from its page's corner, in millimetres.
const FAR: f32 = 2_000.0;

impl Layout {
    /// Reads and checks a layout. Every fault at once.
    pub fn read(mut value: Value) -> Result<Self, Faults> {
        let mut reader = Reader::default();
        let mut pages = Vec::new();
        if let Some(Value::Array(given)) = value.get_mut("pages") {
            // Elements are read one by one; what is left of a page is read with the whole.
            pages = given.iter_mut().map(|page| take_list(page, "elements")).collect();
        }
        let Some(raw) = reader.part::<Layout<Value>>("", value) else { return Err(reader.faults) };
        if !(1..=MAX_PAGES).contains(&raw.pages.len()) {
            reader.faults.add("/pages", format!("a ticket has 1 to {MAX_PAGES} pages"));
        }
        if raw.images.len() > MAX_IMAGES
            || raw.images.values().map(|image| image.0.len()).sum::<usize>() > 4 * MAX_IMAGE_BYTES
        {
            reader.faults.add("/images", format!("at most {MAX_IMAGES} pictures and 4 MiB together"));
        }
        reader.images = raw.images.keys().cloned().collect();
        let pages = raw.pages.into_iter().zip(pages).enumerate();
        let pages =
            pages.map(|(index, (page, elements))| reader.page(&format!("/pages/{index}"), page, elements)).collect();
        if reader.elements > MAX_ELEMENTS {
            reader.faults.add("/pages", format!("at most {MAX_ELEMENTS} elements, there are {}", reader.elements));
        }
        let layout = Self { schema: raw.schema, name: raw.name, images: raw.images, pages };
        reader.faults.into_result().map(|()| layout)
    }

    /// Reads and checks a layout's JSON text.
    pub fn from_json(json: &[u8]) -> Result<Self, Faults> {
        let value = serde_json::from_slice(json).map_err(|error| {
            let mut faults = Faults::default();
            faults.add("", format!("not JSON: {error}"));
            faults
        })?;
        Self::read(value)
    }
}

#[derive(Default)]
struct Reader {
    faults: Faults,
    images: Vec<String>,
    elements: usize,
}

impl Reader {
    fn part<T: DeserializeOwned>(&mut self, pointer: &str, value: Value) -> Option<T> {
        let read = serde_path_to_error::deserialize(value);
        read.map_err(|error| self.faults.add(format!("{pointer}{}", pointer_of(error.path())), plain(error.inner())))
            .ok()
    }

    fn page(&mut self, pointer: &str, page: Page<Value>, elements: Vec<Value>) -> Page {
        self.range(pointer, "width", page.width, 10.0, FAR);
        self.range(pointer, "height", page.height, 10.0, FAR);
        if let Some(name) = &page.background_image {
            self.image(pointer, "backgroundImage", name);
        }
        let Page { width, height, background, background_image, .. } = page;
        Page { width, height, background, background_image, elements: self.elements(pointer, elements, 0) }
    }

    fn elements(&mut self, pointer: &str, elements: Vec<Value>, depth: usize) -> Vec<Element> {
        self.elements += elements.len();
        if depth > MAX_DEPTH {
            self.faults.add(pointer, format!("groups are at most {MAX_DEPTH} deep"));
            return Vec::new();
        }
        let each = elements.into_iter().enumerate().take(MAX_ELEMENTS);
        each.filter_map(|(index, value)| self.element(&format!("{pointer}/elements/{index}"), value, depth)).collect()
    }

    /// Reads an element; its faults begin with its own name, if it has one.
    fn element(&mut self, pointer: &str, value: Value, depth: usize) -> Option<Element> {
        let before = self.faults.0.len();
        let id = value.get("id").and_then(Value::as_str).map(str::to_owned);
        let element = self.read_element(pointer, value, depth);
        for fault in &mut self.faults.0[before..] {
            if let Some(id) = &id {
                fault.detail = format!("`{id}`: {}", fault.detail);
            }
        }
        element
    }

    fn read_element(&mut self, pointer: &str, mut value: Value, depth: usize) -> Option<Element> {
        let kind = value.as_object_mut().and_then(|fields| fields.remove("kind"));
        let element = match kind.as_ref().and_then(Value::as_str) {
            Some("text") => Element::Text(self.part(pointer, value)?),
            Some("qr") => Element::Qr(self.part(pointer, value)?),
            Some("image") => Element::Image(self.part(pointer, value)?),
            Some("line") => Element::Line(self.part(pointer, value)?),
            Some("rect") => Element::Rect(self.part(pointer, value)?),
            Some("group") => {
                let elements = take_list(&mut value, "elements");
                let Group { id, when, x, y, rotate, .. } = self.part::<Group<Value>>(pointer, value)?;
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
                self.place(pointer, qr.x, qr.y);
                // Below this a module of the smallest code is thinner than most printers and cameras can tell.
                self.range(pointer, "size", qr.size, 10.0, FAR);
                self.angle(pointer, qr.rotate);
            }
            Element::Image(image) => {
                self.place(pointer, image.x, image.y);
                self.extent(pointer, image.width, image.height);
                self.image(pointer, "image", &image.image);
                self.angle(pointer, image.rotate);
            }
            Element::Line(line) => {
                self.place(pointer, line.x, line.y);
                self.range(pointer, "toX", line.to_x, -FAR, FAR);
                self.range(pointer, "toY", line.to_y, -FAR, FAR);
                self.range(pointer, "stroke", line.stroke, 0.01, 100.0);
                self.optional(pointer, "dash", line.dash, 0.1, FAR);
            }
            Element::Rect(rect) => {
                self.place(pointer, rect.x, rect.y);
                self.extent(pointer, rect.width, rect.height);
                self.optional(pointer, "stroke", rect.stroke, 0.01, 100.0);
                self.optional(pointer, "radius", rect.radius, 0.0, FAR);
                self.angle(pointer, rect.rotate);
                if rect.fill.is_none() && rect.color.is_none() {
                    self.faults.add(format!("{pointer}/fill"), "a rectangle has a fill or a color, or nobody sees it");
                }
            }
            Element::Group(group) => {
                self.place(pointer, group.x, group.y);
                self.angle(pointer, group.rotate);
            }
        }
    }

    fn text(&mut self, pointer: &str, text: &Text) {
        self.place(pointer, text.x, text.y);
        self.range(pointer, "width", text.width, 0.5, FAR);
        self.optional(pointer, "height", text.height, 0.5, FAR);
        self.range(pointer, "size", text.size, 1.0, 500.0);
        self.optional(pointer, "smallest", text.smallest, 1.0, text.size);
        self.optional(pointer, "lineHeight", text.line_height, 0.5, 5.0);
        self.optional(pointer, "letterSpacing", text.letter_spacing, -0.2, 2.0);
        self.optional(pointer, "lines", text.lines.map(f32::from), 1.0, 200.0);
        self.angle(pointer, text.rotate);
        if matches!(&text.text, Words::ByLanguage(texts) if texts.is_empty()) {
            self.faults.add(format!("{pointer}/text"), "has a text for no language");
        }
        for (language, words) in text.text.all() {
            let place =
                language.map_or_else(|| format!("{pointer}/text"), |tag| format!("{pointer}/text/{}", escape(tag)));
            if words.chars().count() > MAX_TEXT {
                self.faults.add(&place, format!("has more than {MAX_TEXT} characters"));
            }
            self.faults.check(&place, Template::parse(words));
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

    fn place(&mut self, pointer: &str, x: f32, y: f32) {
        self.range(pointer, "x", x, -FAR, FAR);
        self.range(pointer, "y", y, -FAR, FAR);
    }

    fn extent(&mut self, pointer: &str, width: f32, height: f32) {
        self.range(pointer, "width", width, 0.01, FAR);
        self.range(pointer, "height", height, 0.01, FAR);
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

/// Takes the entries out of a list, which stays as an empty one: large parts are moved, never copied.
fn take_list(value: &mut Value, key: &str) -> Vec<Value> {
    value.get_mut(key).and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default()
}

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

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// What serde says, without the words of the language it is written in.
fn plain(error: &serde_json::Error) -> String {
    error.to_string().replace("f32", "a number").replace("u16", "a whole number")
}
