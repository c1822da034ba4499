//! Rendered pages, compared with reference pictures.
//!
//! A picture that differs is written to target/pictures; `KEEP_PICTURES=1 cargo test pictures` replaces the reference
//! pictures.

use std::{fs, path::PathBuf};

use serde_json::json;

use onsale::domain::sample_event;

use super::{plan, scripts::NAMES, setup, shipped_plan, ticket};
use crate::support::{Picture, page_picture};

/// Tolerated mean difference, of 255, for the edges of letters in another version of poppler: of a whole page, and of a
/// square.
const TOLERANCE: f64 = 1.0;
const SQUARE_TOLERANCE: f64 = 30.0;
const SQUARE: usize = 8;

/// Returns the mean difference of two pictures of one size: of the whole, and of the square that differs most.
fn difference(a: &Picture, b: &Picture) -> (f64, f64) {
    let mean = |points: &mut dyn Iterator<Item = (usize, usize)>| {
        let (mut sum, mut count) = (0.0, 0.0);
        for (x, y) in points {
            sum += f64::from(a.gray[y * a.width + x].abs_diff(b.gray[y * a.width + x]));
            count += 1.0;
        }
        sum / f64::max(count, 1.0)
    };
    let area = |left: usize, top: usize, side: usize| {
        let (right, bottom) = ((left + side).min(a.width), (top + side).min(a.height));
        (top..bottom).flat_map(move |y| (left..right).map(move |x| (x, y)))
    };
    let squares =
        (0..a.height).step_by(SQUARE).flat_map(|top| (0..a.width).step_by(SQUARE).map(move |left| (left, top)));
    let worst = squares.map(|(left, top)| mean(&mut area(left, top, SQUARE))).fold(0.0, f64::max);
    (mean(&mut area(0, 0, a.width.max(a.height))), worst)
}

fn compare(name: &str, pdf: &[u8], resolution: u32) {
    let picture = page_picture(pdf, resolution);
    let kept = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/integration/pictures/{name}.png"));
    if std::env::var_os("KEEP_PICTURES").is_some() {
        return fs::write(&kept, picture.png()).unwrap();
    }
    let expected = Picture::read_png(&fs::read(&kept).unwrap_or_else(|error| panic!("{}: {error}", kept.display())));
    let same_size = (expected.width, expected.height) == (picture.width, picture.height);
    let (whole, worst) = if same_size { difference(&expected, &picture) } else { (255.0, 255.0) };
    if whole > TOLERANCE || worst > SQUARE_TOLERANCE {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/pictures");
        fs::create_dir_all(&folder).unwrap();
        let seen = folder.join(format!("{name}.png"));
        fs::write(&seen, picture.png()).unwrap();
        panic!("{name} looks different by {whole:.2}, {worst:.1} in one place: see {}", seen.display());
    }
}

#[test]
fn shipped_layouts_look_as_they_did() {
    for name in ["a6", "din-long", "a4"] {
        let setup = setup();
        compare(name, &shipped_plan(name, &setup).render(&[ticket("Ada Lovelace")], &setup.signer).unwrap().bytes, 72);
    }
}

#[test]
fn a_long_and_an_arabic_event_look_as_they_did() {
    let long = sample_event(|draft| {
        draft.title = "The Seventeenth International Symposium on the Theory and Practice of Very Long Titles".into();
        draft.venue.name = "Kongress- und Veranstaltungszentrum am Rothenburgsort".into();
        draft.accent_color = "#ffd23f".into();
    });
    let name = "Karl-Theodor Maria Nikolaus Johann Jacob Philipp Franz Joseph Sylvester von und zu Guttenberg";
    compare("long", &shipped_plan("a6", &long).render(&[ticket(name)], &long.signer).unwrap().bytes, 72);
    let arabic = sample_event(|draft| {
        draft.title = "مهرجان الحديقة ٢٠٢٥".into();
        draft.language = "ar".into();
        draft.venue.name = "الحديقة الكبيرة".into();
    });
    compare(
        "arabic",
        &shipped_plan("din-long", &arabic).render(&[ticket("محمد عبد الرحمن")], &arabic.signer).unwrap().bytes,
        72,
    );
}

