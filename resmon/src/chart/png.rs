//! A scene as PNG.

use ab_glyph::{Font as _, OutlineCurve};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, PathBuilder, Pixmap, Rect, Stroke, StrokeDash,
    Transform,
};

use super::{
    font::Fonts,
    scene::{self, Anchor, Colour, Scene, Shape},
};
use crate::Error;

pub(super) fn render(scene: &Scene, fonts: &Fonts, scale: f32) -> Result<Vec<u8>, Error> {
    let attempt = || Error::task(format!("draw a chart of {} x {}", scene.width, scene.height));
    let pixels = |length: u32| (f64::from(length) * f64::from(scale)).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousands")]
    let size = [scene.width, scene.height].map(|length| pixels(length) as u32);
    let pixmap = Pixmap::new(size[0], size[1]);
    let mut pixmap =
        pixmap.ok_or_else(|| attempt().because("no picture is so large, or so small"))?;
    pixmap.fill(colour(scene.background, 1.0));
    let mut canvas = Canvas { pixmap: &mut pixmap, fonts, scale };
    scene.shapes.iter().for_each(|shape| canvas.draw(shape));
    pixmap.encode_png().map_err(|cause| attempt().because(cause))
}

struct Canvas<'a> {
    pixmap: &'a mut Pixmap,
    fonts: &'a Fonts,
    scale: f32,
}

impl Canvas<'_> {
    fn draw(&mut self, shape: &Shape) {
        let whole = Transform::from_scale(self.scale, self.scale);
        match shape {
            Shape::Box { at, size, fill, opacity } => {
                let rect = Rect::from_xywh(px(at.0), px(at.1), px(size.0), px(size.1));
                if let Some(rect) = rect {
                    self.pixmap.fill_rect(rect, &paint(*fill, *opacity), whole, None);
                }
            }
            Shape::Path { points, stroke } => {
                let mut path = PathBuilder::new();
                for (i, (x, y)) in points.iter().enumerate() {
                    if i == 0 {
                        path.move_to(px(*x), px(*y));
                    } else {
                        path.line_to(px(*x), px(*y));
                    }
                }
                let dash = if stroke.dashed { StrokeDash::new(vec![6.0, 4.0], 0.0) } else { None };
                let how = Stroke {
                    width: px(stroke.width),
                    line_cap: LineCap::Butt,
                    line_join: LineJoin::Round,
                    dash,
                    ..Stroke::default()
                };
                if let Some(path) = path.finish() {
                    self.pixmap.stroke_path(&path, &paint(stroke.colour, 1.0), &how, whole, None);
                }
            }
            Shape::Dot { at, radius, fill } => {
                if let Some(path) = PathBuilder::from_circle(px(at.0), px(at.1), px(*radius)) {
                    let paint = paint(*fill, 1.0);
                    self.pixmap.fill_path(&path, &paint, FillRule::Winding, whole, None);
                }
            }
            Shape::Text(text) => self.write(text, whole),
        }
    }

    fn write(&mut self, text: &scene::Text, whole: Transform) {
        let width = self.fonts.width(&text.words, text.size);
        let mut at = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let turned =
            if text.upright { Transform::from_rotate(-90.0) } else { Transform::identity() };
        let place = turned.post_concat(Transform::from_translate(px(text.at.0), px(text.at.1)));
        let mut path = PathBuilder::new();
        for letter in text.words.chars().filter_map(|c| self.fonts.letter(c)) {
            let scale = px(letter.scale(text.size));
            let start = px(at);
            // The font counts from the base line upward.
            let place_of = |point: ab_glyph::Point| (start + point.x * scale, -point.y * scale);
            let curves = letter.font.outline(letter.glyph).map(|outline| outline.curves);
            let mut pen: Option<ab_glyph::Point> = None;
            for curve in curves.into_iter().flatten() {
                let (from, to) = match &curve {
                    OutlineCurve::Line(from, to)
                    | OutlineCurve::Quad(from, _, to)
                    | OutlineCurve::Cubic(from, _, _, to) => (*from, *to),
                };
                if pen != Some(from) {
                    let (x, y) = place_of(from);
                    path.move_to(x, y);
                }
                let (x, y) = place_of(to);
                match curve {
                    OutlineCurve::Line(..) => path.line_to(x, y),
                    OutlineCurve::Quad(_, over, _) => {
                        let over = place_of(over);
                        path.quad_to(over.0, over.1, x, y);
                    }
                    OutlineCurve::Cubic(_, first, second, _) => {
                        let (first, second) = (place_of(first), place_of(second));
                        path.cubic_to(first.0, first.1, second.0, second.1, x, y);
                    }
                }
                pen = Some(to);
            }
            at += letter.advance(text.size);
        }
        if let Some(path) = path.finish() {
            let paint = paint(text.colour, 1.0);
            self.pixmap.fill_path(&path, &paint, FillRule::Winding, place.post_concat(whole), None);
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a place on a picture")]
fn px(value: f64) -> f32 {
    value as f32
}

fn colour(Colour(r, g, b): Colour, opacity: f64) -> Color {
    let mut colour = Color::from_rgba8(r, g, b, u8::MAX);
    colour.set_alpha(px(opacity));
    colour
}

fn paint(of: Colour, opacity: f64) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(colour(of, opacity));
    paint
}
