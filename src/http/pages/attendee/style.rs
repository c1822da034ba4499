//! The look of an event's page: the accent colour as a style, and a picture for events without one of their own. Both follow
//! from their addresses, so they never change.

use std::fmt::Write;

use actix_web::{
    HttpResponse,
    http::header::{self, HeaderValue},
    web,
};

use crate::{
    domain::{EventId, layout::luminance},
    http::server::ApiError,
    work::Refusal,
};

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];
/// Paper of the light theme.
const PAPER: Rgb = [0xfd, 0xfc, 0xfa];
const CREAM: Rgb = [0xf6, 0xf0, 0xe4];
/// A second colour of the picture, one of these.
const WARM: [Rgb; 4] = [[0xf2, 0xc8, 0x4b], [0xee, 0x8e, 0x6b], [0xe9, 0xa8, 0xc9], [0x8f, 0xd0, 0xc4]];

type Rgb = [u8; 3];

/// Returns the address of the style of an accent colour, `#rrggbb`.
pub fn accent_address(accent: &str) -> String {
    format!("/accents/{}.css", accent.trim_start_matches('#'))
}

/// Returns the address of the picture of an event without one of its own.
pub fn picture_address(id: EventId, accent: &str) -> String {
    format!("/patterns/{}-{}.svg", accent.trim_start_matches('#'), &id.0.simple().to_string()[24..])
}

/// Returns the style of an accent colour.
pub async fn accent(name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let color = name.strip_suffix(".css").and_then(parse).ok_or(Refusal::NotFound)?;
    let hex = hex(color);
    let ink = hex_of_ink(color);
    let on = if contrast(color, WHITE) >= contrast(color, BLACK) { "#fff" } else { "#000" };
    // The second line is for browsers of before 2024, which cannot compute these colours.
    let style = format!(
        ":root {{ --accent: {hex}; }}\n@supports not ((color: light-dark(#000, #fff)) and (color: oklch(from red l c h))) {{ \
         :root {{ --on-accent: {on}; --accent-ink: {ink}; --accent-edge: {ink}; --accent-hover: {hex}; --accent-soft: #f6f5f2; }} }}\n"
    );
    Ok(HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, FOR_EVER))
        .body(style))
}

/// Returns the picture of an event.
pub async fn picture(name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let parts = name.strip_suffix(".svg").and_then(|name| name.split_once('-'));
    let parsed = parts.and_then(|(accent, seed)| {
        let is_seed = seed.len() == 8 && seed.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        Some((parse(accent)?, u32::from_str_radix(seed, 16).ok().filter(|_| is_seed)?))
    });
    let (accent, seed) = parsed.ok_or(Refusal::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((header::CACHE_CONTROL, FOR_EVER))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'"))
        .body(pattern(accent, seed)))
}

/// Width and height of a tile.
const TILE: u32 = 132;
const COLUMNS: u32 = 10;
const ROWS: u32 = 4;

/// Draws flowers, leaves and circles on tiles. The same seed draws the same picture.
fn pattern(accent: Rgb, seed: u32) -> String {
    let mut random = Random(u64::from(seed));
    let warm = WARM[random.below(WARM.len())];
    let grounds = [accent, mix(accent, WHITE, 18), mix(accent, BLACK, 35), mix(accent, WHITE, 55)];
    let shapes = [CREAM, mix(accent, WHITE, 78), warm, mix(accent, WHITE, 35)];
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"xMidYMid slice\">",
        TILE * COLUMNS,
        TILE * ROWS
    );
    for row in (0..ROWS).step_by(2) {
        for column in (0..COLUMNS).step_by(2) {
            let (x, y) = (column * TILE, row * TILE);
            match random.below(5) {
                0 => flower(&mut svg, x, y, grounds[random.below(3)], [shapes[random.below(3)], warm]),
                _ => {
                    for (dx, dy) in [(0, 0), (TILE, 0), (0, TILE), (TILE, TILE)] {
                        let (ground, shape) = (grounds[random.below(4)], shapes[random.below(4)]);
                        let shape = if shape == ground { CREAM } else { shape };
                        tile(&mut svg, x + dx, y + dy, ground, shape, random.below(8));
                    }
                }
            }
        }
    }
    svg.push_str("</svg>");
    svg
}

/// Four leaves around a dot.
fn flower(svg: &mut String, x: u32, y: u32, ground: Rgb, [petal, dot]: [Rgb; 2]) {
    rectangle(svg, x, y, TILE * 2, ground);
    let dot = if petal == dot { CREAM } else { dot };
    for (dx, dy, falls) in [(0, 0, true), (TILE, 0, false), (0, TILE, false), (TILE, TILE, true)] {
        leaf(svg, x + dx, y + dy, falls, petal);
    }
    circle(svg, x + TILE, y + TILE, TILE / 6, dot);
}

