//! What is to be drawn, in pixels from the upper left: the same for every kind of picture.

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8);

#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) background: Colour,
    /// From the back to the front.
    pub(super) shapes: Vec<Shape>,
}

#[derive(Debug, Clone)]
pub(super) enum Shape {
    Box { at: (f64, f64), size: (f64, f64), fill: Colour, opacity: f64 },
    Path { points: Vec<(f64, f64)>, stroke: Stroke },
    Dot { at: (f64, f64), radius: f64, fill: Colour },
    Text(Text),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    pub(super) colour: Colour,
    pub(super) width: f64,
    pub(super) dashed: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Text {
    /// On the base line.
    pub(super) at: (f64, f64),
    pub(super) size: f64,
    pub(super) anchor: Anchor,
    pub(super) colour: Colour,
    pub(super) words: String,
    /// Read from below.
    pub(super) upright: bool,
}

/// Which part of a text is at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}
