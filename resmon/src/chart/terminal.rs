//! A chart as text: lines of braille dots, eight to a character.

use std::fmt::Write as _;

use super::{
    line::Line,
    panel::{Panel, Panels},
    scale::{self, Scale},
};

/// Columns and rows of characters for the numbers on the left, and for what is not the plot.
const LEFT: usize = 10;
const HEAD: usize = 1;
const FOOT: usize = 1;
/// Colours of lines, in the terminal's own palette.
const COLOURS: [&str; 4] = ["36", "33", "32", "35"];

/// So many columns wide, and each panel so many rows high.
pub(super) fn render(panels: &Panels, columns: usize, rows: usize, coloured: bool) -> String {
    let mut out = String::new();
    for (i, panel) in panels.all.iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        self::panel(&mut out, panels, panel, (columns.max(LEFT + 10), rows.max(4)), coloured);
    }
    out
}

fn panel(
    out: &mut String,
    panels: &Panels,
    panel: &Panel,
    (columns, rows): (usize, usize),
    coloured: bool,
) {
    let scale = Scale::of(panel.measure, panel.lines.iter().flat_map(Line::values));
    let (wide, high) = (columns - LEFT - 1, rows - HEAD - FOOT);
    let paint = |text: &str, line: usize| {
        let colour = COLOURS[line % COLOURS.len()];
        if coloured { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    };
    out.push_str(&plain(&panel.title));
    for (i, line) in panel.lines.iter().enumerate() {
        let latest = line.runs.last().and_then(|run| run.last());
        let latest = latest.map_or_else(|| "–".to_owned(), |(_, value)| scale.write(*value));
        out.push_str("  ");
        out.push_str(&paint(&format!("{} {latest}", plain(&line.name)), i));
    }
    out.push('\n');
    let mut dots = Dots::new(wide, high);
    for (i, line) in panel.lines.iter().enumerate() {
        dots.draw(line, i, panels, &scale);
    }
    for row in 0..high {
        let number = match row {
            0 => scale.write_end(scale.high),
            _ if row + 1 == high => scale.write_end(scale.low),
            _ => String::new(),
        };
        let _ = write!(out, "{number:>LEFT$}│");
        for column in 0..wide {
            match dots.at(column, row) {
                (0, _) => out.push(' '),
                (bits, line) => out.push_str(&paint(&braille(bits).to_string(), line)),
            }
        }
        while out.ends_with(' ') {
            out.pop();
        }
        out.push('\n');
    }
    let ticks = scale::times(panels.from, panels.to, 6);
    let (first, last) = (ticks.first(), ticks.last());
    let text =
        |tick: Option<&(f64, String)>| tick.map(|(_, text)| text.clone()).unwrap_or_default();
    let unit = scale::time_unit(panels.from, panels.to);
    let right = format!("{} {unit}", text(last));
    let first = text(first);
    let gap = wide.saturating_sub(first.chars().count());
    let _ = writeln!(out, "{:LEFT$} {first}{right:>gap$}", "");
}

/// The characters of a plot.
struct Dots {
    columns: usize,
    rows: usize,
    /// The dots of each, and the line that was drawn last.
    cells: Vec<(u8, usize)>,
}

impl Dots {
    fn new(columns: usize, rows: usize) -> Self {
        Self { columns, rows, cells: vec![(0, 0); columns * rows] }
    }

    fn at(&self, column: usize, row: usize) -> (u8, usize) {
        self.cells[row * self.columns + column]
    }

    fn draw(&mut self, line: &Line, number: usize, panels: &Panels, scale: &Scale) {
        let (wide, high) = ((self.columns * 2 - 1) as f64, (self.rows * 4 - 1) as f64);
        let length = (panels.to - panels.from).max(f64::MIN_POSITIVE);
        let place = |(at, value): &(f64, f64)| {
            let x = ((at - panels.from) / length).clamp(0.0, 1.0) * wide;
            (x, (1.0 - scale.place(*value).clamp(0.0, 1.0)) * high)
        };
        for run in &line.runs {
            let points: Vec<_> = run.iter().map(place).collect();
            if let [(x, y)] = points[..] {
                self.dot(x, y, number);
            }
            for pair in points.windows(2) {
                let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
                let steps = (x1 - x0).abs().max((y1 - y0).abs()).ceil().max(1.0);
                let mut step = 0.0;
                while step <= steps {
                    let share = step / steps;
                    self.dot(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, number);
                    step += 1.0;
                }
            }
        }
    }

    fn dot(&mut self, x: f64, y: f64, line: usize) {
        // The dots of a character, from the upper left: as Unicode counts them.
        const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the plot"
        )]
        let (x, y) = (x.round() as usize, y.round() as usize);
        if let Some(cell) = self.cells.get_mut(y / 4 * self.columns + x / 2) {
            cell.0 |= BITS[y % 4][x % 2];
            cell.1 = line;
        }
    }
}

fn braille(bits: u8) -> char {
    char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ')
}

/// Without what a terminal would take for an order.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::scale::Measure, *};

    fn panels(points: &[(f64, Option<f64>)]) -> Panels {
        let line = Line::new("a\x1b[31m", points.iter().copied(), |_, _| false);
        let panel = Panel {
            title: "CPU use".to_owned(),
            measure: Measure::Percent,
            lines: vec![line],
            limits: Vec::new(),
            bands: Vec::new(),
        };
        Panels { from: 0.0, to: 60.0, all: vec![panel], marks: Vec::new() }
    }

    #[test]
    fn a_rise_goes_from_the_lower_left_to_the_upper_right() {
        let text = render(&panels(&[(0.0, Some(0.0)), (60.0, Some(97.0))]), 31, 6, false);
        let rows: Vec<_> = text.lines().collect();
        assert_eq!(rows.len(), 6, "{text}");
        assert_eq!(rows[0], "CPU use  a[31m 97.0 %");
        assert!(rows[1].starts_with("     100 %│ ") && rows[1].ends_with(is_dots), "{text}");
        assert!(rows[4].starts_with("       0 %│") && rows[4].ends_with(is_dots), "{text}");
        // The first dot stands in the lowest row, the last in the highest.
        let first = |row: &str| row.chars().position(is_dots);
        assert!(first(rows[4]) == Some(11) && first(rows[1]) > first(rows[2]), "{text}");
        assert_eq!(rows[5], format!("{:11}0{:>19}", "", "60 s"));
    }

    fn is_dots(c: char) -> bool {
        ('\u{2801}'..='\u{28ff}').contains(&c)
    }

    #[test]
    fn a_gap_is_a_gap_and_colours_are_for_terminals() {
        let points = [(0.0, Some(90.0)), (20.0, Some(90.0)), (30.0, None), (50.0, Some(90.0))];
        let coloured = render(&panels(&points), 40, 6, true);
        assert!(coloured.contains("\x1b[36m"), "{coloured}");
        let text = render(&panels(&points), 40, 6, false);
        assert!(!text.contains('\x1b'), "{text}");
        let row = text.lines().find(|row| row.contains(is_dots)).unwrap();
        let drawn = row.trim_end().trim_start_matches(|c| !is_dots(c));
        assert!(drawn.contains("    ") && drawn.ends_with(is_dots), "{text}");
        assert!(render(&panels(&[]), 40, 6, false).starts_with("CPU use  a[31m –\n"));
    }
}
