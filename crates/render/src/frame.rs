//! Coordinates: millimetres from the upper left corner become points from the lower left corner.

#![expect(clippy::many_single_char_names, reason = "the six numbers of a matrix have these names")]

use pdf_writer::Content;

/// Converts millimetres to points.
pub fn points(mm: f32) -> f32 {
    mm * (72.0 / 25.4)
}

/// A coordinate system on the page, in points: its origin is an upper left corner, x goes right, y goes up. It may be
/// rotated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame([f32; 6]);

/// An axis-parallel bounding box on the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    left: f32,
    bottom: f32,
    right: f32,
    top: f32,
}

impl Frame {
    /// Returns the frame at the upper left corner of a page; `height` in millimetres.
    pub fn page(height: f32) -> Self {
        Self::upright(0.0, points(height))
    }

    /// Returns a frame without rotation, in points.
    pub fn upright(x: f32, y: f32) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y])
    }

    /// Returns a frame inside this one: moved right and down in millimetres, rotated clockwise in degrees.
    pub fn at(&self, x: f32, y: f32, rotate: Option<f32>) -> Self {
        let [a, b, c, d, e, f] = self.0;
        let (x, y) = (points(x), points(-y));
        let (e, f) = (a * x + c * y + e, b * x + d * y + f);
        let Some(degrees) = rotate.filter(|degrees| degrees % 360.0 != 0.0) else { return Self([a, b, c, d, e, f]) };
        let (sin, cos) = (-degrees).to_radians().sin_cos();
        Self([a * cos + c * sin, b * cos + d * sin, c * cos - a * sin, d * cos - b * sin, e, f])
    }

    /// Returns the upper left corner.
    pub fn origin(&self) -> (f32, f32) {
        (self.0[4], self.0[5])
    }

    /// Returns the matrix that maps the unit square to the square of side `size` below and right of the origin.
    pub fn square(&self, size: f32) -> [f32; 6] {
        let [a, b, c, d, e, f] = self.0;
        [a * size, b * size, c * size, d * size, e - c * size, f - d * size]
    }

    /// Returns the bounding box of a box of this size at the origin.
    pub fn bounds(&self, width: f32, height: f32) -> Bounds {
        let [a, b, c, d, e, f] = self.0;
        let corners = [(0.0, 0.0), (width, 0.0), (0.0, -height), (width, -height)]
            .map(|(x, y)| (a * x + c * y + e, b * x + d * y + f));
        let fold = |pick: fn(f32, f32) -> f32, of: fn((f32, f32)) -> f32| {
            corners.iter().map(|corner| of(*corner)).reduce(pick).unwrap_or(0.0)
        };
        Bounds {
            left: fold(f32::min, |(x, _)| x),
            bottom: fold(f32::min, |(_, y)| y),
            right: fold(f32::max, |(x, _)| x),
            top: fold(f32::max, |(_, y)| y),
        }
    }

    /// Draws in this frame: `draw` gets the upper left corner.
    pub fn draw(&self, content: &mut Content, draw: impl FnOnce(&mut Content, f32, f32)) {
        let [a, b, c, d, e, f] = self.0;
        if [a, b, c, d] == [1.0, 0.0, 0.0, 1.0] {
            return draw(content, e, f);
        }
        content.save_state();
        content.transform(self.0);
        draw(content, 0.0, 0.0);
        content.restore_state();
    }
}

impl Bounds {
    /// Returns the box with a margin on all sides, for example half of a stroke.
    pub fn grown(self, margin: f32) -> Self {
        let Self { left, bottom, right, top } = self;
        Self { left: left - margin, bottom: bottom - margin, right: right + margin, top: top + margin }
    }

    /// True if the boxes overlap; a common edge is no overlap.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.bottom < other.top && other.bottom < self.top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_is_clockwise_around_the_upper_left_corner() {
        let frame = Frame::page(100.0).at(50.0, 50.0, Some(90.0));
        let Bounds { left, bottom, right, top } = frame.bounds(points(20.0), points(10.0));
        let mm = [left, bottom, right, top].map(|edge| (edge / points(1.0)).round());
        // The box now points down, and its former lower edge is on the left.
        assert_eq!(mm, [40.0, 30.0, 50.0, 50.0]);
    }

    #[test]
    fn nested_frames_add_up() {
        let once = Frame::page(10.0).at(3.0, 4.0, None).at(1.0, 1.0, None);
        assert_eq!(once, Frame::page(10.0).at(4.0, 5.0, None));
    }
}
