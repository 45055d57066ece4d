//! What a monitor shows as pictures.

use std::time::Duration;

use super::handle::Handle;
use crate::{
    Figure,
    chart::{Chart, Theme, Words},
    server::{Picture, Query, Refused},
};

/// How much of the past is drawn unless a request says.
const LAST: Duration = Duration::from_mins(1);
/// Pixels of a side at most: a picture should not take the memory of its program.
const MOST: u32 = 2_000;
/// Functions of one panel.
const MOST_FUNCTIONS: usize = 8;
/// Panels that may be asked for besides the first two.
const MOST_PANELS: usize = 3;

/// `last`, or `from` and `to`; `figure`, `panel` and `function` as often as there are, `width`,
/// `height`, `theme` and `lang`.
pub(super) fn draw(handle: &Handle, picture: Picture, query: &Query) -> Result<Vec<u8>, Refused> {
    let last = query.seconds("last")?;
    let (from, to) = (query.moment("from")?, query.moment("to")?);
    let figures: Vec<&str> = query.all("figure").collect();
    let all = handle.history().series();
    for text in &figures {
        let figure = Figure::from(*text);
        if !all.iter().any(|series| figure.selects(series.name(), &series.labels())) {
            return Err(Refused::not_found(format!("there is no figure {text:?}")));
        }
    }
    let kept = if figures.is_empty() { handle.overview() } else { handle.chart(figures) };
    let mut chart: Chart<'_> = match (last, from, to) {
        (None, Some(from), Some(to)) => kept.within(from..to),
        (None, Some(from), None) => kept.within(from..),
        (None, None, Some(to)) => kept.within(..to),
        _ => kept.last(last.unwrap_or(LAST)),
    };
    let functions: Vec<&str> = query.all("function").collect();
    if functions.len() > MOST_FUNCTIONS {
        return Err(Refused::bad(format!("more than {MOST_FUNCTIONS} functions are too many")));
    }
    if !functions.is_empty() {
        chart = chart.functions(functions);
    }
    if query.all("panel").count() > MOST_PANELS {
        return Err(Refused::bad(format!("more than {MOST_PANELS} panels are too many")));
    }
    for panel in query.all("panel") {
        chart = match panel {
            "disk" => chart.disk(),
            "network" => chart.network(),
            "pressure" => chart.pressure(),
            _ => {
                return Err(Refused::bad(format!(
                    "panel={panel:?} is none of disk, network, pressure"
                )));
            }
        };
    }
    let chart = dressed(chart, query)?;
    match picture {
        Picture::Svg => Ok(chart.to_svg().into_bytes()),
        Picture::Png => chart.to_png().map_err(|error| Refused::bad(format!("{error:?}"))),
    }
}

/// In the size, the theme and the language that are asked for.
fn dressed<'a>(mut chart: Chart<'a>, query: &Query) -> Result<Chart<'a>, Refused> {
    let (width, height) = (query.get::<u32>("width")?, query.get::<u32>("height")?);
    if let Some(side) = width.into_iter().chain(height).find(|side| *side > MOST) {
        return Err(Refused::bad(format!("{side} pixels are too many: {MOST} a side at most")));
    }
    if width.is_some() || height.is_some() {
        chart = chart.size(width.unwrap_or(1_000), height.unwrap_or(800));
    }
    chart = match query.all("theme").next() {
        None | Some("light") => chart,
        Some("dark") => chart.theme(Theme::Dark),
        Some(other) => {
            return Err(Refused::bad(format!("theme={other:?} is neither light nor dark")));
        }
    };
    match query.all("lang").next() {
        None | Some("en") => Ok(chart),
        Some("ko") => Ok(chart.words(Words::korean())),
        Some(other) => Err(Refused::bad(format!("lang={other:?} is neither en nor ko"))),
    }
}
