//! The first page: plain HTML that needs no script and nothing from elsewhere.

use std::{fmt::Write, time::Duration};

use super::units;

/// The page's one style. It stands in the page, and the policy below names its hash.
const STYLE: &str = include_str!("page.css");

/// What a browser may do with the page: show it, styled by [`STYLE`] and nothing else.
pub(super) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-Df8zu27ec4REbeWwtpVSSOXl+X+4HbV5cNIZA6EYbZY='; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// What the page shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PageModel {
    /// The program's name.
    pub(crate) program: String,
    pub(crate) pid: u32,
    pub(crate) host: String,
    /// Since the process started.
    pub(crate) uptime: Duration,
    /// In this order.
    pub(crate) tiles: Vec<Tile>,
    /// In this order, those of one group together.
    pub(crate) figures: Vec<FigureRow>,
    /// In this order.
    pub(crate) functions: Vec<FunctionRow>,
}

/// A figure large enough to be seen from afar.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tile {
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// A few words below, or nothing.
    pub(crate) note: String,
    /// How much of the whole it is, 0 to 1, where there is a whole.
    pub(crate) share: Option<f64>,
}

/// Figures that stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) title: &'static str,
    /// Whether its rows are shown at once.
    pub(crate) open: bool,
}

/// One series and its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FigureRow {
    pub(crate) group: Group,
    pub(crate) name: String,
    pub(crate) labels: String,
    pub(crate) value: String,
    pub(crate) help: String,
}

/// One annotated function. Times are in seconds, and absent where it was never called or is
/// not timed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct FunctionRow {
    pub(crate) function: String,
    pub(crate) module: String,
    pub(crate) calls: u64,
    pub(crate) errors: u64,
    pub(crate) panics: u64,
    pub(crate) cancelled: u64,
    pub(crate) p50: Option<f64>,
    pub(crate) p95: Option<f64>,
    pub(crate) p99: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) total: Option<f64>,
}

/// Renders the page. It loads itself anew every five seconds.
pub(crate) fn page(model: &PageModel) -> String {
    let mut html = String::with_capacity(16 * 1024);
    head(&mut html, model);
    tiles(&mut html, &model.tiles);
    functions(&mut html, &model.functions);
    figures(&mut html, &model.figures);
    html.push_str(
        "</main><footer class=\"soft\">Reloads every 5 seconds. \
         Times and counts of functions are since the program started.</footer></html>\n",
    );
    html
}

/// Text that cannot be taken for markup, in an element or an attribute.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

// Here and below: writing to a String cannot fail.
fn head(html: &mut String, model: &PageModel) {
    let (program, host) = (Escaped(&model.program), Escaped(&model.host));
    let uptime = units::seconds(model.uptime.as_secs_f64());
    let (pid, version) = (model.pid, env!("CARGO_PKG_VERSION"));
    let _ = write!(
        html,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{program} · resmon</title>\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta http-equiv=\"refresh\" content=\"5\"><style>{STYLE}</style>\
         <header><h1>{program}</h1><nav><a href=\"metrics\">/metrics</a> <a href=\"healthz\">/healthz</a></nav>\
         <ul class=\"facts\"><li>pid {pid}</li><li>on {host}</li><li>up {uptime}</li>\
         <li>resmon {version}</li></ul></header><main>"
    );
}

fn tiles(html: &mut String, tiles: &[Tile]) {
    html.push_str("<div class=\"tiles\">");
    for tile in tiles {
        let (label, value, note) = (Escaped(tile.label), Escaped(&tile.value), Escaped(&tile.note));
        let _ = write!(html, "<div class=\"tile\">{label}<b>{value}</b><small>{note}</small>");
        if let Some(share) = tile.share.filter(|share| share.is_finite()) {
            let share = share.clamp(0.0, 1.0);
            let _ = write!(html, "<meter aria-label=\"{label}\" value=\"{share:.4}\"></meter>");
        }
        html.push_str("</div>");
    }
    html.push_str("</div>");
}

fn functions(html: &mut String, functions: &[FunctionRow]) {
    html.push_str("<h2>Functions</h2><div class=\"card\">");
    if functions.is_empty() {
        html.push_str(
            "<p class=\"none soft\">No function is annotated yet. \
             Put <code>#[resmon::timed]</code> on one to see its calls here.</p></div>",
        );
        return;
    }
    html.push_str(
        "<table class=\"functions\"><thead><tr><th>Function<th>Calls<th>Errors<th>Panics<th>Cancelled\
         <th>p50<th>p95<th>p99<th>Max<th>Total</thead><tbody>",
    );
    for row in functions {
        function(html, row);
    }
    html.push_str("</tbody></table></div>");
}