#[test]
fn names_in_many_scripts_look_as_they_did() {
    let elements = NAMES.iter().zip(0..).map(|((script, name), index)| {
        json!({"kind": "text", "x": 5 + 100 * (index % 2), "y": 4 + 12 * (index / 2), "width": 95, "text": format!("{script} {name}"), "size": 15,
               "weight": if index % 3 == 0 { "bold" } else { "regular" }})
    });
    let elements: Vec<_> = elements.collect();
    let layout = json!({"pages": [{"width": 210, "height": 190, "elements": elements}]});
    let setup = setup();
    compare("scripts", &plan(&layout, &setup).render(&[ticket("Ada")], &setup.signer).unwrap().bytes, 72);
}

#[test]
fn every_kind_of_element_looks_as_it_did() {
    let layout = json!({"images": {"pill": pill()}, "pages": [{"width": 120, "height": 90, "background": "#f4f1ea", "elements": [
        {"kind": "rect", "x": 5, "y": 5, "width": 30, "height": 20, "fill": "#d64545", "radius": 4},
        {"kind": "rect", "x": 40, "y": 5, "width": 30, "height": 20, "color": "#1f6f4a", "stroke": 1},
        {"kind": "rect", "x": 75, "y": 5, "width": 30, "height": 20, "fill": "#ffffff", "color": "#000000", "stroke": 0.5, "radius": 10},
        {"kind": "line", "x": 5, "y": 30, "toX": 115, "toY": 32, "stroke": 0.6, "dash": 2, "color": "accent"},
        {"kind": "image", "x": 5, "y": 35, "width": 20, "height": 20, "image": "pill"},
        {"kind": "image", "x": 30, "y": 35, "width": 20, "height": 20, "image": "pill", "fit": "cover"},
        {"kind": "image", "x": 55, "y": 35, "width": 20, "height": 20, "image": "pill", "fit": "stretch", "rotate": 20},
        {"kind": "text", "x": 85, "y": 36, "width": 30, "height": 20, "text": "middle\nof its\nbox", "size": 9, "align": "center", "verticalAlign": "middle", "lineHeight": 1.5},
        {"kind": "text", "x": 5, "y": 62, "width": 60, "text": "letter spacing", "size": 10, "letterSpacing": 0.3},
        {"kind": "text", "x": 5, "y": 70, "width": 50, "text": "shrinks until it fits in one line", "size": 14, "smallest": 6},
        {"kind": "text", "x": 5, "y": 79, "width": 50, "text": "cannot shrink, so it ends early", "size": 12},
        {"kind": "group", "x": 75, "y": 60, "rotate": -12, "elements": [
            {"kind": "rect", "x": 0, "y": 0, "width": 38, "height": 14, "fill": "accent", "radius": 2},
            {"kind": "text", "x": 2, "y": 2, "width": 34, "height": 10, "text": "{attendee.name}", "size": 12, "smallest": 6, "color": "onAccent", "verticalAlign": "middle", "align": "center"}]},
    ]}]});
    let setup = setup();
    compare("elements", &plan(&layout, &setup).render(&[ticket("Ada Lovelace")], &setup.signer).unwrap().bytes, 100);
}

/// Returns a PNG that is twice as wide as high: an ellipse that fades out to the right.
fn pill() -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let (width, height) = (80_u32, 40_u32);
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let inside = (f64::from(x) - 40.0).powi(2) / 1600.0 + (f64::from(y) - 20.0).powi(2) / 400.0 <= 1.0;
            pixels.extend([
                40,
                90,
                u8::try_from(100 + x).unwrap(),
                if inside { u8::try_from(255 - 2 * x).unwrap() } else { 0 },
            ]);
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    STANDARD.encode(file)
}
