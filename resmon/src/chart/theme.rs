//! Colours, which people who see few of them can tell apart.

use super::scene::Colour;

/// Dark lines on white, or bright ones on dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Theme {
    /// On white: for print and most documents.
    #[default]
    Light,
    /// On nearly black.
    Dark,
}

pub(super) struct Palette {
    pub(super) background: Colour,
    pub(super) text: Colour,
    pub(super) faint: Colour,
    pub(super) grid: Colour,
    pub(super) limit: Colour,
    pub(super) mark: Colour,
    pub(super) lines: [Colour; 6],
}

impl Theme {
    pub(super) fn palette(self) -> &'static Palette {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
        }
    }
}

static LIGHT: Palette = Palette {
    background: Colour(255, 255, 255),
    text: Colour(28, 32, 38),
    faint: Colour(95, 103, 115),
    grid: Colour(228, 231, 236),
    limit: Colour(190, 30, 45),
    mark: Colour(120, 90, 160),
    lines: [
        Colour(0, 98, 170),
        Colour(213, 94, 0),
        Colour(0, 140, 100),
        Colour(178, 82, 140),
        Colour(160, 120, 0),
        Colour(70, 150, 200),
    ],
};

static DARK: Palette = Palette {
    background: Colour(20, 23, 28),
    text: Colour(232, 235, 240),
    faint: Colour(155, 163, 175),
    grid: Colour(46, 51, 60),
    limit: Colour(255, 107, 107),
    mark: Colour(190, 165, 230),
    lines: [
        Colour(96, 180, 245),
        Colour(255, 150, 80),
        Colour(70, 210, 160),
        Colour(230, 150, 200),
        Colour(235, 200, 80),
        Colour(160, 205, 240),
    ],
};
