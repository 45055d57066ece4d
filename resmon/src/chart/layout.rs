//! Where everything of a chart lies.

use super::{
    font::Fonts,
    line::Line,
    panel::{Panel, Panels},
    scale::{self, Scale},
    scene::{Anchor, Colour, Scene, Shape, Stroke, Text},
    theme::Palette,
    words::Words,
};

const MARGIN: f64 = 16.0;
const TITLE: f64 = 15.0;
const SMALL: f64 = 12.0;
const TINY: f64 = 11.0;
/// From one row of the legend to the next.
const ROW: f64 = 18.0;
/// The stroke before a name of the legend, and the space on both sides of it.
const SWATCH: f64 = 18.0;
const GAP: f64 = 6.0;
/// Beneath the axis: its numbers, and its name.
const BELOW: f64 = 44.0;

/// How a chart looks.
pub(super) struct Page<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) palette: &'a Palette,
    pub(super) words: &'a Words,
    pub(super) fonts: &'a Fonts,
}

/// The area in which lines are drawn.
#[derive(Debug, Clone, Copy)]
struct Plot {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Plot {
    fn width(&self) -> f64 {
        self.right - self.left
    }

    fn y(&self, scale: &Scale, value: f64) -> f64 {
        self.bottom - scale.place(value).clamp(0.0, 1.0) * (self.bottom - self.top)
    }
}

pub(super) fn scene(page: &Page<'_>, panels: &Panels) -> Scene {
    let scales: Vec<_> = panels.all.iter().map(scale_of).collect();
    let widest = scales.iter().flat_map(|scale| &scale.ticks);
    let widest = widest.map(|(_, text)| page.fonts.width(text, SMALL)).fold(0.0, f64::max);
    let (width, height) = (f64::from(page.width), f64::from(page.height));
    let left = MARGIN + TITLE + widest + 2.0 * GAP;
    let slot = (height - 2.0 * MARGIN) / panels.all.len().max(1) as f64;
    let mut drawing = Drawing { page, panels, shapes: Vec::new() };
    for (i, (panel, scale)) in panels.all.iter().zip(&scales).enumerate() {
        let top = MARGIN + slot * i as f64;
        let plot = Plot { left, right: width - 2.0 * MARGIN, top, bottom: top + slot - BELOW };
        drawing.panel(panel, scale, plot, i == 0);
    }
    Scene {
        width: page.width,
        height: page.height,
        background: page.palette.background,
        shapes: drawing.shapes,
    }
}

/// The values, and the limits that are not so far above them that nothing else could be seen.
fn scale_of(panel: &Panel) -> Scale {
    let values = panel.lines.iter().flat_map(Line::values);
    Scale::of(panel.measure, values.chain(panel.limits.iter().map(|(value, _)| *value)))
}

struct Drawing<'a> {
    page: &'a Page<'a>,
    panels: &'a Panels,
    shapes: Vec<Shape>,
}

