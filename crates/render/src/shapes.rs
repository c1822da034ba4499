//! Draws rectangles and pictures.

use pdf_writer::{Content, Name};

use super::{
    frame::points,
    pdf::{Picture, fill_color, stroke_color},
};
use crate::domain::layout::{Fit, Rect};

/// Default stroke width of an outline, in millimetres.
pub const DEFAULT_STROKE: f32 = 0.25;
/// Distance of the control points of a Bézier curve that approximates a quarter circle of radius 1.
const KAPPA: f32 = 0.552_284_8;

/// Draws a rectangle: x, y of its lower left corner, width, height.
pub fn rect(content: &mut Content, rect: &Rect, accent: [u8; 3], [x, y, width, height]: [f32; 4]) {
    let outlined = rect.color.map(|color| (color, rect.stroke.unwrap_or(DEFAULT_STROKE)));
    content.save_state();
    if let Some(color) = rect.fill {
        fill_color(content, color.resolve(accent));
    }
    if let Some((color, stroke)) = outlined {
        stroke_color(content, color.resolve(accent));
        content.set_line_width(points(stroke));
    }
    let radius = (points(rect.radius.unwrap_or(0.0))).min(width / 2.0).min(height / 2.0);
    if radius > 0.0 {
        rounded_rect(content, [x, y, width, height], radius);
    } else {
        content.rect(x, y, width, height);
    }
    match (rect.fill, outlined) {
        (Some(_), Some(_)) => drop(content.fill_nonzero_and_stroke()),
        (_, None) => drop(content.fill_nonzero()),
        (None, Some(_)) => drop(content.stroke()),
    }
    content.restore_state();
}

fn rounded_rect(content: &mut Content, [x, y, width, height]: [f32; 4], radius: f32) {
    let (right, top, out) = (x + width, y + height, radius * (1.0 - KAPPA));
    content.move_to(x + radius, y).line_to(right - radius, y);
    content.cubic_to(right - out, y, right, y + out, right, y + radius).line_to(right, top - radius);
    content.cubic_to(right, top - out, right - out, top, right - radius, top).line_to(x + radius, top);
    content.cubic_to(x + out, top, x, top - out, x, top - radius).line_to(x, y + radius);
    content.cubic_to(x, y + out, x + out, y, x + radius, y).close_path();
}

/// Draws a picture into a box: x, y of its upper left corner, width, height.
pub fn picture(content: &mut Content, name: &str, picture: &Picture, [x, y, width, height]: [f32; 4], fit: Fit) {
    let is_sideways = picture.orientation >= 5;
    let (w, h) = (picture.width as f32, picture.height as f32);
    let (w, h) = if is_sideways { (h, w) } else { (w, h) };
    let scale = match fit {
        Fit::Contain => (width / w).min(height / h),
        Fit::Cover => (width / w).max(height / h),
        Fit::Stretch => 1.0,
    };
    let (drawn_w, drawn_h) = if fit == Fit::Stretch { (width, height) } else { (w * scale, h * scale) };
    let (left, bottom) = (x + (width - drawn_w) / 2.0, y - height + (height - drawn_h) / 2.0);
    content.save_state();
    if fit == Fit::Cover {
        content.rect(x, y - height, width, height).clip_nonzero().end_path();
    }
    content.transform([drawn_w, 0.0, 0.0, drawn_h, left, bottom]);
    // Applies the EXIF orientation inside the unit square.
    match picture.orientation {
        2 => drop(content.transform([-1.0, 0.0, 0.0, 1.0, 1.0, 0.0])),
        3 => drop(content.transform([-1.0, 0.0, 0.0, -1.0, 1.0, 1.0])),
        4 => drop(content.transform([1.0, 0.0, 0.0, -1.0, 0.0, 1.0])),
        5 => drop(content.transform([0.0, -1.0, -1.0, 0.0, 1.0, 1.0])),
        6 => drop(content.transform([0.0, -1.0, 1.0, 0.0, 0.0, 1.0])),
        7 => drop(content.transform([0.0, 1.0, 1.0, 0.0, 0.0, 0.0])),
        8 => drop(content.transform([0.0, 1.0, -1.0, 0.0, 1.0, 0.0])),
        _ => {}
    }
    content.x_object(Name(name.as_bytes()));
    content.restore_state();
}
