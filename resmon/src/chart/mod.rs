//! Charts: the same picture as SVG and as PNG, from a recorded run or from what a monitor keeps.

mod font;
mod layout;
mod line;
mod panel;
mod panels;
mod png;
mod scale;
mod scene;
mod svg;
mod terminal;
mod theme;
mod timeline;
mod words;

use std::{
    borrow::Cow,
    fmt,
    ops::{Bound, RangeBounds},
    path::Path,
    time::{Duration, SystemTime},
};

pub use theme::Theme;
pub(crate) use timeline::Timeline;
pub use words::Words;

use self::{font::Fonts, layout::Page, panels::Subject, scene::Scene, timeline::Kept};
use crate::{Error, Figure, History, file};

/// A picture of figures over time: panels one above another, each with its title, axes, units,
/// grid and legend.
///
/// It begins with CPU above memory, or with the figures it was asked for. Times without a sample
/// are gaps, and a spike of a single sample is seen however long the time is.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use resmon::chart::{Theme, Words};
///
/// # fn main() -> Result<(), resmon::Error> {
/// let run = resmon::record(Duration::from_millis(100), Duration::from_millis(20))?;
/// let chart = run.chart().disk().size(800, 900).theme(Theme::Dark).words(Words::korean());
/// let svg = chart.to_svg();
/// assert!(svg.starts_with("<svg") && svg.contains("메모리"));
/// # let folder = std::env::temp_dir().join(format!("resmon-chart-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).expect("a folder");
/// # let path = folder.join("run.png");
/// chart.save(&path)?; // or .svg
/// # assert!(std::fs::read(&path).expect("it is there").starts_with(b"\x89PNG"));
/// # std::fs::remove_dir_all(&folder).expect("it is there");
/// # Ok(())
/// # }
/// ```
#[must_use = "a chart is drawn by to_svg, to_png or save"]
pub struct Chart<'a> {
    timeline: Box<dyn Timeline + 'a>,
    subjects: Vec<Subject>,
    width: u32,
    height: Option<u32>,
    scale: f32,
    theme: Theme,
    words: Words,
    fonts: Fonts,
}

impl<'a> Chart<'a> {
    pub(crate) fn of(timeline: impl Timeline + 'a) -> Self {
        Self {
            timeline: Box::new(timeline),
            subjects: vec![Subject::Cpu, Subject::Memory],
            width: 1000,
            height: None,
            scale: 1.0,
            theme: Theme::default(),
            words: Words::default(),
            fonts: Fonts::default(),
        }
    }

    /// Of what a monitor keeps; without figures, of CPU and memory.
    pub(crate) fn kept(history: History, interval: Duration, figures: Vec<Figure>) -> KeptChart {
        KeptChart { history, interval, figures }
    }

    /// Adds a panel with what the process reads from storage and writes to it.
    pub fn disk(self) -> Self {
        self.with(Subject::Disk)
    }

    /// Adds a panel with what goes through the machine's interfaces.
    pub fn network(self) -> Self {
        self.with(Subject::Network)
    }

    /// Adds a panel with the share of time in which work waited for CPU, memory and I/O.
    pub fn pressure(self) -> Self {
        self.with(Subject::Pressure)
    }

