//! A scene as SVG.

use std::fmt::Write as _;

use super::scene::{Anchor, Colour, Scene, Shape, Stroke, Text};

/// `title` is what a screen reader says of the picture.
pub(super) fn render(scene: &Scene, title: &str) -> String {
    let Scene { width, height, background, shapes } = scene;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" \
         font-family=\"'DejaVu Sans','Nanum Gothic',system-ui,sans-serif\"><title>{}</title>\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>",
        escaped(title),
        hex(*background)
    );
    for shape in shapes {
        put(&mut out, shape);
    }
    out.push_str("</svg>\n");
    out
}

fn put(out: &mut String, shape: &Shape) {
    let _ = match shape {
        Shape::Box { at: (x, y), size: (w, h), fill, opacity } => {
            let opacity =
                if *opacity < 1.0 { format!(" opacity=\"{opacity}\"") } else { String::new() };
            write!(
                out,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"{opacity}/>",
                short(*x),
                short(*y),
                short(*w),
                short(*h),
                hex(*fill)
            )
        }
        Shape::Path { points, stroke: Stroke { colour, width, dashed } } => {
            let dashes = if *dashed { " stroke-dasharray=\"6 4\"" } else { "" };
            write!(
                out,
                "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\" \
                 stroke-linejoin=\"round\"{dashes}/>",
                path(points),
                hex(*colour)
            )
        }
        Shape::Dot { at: (x, y), radius, fill } => write!(
            out,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{radius}\" fill=\"{}\"/>",
            short(*x),
            short(*y),
            hex(*fill)
        ),
        Shape::Text(text) => {
            put_text(out, text);
            Ok(())
        }
    };
}

/// Steps from point to point, which are shorter to write than places.
fn path(points: &[(f64, f64)]) -> String {
    let tenths = |value: f64| (value * 10.0).round();
    let mut out = String::new();
    let mut last = (0.0, 0.0);
    for (i, (x, y)) in points.iter().enumerate() {
        let (x, y) = (tenths(*x), tenths(*y));
        let (dx, dy) = (x - last.0, y - last.1);
        if i == 0 {
            let _ = write!(out, "M{} {}", x / 10.0, y / 10.0);
        } else if dx != 0.0 || dy != 0.0 {
            let _ = write!(out, "l{} {}", dx / 10.0, dy / 10.0);
        }
        last = (x, y);
    }
    out
}

fn put_text(out: &mut String, text: &Text) {
    let Text { at: (x, y), size, anchor, colour, words, upright } = text;
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let (x, y) = (short(*x), short(*y));
    let place = if *upright {
        format!("transform=\"translate({x} {y}) rotate(-90)\"")
    } else {
        format!("x=\"{x}\" y=\"{y}\"")
    };
    let _ = write!(
        out,
        "<text {place} font-size=\"{size}\" fill=\"{}\"{anchor}>{}</text>",
        hex(*colour),
        escaped(words)
    );
}

/// With a tenth of a pixel.
fn short(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn hex(Colour(r, g, b): Colour) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// As text of XML: without what would be markup, and without what XML has no word for.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_markup() {
        assert_eq!(
            escaped("<img src=x onerror=\"a()\">&\n\u{1}"),
            "&lt;img src=x onerror=&quot;a()&quot;&gt;&amp;  "
        );
    }

    #[test]
    fn a_path_is_its_steps() {
        assert_eq!(path(&[(1.0, 2.0), (1.04, 2.0), (3.5, 1.0), (3.5, 1.0)]), "M1 2l2.5 -1");
    }
}
