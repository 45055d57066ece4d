//! The letters of labels: a small font for Latin, and one for the Korean words that charts use.

use std::{borrow::Cow, collections::BTreeSet};

use ab_glyph::{Font as _, FontArc, FontRef, GlyphId};

use crate::Error;

const LATIN: &[u8] = include_bytes!("fonts/resmon-latin.ttf");
const HANGUL: &[u8] = include_bytes!("fonts/resmon-hangul.ttf");

/// Fonts, each of which is asked for the letters that those before it lack.
#[derive(Debug, Clone)]
pub(super) struct Fonts(Vec<FontArc>);

/// A letter as a font draws it.
pub(super) struct Letter<'a> {
    pub(super) font: &'a FontArc,
    pub(super) glyph: GlyphId,
}

impl Default for Fonts {
    fn default() -> Self {
        let bundled = [LATIN, HANGUL].into_iter().filter_map(|bytes| {
            // They are part of the crate, and a test reads them.
            FontRef::try_from_slice(bytes).ok().map(FontArc::new)
        });
        Self(bundled.collect())
    }
}

impl Fonts {
    /// The bundled ones behind one that the caller brings: a TrueType or OpenType file.
    pub(super) fn behind(own: Cow<'static, [u8]>) -> Result<Self, Error> {
        let own = match own {
            Cow::Borrowed(bytes) => FontRef::try_from_slice(bytes).map(FontArc::new),
            Cow::Owned(bytes) => FontArc::try_from_vec(bytes),
        };
        let own = own.map_err(|cause| Error::config("read the font for a chart").because(cause))?;
        let bundled = Self::default().0;
        Ok(Self(std::iter::once(own).chain(bundled).collect()))
    }

    /// The letter, or the box that stands for one that no font has.
    pub(super) fn letter(&self, c: char) -> Option<Letter<'_>> {
        let of = |font| -> Letter<'_> { Letter { font, glyph: FontArc::glyph_id(font, c) } };
        let known = self.0.iter().map(of).find(|letter| letter.glyph.0 != 0);
        known.or_else(|| Some(Letter { font: self.0.first()?, glyph: GlyphId(0) }))
    }

    /// How wide a text is, at a size in pixels.
    pub(super) fn width(&self, text: &str, size: f64) -> f64 {
        text.chars().filter_map(|c| self.letter(c)).map(|letter| letter.advance(size)).sum()
    }

    /// The text, or as much of its beginning as is no wider, with dots behind it.
    pub(super) fn fitted(&self, text: &str, size: f64, width: f64) -> String {
        if self.width(text, size) <= width {
            return text.to_owned();
        }
        let mut room = width - self.width("\u{2026}", size);
        let fits = |c: &char| {
            room -= self.width(c.encode_utf8(&mut [0; 4]), size);
            room >= 0.0
        };
        text.chars().take_while(fits).chain(['\u{2026}']).collect()
    }

    /// The characters of a text that no font has.
    pub(super) fn missing<'a>(&self, texts: impl Iterator<Item = &'a str>) -> BTreeSet<char> {
        let lacks = |c: &char| self.letter(*c).is_none_or(|letter| letter.glyph.0 == 0);
        texts.flat_map(str::chars).filter(lacks).collect()
    }
}

impl Letter<'_> {
    /// How far the next letter is, at a size in pixels.
    pub(super) fn advance(&self, size: f64) -> f64 {
        f64::from(self.font.h_advance_unscaled(self.glyph)) * self.scale(size)
    }

    /// Pixels of a unit of the font.
    pub(super) fn scale(&self, size: f64) -> f64 {
        size / f64::from(self.font.units_per_em().unwrap_or(1000.0))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::words::Words, *};

    #[test]
    fn every_word_of_either_language_can_be_written() {
        let fonts = Fonts::default();
        assert_eq!(fonts.0.len(), 2);
        for words in [Words::english(), Words::korean()] {
            let missing = fonts.missing(words.all().into_iter().map(AsRef::as_ref));
            assert!(missing.is_empty(), "{missing:?}");
        }
        let ascii: String = (' '..='~').collect();
        assert!(fonts.missing([ascii.as_str(), "°µ−"].into_iter()).is_empty());
        assert_eq!(fonts.missing(["a뷁b漢"].into_iter()).len(), 2);
    }

    #[test]
    fn wide_letters_are_wider() {
        let fonts = Fonts::default();
        assert!(fonts.width("WWW", 12.0) > 2.0 * fonts.width("iii", 12.0));
        assert!((fonts.width("ab", 24.0) - 2.0 * fonts.width("ab", 12.0)).abs() < 1e-9);
        assert!(fonts.width("시간", 12.0) > 15.0);
    }

    #[test]
    fn what_is_no_font_is_refused() {
        let error = Fonts::behind(Cow::Borrowed(b"no font")).unwrap_err();
        assert!(error.is_config() && error.to_string().contains("font"), "{error}");
    }
}