fn function(html: &mut String, row: &FunctionRow) {
    let (function, module) = (Escaped(&row.function), Escaped(&row.module));
    let _ = write!(html, "<tr><th scope=\"row\"><code>{function}</code><small>{module}</small>");
    cell(html, "Calls", "", &units::count(row.calls as f64));
    let failures = [("Errors", row.errors), ("Panics", row.panics), ("Cancelled", row.cancelled)];
    for (label, count) in failures {
        let class = match (count, label) {
            (0, _) => " class=\"soft\"",
            (_, "Cancelled") => "",
            _ => " class=\"bad\"",
        };
        cell(html, label, class, &units::count(count as f64));
    }
    let times = [("p50", row.p50), ("p95", row.p95), ("p99", row.p99), ("Max", row.max)];
    for (label, time) in times.into_iter().chain([("Total", row.total)]) {
        cell(html, label, "", &time.map_or_else(|| "–".to_owned(), units::seconds));
    }
}

/// The label is shown where the screen is too narrow for a heading.
fn cell(html: &mut String, label: &str, class: &str, value: &str) {
    let _ = write!(html, "<td data-label=\"{label}\"{class}>{}", Escaped(value));
}

fn figures(html: &mut String, figures: &[FigureRow]) {
    html.push_str("<h2>Figures</h2><div class=\"groups\">");
    for group in figures.chunk_by(|one, next| one.group == next.group) {
        let Some(Group { title, open }) = group.first().map(|row| row.group) else { continue };
        let open = if open { " open" } else { "" };
        let _ = write!(
            html,
            "<details class=\"card\"{open}><summary><h3>{}</h3> <small>{}</small></summary>\
             <table class=\"figures\"><tbody>",
            Escaped(title),
            group.len()
        );
        for row in group {
            // Long names may break, after an underscore.
            let breakable = |text| Escaped(text).to_string().replace('_', "_<wbr>");
            let (name, labels) = (breakable(&row.name), breakable(&row.labels));
            let (value, help) = (Escaped(&row.value), Escaped(&row.help));
            let _ = write!(html, "<tr title=\"{help}\"><th scope=\"row\"><code>{name}</code>");
            if !row.labels.is_empty() {
                let _ = write!(html, "<small><code>{labels}</code></small>");
            }
            let _ = write!(html, "<td>{value}");
        }
        html.push_str("</tbody></table></details>");
    }
    html.push_str("</div>");
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use sha2::{Digest, Sha256};

    use super::*;

    const EVIL: &str = "<script>alert('1')</script>\" onload=\"x&amp;";

    fn evil() -> PageModel {
        let text = || EVIL.to_owned();
        PageModel {
            program: text(),
            host: text(),
            tiles: vec![Tile { label: "CPU", value: text(), note: text(), share: Some(f64::NAN) }],
            figures: vec![FigureRow {
                group: Group { title: "Process", open: true },
                name: text(),
                labels: text(),
                value: text(),
                help: text(),
            }],
            functions: vec![FunctionRow {
                function: text(),
                module: text(),
                ..FunctionRow::default()
            }],
            ..PageModel::default()
        }
    }

    #[test]
    fn nothing_shown_can_become_markup() {
        let html = page(&evil());
        assert!(!html.contains("<script") && !html.contains("\" onload"), "{html}");
        assert_eq!(html.matches("&lt;script&gt;alert(&#39;1&#39;)").count(), 11);
        assert!(html.contains("onload=&quot;x&amp;amp;"));
    }

    #[test]
    fn the_policy_names_the_hash_of_the_style() {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        let named = CONTENT_SECURITY_POLICY.split("'sha256-").nth(1).unwrap();
        assert_eq!(named.split('\'').next().unwrap(), hash, "the style changed: put this hash in");
        assert!(page(&evil()).contains(&format!("<style>{STYLE}</style>")));
        assert!(!STYLE.contains('\r'), "a checkout with other line ends would change the hash");
    }

    #[test]
    fn the_page_needs_nothing_that_the_policy_forbids() {
        let html = page(&evil());
        for forbidden in ["style=", "src=", "<link", "<form", "http://", "https://", "url("] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn figures_are_grouped_and_functions_have_their_times() {
        let mut model = evil();
        model.figures.push(FigureRow {
            group: Group { title: "Machine", open: false },
            ..model.figures[0].clone()
        });
        model.functions[0] = FunctionRow {
            function: "checkout".to_owned(),
            module: "shop".to_owned(),
            calls: 12_345,
            errors: 2,
            p50: Some(0.025),
            ..FunctionRow::default()
        };
        let html = page(&model);
        assert_eq!(html.matches("<details").count(), 2);
        assert_eq!(html.matches("<details class=\"card\" open>").count(), 1);
        assert!(html.contains(
            "<td data-label=\"Calls\">12\u{202f}345<td data-label=\"Errors\" class=\"bad\">2"
        ));
        assert!(html.contains("<td data-label=\"p50\">25\u{202f}ms<td data-label=\"p95\">–"));
    }

    #[test]
    fn without_functions_it_says_how_to_get_some() {
        assert!(page(&PageModel::default()).contains("#[resmon::timed]"));
    }
}