fn tile(svg: &mut String, x: u32, y: u32, ground: Rgb, shape: Rgb, kind: usize) {
    rectangle(svg, x, y, TILE, ground);
    let (right, bottom, fill) = (x + TILE, y + TILE, hex(shape));
    match kind {
        0 => circle(svg, x + TILE / 2, y + TILE / 2, TILE / 3, shape),
        1 | 2 => leaf(svg, x, y, kind == 1, shape),
        3 => {
            push(svg, &format!("<path fill=\"{fill}\" d=\"M{x} {y}H{right}A{TILE} {TILE} 0 0 1 {x} {bottom}Z\"/>"));
        }
        4 => {
            push(svg, &format!("<path fill=\"{fill}\" d=\"M{right} {bottom}H{x}A{TILE} {TILE} 0 0 1 {right} {y}Z\"/>"));
        }
        5 => {
            let half = TILE / 2;
            push(svg, &format!("<path fill=\"{fill}\" d=\"M{x} {bottom}A{half} {half} 0 0 1 {right} {bottom}Z\"/>"));
        }
        _ => {}
    }
}

/// A leaf from corner to corner: from the top on the left if it falls.
fn leaf(svg: &mut String, x: u32, y: u32, falls: bool, color: Rgb) {
    let (fill, right, bottom) = (hex(color), x + TILE, y + TILE);
    let (from, to) = if falls { ((x, y), (right, bottom)) } else { ((right, y), (x, bottom)) };
    let ((ax, ay), (bx, by)) = (from, to);
    push(
        svg,
        &format!(
            "<path fill=\"{fill}\" d=\"M{ax} {ay}A{TILE} {TILE} 0 0 1 {bx} {by}A{TILE} {TILE} 0 0 1 {ax} {ay}Z\"/>"
        ),
    );
}

fn rectangle(svg: &mut String, x: u32, y: u32, side: u32, color: Rgb) {
    push(svg, &format!("<rect x=\"{x}\" y=\"{y}\" width=\"{side}\" height=\"{side}\" fill=\"{}\"/>", hex(color)));
}

fn circle(svg: &mut String, x: u32, y: u32, radius: u32, color: Rgb) {
    push(svg, &format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{}\"/>", hex(color)));
}

fn push(svg: &mut String, shape: &str) {
    svg.push_str(shape);
}

/// Numbers that look random and follow from a seed (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit.max(1) as u64).unwrap_or(0)
    }
}

/// Parses six hexadecimal digits in lower case, so that each colour has one address.
fn parse(digits: &str) -> Option<Rgb> {
    let is_plain = digits.len() == 6 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    if is_plain { Some([byte(0)?, byte(2)?, byte(4)?]) } else { None }
}

fn hex(color: Rgb) -> String {
    color.iter().fold(String::from("#"), |mut text, channel| {
        write!(text, "{channel:02x}").expect("writing to a string");
        text
    })
}

/// Mixes `percent` of another colour in.
fn mix(color: Rgb, other: Rgb, percent: u16) -> Rgb {
    let mixed = |at: usize| (u16::from(color[at]) * (100 - percent) + u16::from(other[at]) * percent) / 100;
    [0, 1, 2].map(|at| u8::try_from(mixed(at)).unwrap_or(u8::MAX))
}

/// Returns the colour, darkened until it can be read as text on paper.
fn hex_of_ink(color: Rgb) -> String {
    let darker = (0..=100).step_by(5).map(|percent| mix(color, BLACK, percent));
    hex(darker.into_iter().find(|ink| contrast(*ink, PAPER) >= 4.5).unwrap_or(BLACK))
}

fn contrast(one: Rgb, other: Rgb) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accent_can_be_read_whatever_it_is() {
        for accent in [[0xff, 0xd6, 0x0a], [0x1f, 0x6f, 0x4a], WHITE, BLACK, [0x80, 0x80, 0x80]] {
            let ink = parse(hex_of_ink(accent).trim_start_matches('#')).unwrap();
            assert!(contrast(ink, PAPER) >= 4.5, "{accent:?}");
            assert!(contrast(accent, WHITE).max(contrast(accent, BLACK)) >= 4.5, "{accent:?}");
        }
    }

    #[test]
    fn a_picture_follows_from_its_address() {
        let one = pattern([0x1f, 0x6f, 0x4a], 7);
        assert_eq!(one, pattern([0x1f, 0x6f, 0x4a], 7));
        assert_ne!(one, pattern([0x1f, 0x6f, 0x4a], 8));
        assert!(one.len() < 8000, "{}", one.len());
        assert_eq!(parse("1F6F4A"), None);
        assert_eq!(parse("1f6f4"), None);
    }
}