impl Drawing<'_> {
    fn panel(&mut self, panel: &Panel, scale: &Scale, mut plot: Plot, first: bool) {
        let palette = self.page.palette;
        let title = self.page.fonts.fitted(&panel.title, TITLE, plot.width());
        self.text((plot.left, plot.top + TITLE), TITLE, Anchor::Start, palette.text, &title);
        plot.top += self.legend(panel, plot) + GAP;
        self.bands(panel, plot);
        self.grid(panel, scale, plot);
        for (value, name) in &panel.limits {
            let y = plot.y(scale, *value);
            let stroke = Stroke { colour: palette.limit, width: 1.2, dashed: true };
            self.path(vec![(plot.left, y), (plot.right, y)], stroke);
            let at = (plot.right - GAP, y - 4.0);
            self.text(at, TINY, Anchor::End, palette.limit, name);
        }
        self.marks(plot, first);
        for (line, colour) in panel.lines.iter().zip(palette.lines.iter().cycle()) {
            self.line(line, scale, plot, *colour);
        }
        if panel.lines.iter().all(Line::is_empty) {
            let middle = (plot.left.midpoint(plot.right), plot.top.midpoint(plot.bottom));
            let nothing = self.page.words.nothing.to_string();
            self.text(middle, TITLE, Anchor::Middle, palette.faint, &nothing);
        }
    }

    /// The names of the lines, right of the title, and beneath it where they are many; how much
    /// room that takes.
    fn legend(&mut self, panel: &Panel, plot: Plot) -> f64 {
        let (fonts, palette) = (self.page.fonts, self.page.palette);
        let room = plot.width() - SWATCH - 3.0 * GAP;
        let name = |line: &Line| fonts.fitted(&line.name, SMALL, room);
        let entry = |line: &Line| SWATCH + GAP + fonts.width(&name(line), SMALL);
        let title = fonts.width(&panel.title, TITLE) + 3.0 * GAP;
        let mut rows: Vec<(f64, Vec<usize>)> = vec![(title, Vec::new())];
        for (i, line) in panel.lines.iter().enumerate() {
            let wide = entry(line) + 2.0 * GAP;
            let full = rows.last().is_some_and(|(used, _)| used + wide > plot.width());
            if full {
                rows.push((0.0, Vec::new()));
            }
            if let Some((used, entries)) = rows.last_mut() {
                *used += wide;
                entries.push(i);
            }
        }
        for (number, (_, entries)) in rows.iter().enumerate() {
            let y = plot.top + SMALL + 2.0 + ROW * number as f64;
            let mut x = plot.right;
            for i in entries.iter().rev() {
                let line = &panel.lines[*i];
                let colour = palette.lines[i % palette.lines.len()];
                let name = name(line);
                self.text((x, y), SMALL, Anchor::End, palette.text, &name);
                let end = x - fonts.width(&name, SMALL) - GAP;
                let stroke = Stroke { colour, width: 3.0, dashed: false };
                self.path(vec![(end - SWATCH, y - 4.0), (end, y - 4.0)], stroke);
                x -= entry(line) + 2.0 * GAP;
            }
        }
        ROW * rows.len() as f64
    }

    fn bands(&mut self, panel: &Panel, plot: Plot) {
        for (from, to) in &panel.bands {
            let (from, to) = (self.x(plot, *from), self.x(plot, *to));
            self.shapes.push(Shape::Box {
                at: (from, plot.top),
                size: ((to - from).max(1.0), plot.bottom - plot.top),
                fill: self.page.palette.limit,
                opacity: 0.15,
            });
        }
    }

    fn grid(&mut self, panel: &Panel, scale: &Scale, plot: Plot) {
        let Page { palette, words, fonts, .. } = self.page;
        let thin = Stroke { colour: palette.grid, width: 1.0, dashed: false };
        for (value, text) in &scale.ticks {
            let y = plot.y(scale, *value);
            self.path(vec![(plot.left, y), (plot.right, y)], thin);
            self.text((plot.left - GAP, y + 4.0), SMALL, Anchor::End, palette.faint, text);
        }
        let Panels { from, to, .. } = self.panels;
        // A number takes some sixty pixels.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few")]
        let most = (plot.width() / 60.0).clamp(2.0, 12.0) as usize;
        let ticks = scale::times(*from, *to, most);
        let mut free = plot.left - 2.0 * MARGIN;
        for (at, text) in &ticks {
            let x = self.x(plot, *at);
            self.path(vec![(x, plot.top), (x, plot.bottom)], thin);
            let half = fonts.width(text, SMALL) / 2.0;
            if x - half > free && x + half <= f64::from(self.page.width) {
                let at = (x, plot.bottom + SMALL + GAP);
                self.text(at, SMALL, Anchor::Middle, palette.faint, text);
                free = x + half + GAP;
            }
        }
        let axis = Stroke { colour: palette.faint, width: 1.0, dashed: false };
        self.path(vec![(plot.left, plot.top), (plot.left, plot.bottom)], axis);
        self.path(vec![(plot.left, plot.bottom), (plot.right, plot.bottom)], axis);
        let name = format!("{} ({})", words.time, scale::time_unit(*from, *to));
        let below = (plot.left.midpoint(plot.right), plot.bottom + 2.0 * SMALL + 2.0 * GAP);
        self.text(below, SMALL, Anchor::Middle, palette.text, &name);
        let unit = if scale.unit.is_empty() {
            panel.title.clone()
        } else {
            format!("{} ({})", panel.title, scale.unit)
        };
        let at = (MARGIN + SMALL - 4.0, plot.top.midpoint(plot.bottom));
        // A panel may be too low for its title.
        let name = if fonts.width(&unit, SMALL) <= plot.bottom - plot.top + 2.0 * GAP {
            unit
        } else {
            scale.unit.to_owned()
        };
        let (size, anchor, colour) = (SMALL, Anchor::Middle, palette.text);
        self.shapes.push(Shape::Text(Text {
            at,
            size,
            anchor,
            colour,
            words: name,
            upright: true,
        }));
    }

    /// Moments with a name; the names in one panel, as many as have room.
    fn marks(&mut self, plot: Plot, named: bool) {
        let Page { palette, fonts, .. } = self.page;
        let stroke = Stroke { colour: palette.mark, width: 1.0, dashed: true };
        for (at, _) in &self.panels.marks {
            let x = self.x(plot, *at);
            self.path(vec![(x, plot.top), (x, plot.bottom)], stroke);
        }
        let mut free = plot.left;
        for (at, text) in &self.panels.marks {
            let x = self.x(plot, *at);
            // Right of the mark, or left of it where the picture ends.
            let wide = fonts.width(text, TINY) + GAP;
            let start = if x + wide <= plot.right { x } else { x - wide };
            if named && start >= free {
                // A later mark may go through the name.
                self.shapes.push(Shape::Box {
                    at: (start + 2.0, plot.top + 1.0),
                    size: (wide - 4.0, TINY + 3.0),
                    fill: palette.background,
                    opacity: 1.0,
                });
                let at = (start + GAP / 2.0, plot.top + TINY);
                self.text(at, TINY, Anchor::Start, palette.mark, text);
                free = start + wide;
            }
        }
    }

    fn line(&mut self, line: &Line, scale: &Scale, plot: Plot, colour: Colour) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
        let columns = plot.width().max(1.0) as usize;
        for run in line.in_columns(self.panels.from, self.panels.to, columns) {
            let place = |(at, value): &(f64, f64)| (self.x(plot, *at), plot.y(scale, *value));
            let points: Vec<_> = run.iter().map(place).collect();
            match points[..] {
                [at] => self.shapes.push(Shape::Dot { at, radius: 2.0, fill: colour }),
                _ => self.path(points, Stroke { colour, width: 1.8, dashed: false }),
            }
        }
    }

    fn x(&self, plot: Plot, at: f64) -> f64 {
        let Panels { from, to, .. } = self.panels;
        let share = (at - from) / (to - from).max(f64::MIN_POSITIVE);
        plot.left + share.clamp(0.0, 1.0) * plot.width()
    }

    fn path(&mut self, points: Vec<(f64, f64)>, stroke: Stroke) {
        self.shapes.push(Shape::Path { points, stroke });
    }

    fn text(&mut self, at: (f64, f64), size: f64, anchor: Anchor, colour: Colour, text: &str) {
        let words = text.to_owned();
        let text = Text { at, size, anchor, colour, words, upright: false };
        self.shapes.push(Shape::Text(text));
    }
}

