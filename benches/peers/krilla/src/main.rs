//! Renders the ticket with krilla, with embedded fonts and the QR code as horizontal runs.

use std::{
    env, fs,
    sync::Arc,
    time::{Duration, Instant},
};

use harfrust::{Buffer, ShapeOptions, ShapePlan, ShaperFont};
use krilla::{
    Document,
    color::rgb,
    geom::{PathBuilder, Point, Rect},
    metadata::Metadata,
    page::PageSettings,
    paint::Fill,
    text::{Font, GlyphId, KrillaGlyph},
};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment};
use serde_json::Value;

struct Face {
    font: Font,
    shaper: harfrust::Font,
    plan: ShapePlan,
    units: f32,
}

impl Face {
    fn load(name: &str) -> Self {
        let data = fs::read(format!("{}/{name}", env::var("FONTS").unwrap())).unwrap();
        let shared: &'static [u8] = Box::leak(data.clone().into_boxed_slice());
        let shaper = harfrust::Font::new(shared, 0).unwrap();
        let mut sample = Buffer::new();
        sample.push_str("A");
        sample.guess_segment_properties();
        let plan = ShapePlan::new(&shaper, sample.direction(), sample.script(), None, &[]);
        // 2048 units per em in Inter.
        Self { font: Font::new(Arc::new(data).into(), 0).unwrap(), shaper, plan, units: 2048.0 }
    }

    fn shape(&self, text: &str) -> Vec<KrillaGlyph> {
        let mut buffer = Buffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        harfrust::shape(&ShaperFont::new(&self.shaper), &mut buffer, ShapeOptions::new().plan(Some(&self.plan))).unwrap();
        let mut glyphs = Vec::new();
        for (index, (info, position)) in buffer.glyph_infos().iter().zip(buffer.glyph_positions()).enumerate() {
            let start = info.cluster as usize;
            let end = buffer.glyph_infos().get(index + 1).map_or(text.len(), |next| next.cluster as usize);
            let em = |units: i32| units as f32 / self.units;
            let glyph = GlyphId::new(info.glyph_id);
            glyphs.push(KrillaGlyph::new(glyph, em(position.x_advance), em(position.x_offset), em(position.y_offset), 0.0, start..end, None));
        }
        glyphs
    }
}

fn fill(r: u8, g: u8, b: u8) -> Option<Fill> {
    Some(Fill { paint: rgb::Color::new(r, g, b).into(), ..Fill::default() })
}

fn render(ticket: &Value, regular: &Face, bold: &Face) -> Vec<u8> {
    let number = |value: &Value| value.as_f64().unwrap() as f32;
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title("Gardenia 2025".into()));
    let mut page = document.start_page_with(PageSettings::from_wh(number(&ticket["width"]), number(&ticket["height"])).unwrap());
    let mut surface = page.surface();
    let accent: Vec<u8> = ticket["accent"].as_array().unwrap().iter().map(|c| c.as_u64().unwrap() as u8).collect();
    surface.set_fill(fill(accent[0], accent[1], accent[2]));
    for rect in ticket["rects"].as_array().unwrap() {
        let mut path = PathBuilder::new();
        path.push_rect(Rect::from_xywh(number(&rect["x"]), number(&rect["y"]), number(&rect["width"]), number(&rect["height"])).unwrap());
        surface.draw_path(&path.finish().unwrap());
    }
    for text in ticket["texts"].as_array().unwrap() {
        let face = if text["bold"] == true { bold } else { regular };
        let color = u32::from_str_radix(&text["color"].as_str().unwrap()[1..], 16).unwrap();
        let words = text["text"].as_str().unwrap();
        surface.set_fill(fill((color >> 16) as u8, (color >> 8) as u8, color as u8));
        let start = Point::from_xy(number(&text["x"]), number(&text["baseline"]));
        surface.draw_glyphs(start, &face.shape(words), face.font.clone(), words, number(&text["size"]), false);
    }
    let place = &ticket["qr"];
    let segment = [QrSegment::make_alphanumeric(place["text"].as_str().unwrap())];
    let code = QrCode::encode_segments(&segment, QrCodeEcc::Medium).unwrap();
    let quiet = place["quiet"].as_i64().unwrap() as i32;
    let scale = number(&place["size"]) / (code.size() + 2 * quiet) as f32;
    let mut path = PathBuilder::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let mut end = x + 1;
            if code.get_module(x, y) {
                while end < code.size() && code.get_module(end, y) {
                    end += 1;
                }
                let (left, top) = (number(&place["x"]) + (x + quiet) as f32 * scale, number(&place["y"]) + (y + quiet) as f32 * scale);
                path.push_rect(Rect::from_xywh(left, top, (end - x) as f32 * scale, scale).unwrap());
            }
            x = end;
        }
    }
    surface.set_fill(fill(0, 0, 0));
    surface.draw_path(&path.finish().unwrap());
    surface.finish();
    page.finish();
    document.finish().unwrap()
}

fn main() {
    let ticket: Value = serde_json::from_slice(&fs::read(env::var("TICKET").unwrap()).unwrap()).unwrap();
    let (regular, bold) = (Face::load("Inter-Regular.ttf"), Face::load("Inter-Bold.ttf"));
    let time = Duration::from_secs(ticket["seconds"].as_u64().unwrap());
    let mut last = render(&ticket, &regular, &bold);
    let (started, mut count) = (Instant::now(), 0);
    while started.elapsed() < time {
        last = render(&ticket, &regular, &bold);
        count += 1;
    }
    let micros = started.elapsed().as_secs_f64() * 1e6 / f64::from(count);
    fs::write(format!("{}/krilla.pdf", env::var("OUT").unwrap()), &last).unwrap();
    println!("{:28} {micros:12.0} {:10}", "krilla (Rust)", last.len());
}
