//! Names in many scripts: shaped as by `HarfBuzz`, and extracted as they were written.

use std::process::Command;

use onsale::{
    domain::Weight,
    render::{HanVariant, ShapedLine, Style},
};
use unicode_normalization::UnicodeNormalization;

use super::{LIBRARY, name_only, render};
use crate::support::{pdf_text, qpdf_check};

/// Script and name.
pub const NAMES: &[(&str, &str)] = &[
    ("Latin", "Ada Lovelace-Byron"),
    ("Latin", "Nguyễn Thị Hồng Nhung"),
    ("Latin", "Þóra Æsgerðardóttir Œuvre"),
    ("Cyrl", "Владимир Шевченко"),
    ("Grek", "Γεώργιος Παπαδόπουλος"),
    ("Arab", "محمد عبد الرحمن"),
    ("Arab", "فاطمة الزهراء سلام"),
    ("Hebr", "יעל בן־דוד"),
    ("Deva", "प्रिया कृष्णमूर्ति"),
    ("Beng", "শ্রেয়া ঘোষ"),
    ("Guru", "ਹਰਪ੍ਰੀਤ ਸਿੰਘ"),
    ("Gujr", "હર્ષ પટેલ શ્રી"),
    ("Taml", "தமிழ்ச்செல்வி"),
    ("Telu", "శ్రీనివాస్ రావు"),
    ("Knda", "ಕೃಷ್ಣ ರಾಜು"),
    ("Mlym", "ശ്രീജ മോഹൻ"),
    ("Orya", "ଶ୍ରୀ ପଟ୍ଟନାୟକ"),
    ("Sinh", "ශ්‍රීමාලි පෙරේරා"),
    ("Thai", "สมชาย ใจดี น้ำฝน"),
    ("Laoo", "ສົມໃຈ ນ້ອຍ"),
    ("Khmr", "សុខ ខ្មែរ"),
    ("Mymr", "အောင် မြန်မာ"),
    ("Geor", "გიორგი ბერიძე"),
    ("Armn", "Արամ Խաչատրյան"),
    ("Ethi", "አበበ በቀለ"),
    ("Tibt", "བསྟན་འཛིན"),
    ("Hans", "王小明"),
    ("Jpan", "田中 さくら"),
    ("Kore", "김민준"),
    ("Zsye", "Ada 👩‍🚀 ❤️"),
];

/// Returns the runs of a name as font, true if right to left, text and glyphs; glyphs as number, advance, and x and y
/// offset in thousandths of an em.
fn ours(name: &str) -> Vec<(String, bool, String, Vec<[f32; 4]>)> {
    let style = Style { weight: Weight::Bold, spacing: 0.0, han: HanVariant::Simplified };
    let line = ShapedLine::shape(&LIBRARY, name, style, None);
    let run = |run: &onsale::render::GlyphRun| {
        let glyphs = &line.glyphs[run.glyphs.clone()];
        let glyphs = glyphs.iter().map(|g| [f32::from(g.id), g.advance, g.dx, g.dy]).collect();
        (LIBRARY.face(run.face).name.clone(), run.rtl, line.text[run.text.clone()].to_owned(), glyphs)
    };
    line.runs.iter().map(run).collect()
}

/// Returns the glyphs of a run as shaped by `HarfBuzz`.
fn harfbuzz(font: &str, text: &str, rtl: bool) -> Vec<[f32; 4]> {
    let path = format!("{}/crates/fonts/files/{font}.ttf", env!("CARGO_MANIFEST_DIR"));
    let direction = if rtl { "--direction=rtl" } else { "--direction=ltr" };
    let output = Command::new("hb-shape")
        .args(["--no-glyph-names", "--no-clusters", "--font-size=1000000", direction, &path, text])
        .output()
        .unwrap_or_else(|error| panic!("the tests need hb-shape (libharfbuzz-bin): {error}"));
    let said = String::from_utf8(output.stdout).unwrap();
    let said = said.trim().trim_start_matches('[').trim_end_matches(']');
    let glyph = |text: &str| {
        let (place, advance) = text.split_once('+').unwrap();
        let mut place = place.split(['@', ',']).map(|part| part.parse::<f32>().unwrap());
        let id = place.next().unwrap();
        let milli = |units: f32| units / 1000.0;
        let advance = milli(advance.parse().unwrap());
        [id, advance, milli(place.next().unwrap_or(0.0)), milli(place.next().unwrap_or(0.0))]
    };
    said.split('|').filter(|part| !part.is_empty()).map(glyph).collect()
}

#[test]
fn every_script_is_shaped_as_harfbuzz_shapes_it() {
    let mut compared = 0;
    for (script, name) in NAMES {
        for (font, rtl, text, glyphs) in ours(name) {
            assert!(glyphs.iter().all(|glyph| glyph[0] != 0.0), "{script}: {name} has a box");
            if font.contains("CJK") {
                continue; // one glyph for each letter; the font is not bundled
            }
            let theirs = harfbuzz(&font, &text, rtl);
            assert_eq!(glyphs.len(), theirs.len(), "{script}: {text} in {font}");
            for (ours, theirs) in glyphs.iter().zip(&theirs) {
                let near = ours.iter().zip(theirs).all(|(ours, theirs)| (ours - theirs).abs() <= 2.0);
                assert!(near && ours[0] == theirs[0], "{script}: {text} in {font}: {ours:?} and {theirs:?}");
            }
            compared += 1;
        }
    }
    assert!(compared >= NAMES.len(), "{compared} runs were compared");
}

#[test]
fn a_name_is_copied_as_it_was_written() {
    for (script, name) in NAMES {
        let pdf = render(&name_only(), name);
        qpdf_check(&pdf);
        let text = pdf_text(&pdf);
        // Poppler adds marks to text from right to left.
        let text: String =
            text.chars().filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')).collect();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect::<String>();
        assert!(words(&text).contains(&words(name)), "{script}: {name:?} came back as {:?}", words(&text));
    }
}

#[test]
fn a_letter_that_no_font_has_is_a_box_and_is_still_copied() {
    let pdf = render(&name_only(), "Ada \u{10a00}");
    assert!(pdf_text(&pdf).contains("Ada \u{10a00}"), "{:?}", pdf_text(&pdf));
}