#[cfg(test)]
mod tests {
    use super::{super::theme::Theme, *};
    use crate::chart::scale::Measure;

    /// Left, top, right and bottom of a text, as the fonts measure it.
    fn bounds(text: &Text, fonts: &Fonts) -> [f64; 4] {
        let wide = fonts.width(&text.words, text.size);
        let before = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => wide / 2.0,
            Anchor::End => wide,
        };
        let (above, below) = (0.75 * text.size, 0.2 * text.size);
        let (x, y) = text.at;
        if text.upright {
            return [x - above, y + before - wide, x + below, y + before];
        }
        [x - before, y - above, x - before + wide, y + below]
    }

    fn panels(count: usize, to: f64, greatest: f64, lines: usize) -> Panels {
        let line = |i: usize| {
            let points = [(0.0, Some(0.0)), (to, Some(greatest / (i + 1) as f64))];
            let name = if i == 1 {
                "a line whose name is longer than most pictures are wide, for it has labels: zone"
            } else {
                "a line of figures"
            };
            Line::new(name, points, |_, _| false)
        };
        let measures =
            [Measure::Percent, Measure::Bytes, Measure::BytesPerSecond, Measure::Seconds];
        let panel = |i: usize| Panel {
            title: format!("CPU 사용률, panel {i}"),
            measure: measures[i % measures.len()],
            lines: (0..lines).map(line).collect(),
            limits: Vec::new(),
            bands: vec![(0.0, to / 3.0)],
        };
        let marks = (0..40).map(|i| (f64::from(i) * to / 40.0, format!("step {i}")));
        Panels { from: 0.0, to, all: (0..count).map(panel).collect(), marks: marks.collect() }
    }

    #[test]
    fn no_text_is_cut_off_and_none_covers_another() {
        let (fonts, words) = (Fonts::default(), Words::korean());
        for (width, each) in [(360, 220), (700, 260), (1000, 400), (2400, 300)] {
            for count in 1..=4_u32 {
                for (to, greatest, lines) in
                    [(9.5, 97.0, 1), (86_400.0, 5e12, 2), (0.4, 3e-5, 2), (700.0, 0.0, 0)]
                {
                    let panels = panels(count as usize, to, greatest, lines);
                    let page = Page {
                        width,
                        height: each * count,
                        palette: Theme::Light.palette(),
                        words: &words,
                        fonts: &fonts,
                    };
                    let scene = scene(&page, &panels);
                    let texts = scene.shapes.iter().filter_map(|shape| match shape {
                        Shape::Text(text) => Some((text, bounds(text, &fonts))),
                        _ => None,
                    });
                    let texts: Vec<_> = texts.collect();
                    let case = format!("{width} x {each} x {count}, {to} s, {greatest}");
                    for (i, (text, [left, top, right, bottom])) in texts.iter().enumerate() {
                        let inside = *left >= 0.0
                            && *top >= 0.0
                            && *right <= f64::from(width)
                            && *bottom <= f64::from(page.height);
                        assert!(inside, "{case}: {text:?}");
                        for (other, [l, t, r, b]) in &texts[..i] {
                            let apart = left >= r || l >= right || top >= b || t >= bottom;
                            assert!(apart, "{case}: {text:?} {other:?}");
                        }
                    }
                    assert!(texts.len() > 8, "{case}");
                }
            }
        }
    }

    #[test]
    fn lines_stay_within_their_plot() {
        let (fonts, words) = (Fonts::default(), Words::english());
        let palette = Theme::Dark.palette();
        let page = Page { width: 1000, height: 400, palette, words: &words, fonts: &fonts };
        let scene = scene(&page, &panels(1, 60.0, 80.0, 1));
        let line = scene.shapes.iter().find_map(|shape| match shape {
            Shape::Path { points, stroke } if stroke.colour == palette.lines[0] => {
                (points.len() > 1 && stroke.width < 2.0).then_some(points)
            }
            _ => None,
        });
        let line = line.unwrap();
        // From the lower left of the plot to the upper right.
        assert!(line[0].0 < 100.0 && line[1].0 > 900.0, "{line:?}");
        assert!(line[0].1 > 300.0 && line[1].1 <= 100.0, "{line:?}");
    }
}