    /// Adds a panel with what 95 of 100 calls of those functions kept to, `checkout` or
    /// `shop::checkout`, each second in which they were called. Of a monitor or of a run of this
    /// process, for as long as a monitor would [keep](crate::Handle::functions_in) it.
    pub fn functions<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.with(Subject::Functions(names.into_iter().map(Into::into).collect()))
    }

    /// Adds a panel with those figures, of counters what they gain a second. The first one
    /// gives the unit.
    pub fn figures<F: Into<Figure>>(self, figures: impl IntoIterator<Item = F>) -> Self {
        self.with(Subject::Figures(figures.into_iter().map(Into::into).collect()))
    }

    fn with(mut self, subject: Subject) -> Self {
        self.subjects.push(subject);
        self
    }

    /// Width and height in pixels, at least 200 by 120; 1000 by 400 a panel unless it is said.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        (self.width, self.height) = (width, Some(height));
        self
    }

    /// Pixels of a PNG for each pixel of the size: 2 for screens with small ones.
    pub fn pixel_ratio(mut self, ratio: f32) -> Self {
        self.scale = ratio;
        self
    }

    /// Light or dark.
    pub fn theme(mut self, theme: Theme) -> Self {
        self.theme = theme;
        self
    }

    /// The words that are written: English, Korean, or one's own.
    pub fn words(mut self, words: Words) -> Self {
        self.words = words;
        self
    }

    /// The font of a PNG, a TrueType or OpenType file, in front of the bundled ones. Those have
    /// Latin letters and the syllables of the Korean words. Whoever shows an SVG has its font.
    ///
    /// # Errors
    ///
    /// Bytes that are no such file.
    pub fn font(mut self, font: impl Into<Cow<'static, [u8]>>) -> Result<Self, Error> {
        self.fonts = Fonts::behind(font.into())?;
        Ok(self)
    }

    /// What is written that no font has: boxes stand for it in a PNG.
    pub fn missing_characters(&self) -> String {
        let scene = self.scene();
        let texts = scene.shapes.iter().filter_map(|shape| match shape {
            scene::Shape::Text(text) => Some(text.words.as_str()),
            _ => None,
        });
        self.fonts.missing(texts).into_iter().collect()
    }

    /// The picture as SVG.
    pub fn to_svg(&self) -> String {
        let title = self.panels().all.iter().map(|p| p.title.clone()).collect::<Vec<_>>();
        svg::render(&self.scene(), &title.join(", "))
    }

    /// The picture as text, each panel so many columns wide and rows high, lines in dots of
    /// braille: for a log, or a terminal.
    pub fn to_text(&self, columns: usize, rows: usize) -> String {
        terminal::render(&self.panels(), columns, rows, false)
    }

    /// With the colours of a terminal.
    pub(crate) fn to_terminal(&self, columns: usize, rows: usize) -> String {
        let each = rows / self.subjects.len().max(1);
        terminal::render(&self.panels(), columns, each, true)
    }

    /// The picture as PNG. Characters that no font has are boxes, and a warning tells of them.
    ///
    /// # Errors
    ///
    /// A size that no picture can have.
    pub fn to_png(&self) -> Result<Vec<u8>, Error> {
        let missing = self.missing_characters();
        if !missing.is_empty() {
            tracing::warn!(
                target: "resmon",
                missing,
                "a chart has characters that its fonts lack: give one that has them by Chart::font",
            );
        }
        png::render(&self.scene(), &self.fonts, self.scale)
    }

    /// Saves it as what the end of the path says: `.png` or `.svg`. A file that is there is
    /// replaced whole, or not at all.
    ///
    /// # Errors
    ///
    /// Another suffix, or a file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let attempt = || format!("save the chart as {}", path.display());
        let bytes = match file::suffix(path).as_str() {
            "svg" => self.to_svg().into_bytes(),
            "png" => self.to_png()?,
            _ => {
                let reason = "the path must end in .png or .svg";
                return Err(Error::config(attempt()).because(reason));
            }
        };
        file::replace(path, &bytes).map_err(|cause| Error::task(attempt()).because(cause))
    }

    fn panels(&self) -> panel::Panels {
        panels::panels(&*self.timeline, &self.subjects, &self.words)
    }

    fn scene(&self) -> Scene {
        let panels = self.panels();
        let each = u32::try_from(panels.all.len()).unwrap_or(1).saturating_mul(400);
        let page = Page {
            width: self.width.max(200),
            height: self.height.unwrap_or(each).max(120),
            palette: self.theme.palette(),
            words: &self.words,
            fonts: &self.fonts,
        };
        layout::scene(&page, &panels)
    }
}

impl fmt::Debug for Chart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chart")
            .field("subjects", &self.subjects)
            .field("theme", &self.theme)
            .finish_non_exhaustive()
    }
}

/// A chart of what a monitor keeps, of which it is not said yet how much.
#[derive(Debug)]
#[must_use = "say how much of the past it shows: last, or all"]
pub struct KeptChart {
    history: History,
    interval: Duration,
    figures: Vec<Figure>,
}

impl KeptChart {
    /// The last so long.
    pub fn last(self, length: Duration) -> Chart<'static> {
        let Self { history, interval, figures } = self;
        Self::of(figures, Kept::last(history, length, interval))
    }

    /// From one time to another by the wall clock: `from..to`, `from..`.
    pub fn within(self, times: impl RangeBounds<SystemTime>) -> Chart<'static> {
        let time = |bound: Bound<&SystemTime>| match bound {
            Bound::Included(time) | Bound::Excluded(time) => Some(*time),
            Bound::Unbounded => None,
        };
        let (from, to) = (time(times.start_bound()), time(times.end_bound()));
        let Self { history, interval, figures } = self;
        Self::of(figures, Kept::within(history, from, to, interval))
    }

    fn of(figures: Vec<Figure>, timeline: Kept) -> Chart<'static> {
        let mut chart = Chart::of(timeline);
        if !figures.is_empty() {
            chart.subjects = vec![Subject::Figures(figures)];
        }
        chart
    }

    /// Everything that is kept.
    pub fn all(self) -> Chart<'static> {
        let length = self.history.reach().max(self.interval);
        self.last(length)
    }
}
