//! Exposition text that someone else wrote, taken apart into families.

use std::collections::BTreeMap;

use super::text;

/// The families of a text, by name.
///
/// Families that the text names twice are joined. Where the two disagree on the type, the
/// first stands and the other is left out: Prometheus refuses a whole scrape over it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Families(BTreeMap<String, Block>);

#[derive(Debug, Clone, Default, PartialEq)]
struct Block {
    help: Option<String>,
    kind: Option<String>,
    samples: String,
}

impl Families {
    /// Takes a text apart; comments and blank lines are not kept.
    pub(crate) fn parse(text: &str) -> Self {
        let mut families = Self::default();
        // The family that sample lines belong to, or `None` where they are to be left out.
        let mut current: Option<String> = None;
        let mut left_out: Option<(String, String)> = None;
        for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
            if let Some((name, help)) = declaration(line, "HELP") {
                families.block(name).help.get_or_insert_with(|| help.to_owned());
            } else if let Some((name, kind)) = declaration(line, "TYPE") {
                let kind = kind.trim();
                let known = families.block(name).kind.get_or_insert_with(|| kind.to_owned());
                if known == kind {
                    (current, left_out) = (Some(name.to_owned()), None);
                } else {
                    (current, left_out) = (None, Some((name.to_owned(), kind.to_owned())));
                }
            } else if !line.starts_with('#') {
                families.sample(line, &mut current, left_out.as_ref());
            }
        }
        families.0.retain(|_, block| !block.samples.is_empty());
        families
    }

    fn block(&mut self, name: &str) -> &mut Block {
        self.0.entry(name.to_owned()).or_default()
    }

    fn sample(
        &mut self,
        line: &str,
        current: &mut Option<String>,
        left_out: Option<&(String, String)>,
    ) {
        let name = line.split(['{', ' ', '\t']).next().unwrap_or_default();
        if left_out.is_some_and(|(family, kind)| belongs(name, family, Some(kind))) {
            return;
        }
        let family = match current.as_deref() {
            Some(family) if belongs(name, family, self.kind(family)) => family.to_owned(),
            _ => self.home(name).to_owned(),
        };
        let samples = &mut self.block(&family).samples;
        samples.push_str(line.trim_end());
        samples.push('\n');
        *current = Some(family);
    }

    /// The family a sample of that name belongs to where no TYPE line stands just above it.
    fn home<'a>(&self, name: &'a str) -> &'a str {
        let stem = PARTS.iter().find_map(|part| name.strip_suffix(part));
        stem.filter(|stem| belongs(name, stem, self.kind(stem))).unwrap_or(name)
    }

    fn kind(&self, family: &str) -> Option<&String> {
        self.0.get(family).and_then(|block| block.kind.as_ref())
    }

    /// Types fractional counters as what they are.
    ///
    /// The facade's counters are whole numbers, so a recorder that is not resmon's has them
    /// as gauges.
    pub(crate) fn put_right(&mut self, is_fractional: &dyn Fn(&str) -> bool) {
        for (name, block) in &mut self.0 {
            if block.kind.as_deref() == Some("gauge") && is_fractional(name) {
                block.kind = Some("counter".to_owned());
            }
        }
    }

    /// Leaves out whole families by name.
    pub(crate) fn leave_out(&mut self, unwanted: &dyn Fn(&str) -> bool) {
        self.0.retain(|name, _| !unwanted(name));
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Each family's name and text, sorted by name.
    pub(crate) fn into_texts(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter().map(|(name, block)| {
            let mut out = String::with_capacity(block.samples.len() + 128);
            if let Some(help) = block.help {
                // Still escaped, as it was read.
                out.push_str("# HELP ");
                out.push_str(&name);
                out.push(' ');
                out.push_str(&help);
                out.push('\n');
            }
            if let Some(kind) = block.kind {
                text::write_type(&mut out, &name, &kind);
            }
            out.push_str(&block.samples);
            (name, out)
        })
    }
}

const PARTS: [&str; 3] = ["_bucket", "_sum", "_count"];

/// Whether a sample named `name` is one of `family`, which may be a histogram or summary.
fn belongs(name: &str, family: &str, kind: Option<&String>) -> bool {
    match name.strip_prefix(family) {
        Some("") => true,
        Some(part) => {
            PARTS.contains(&part)
                && kind.is_some_and(|kind| kind == "histogram" || kind == "summary")
        }
        None => false,
    }
}

/// The name and the rest of a `# HELP` or `# TYPE` line.
fn declaration<'a>(line: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let rest = line.strip_prefix('#')?.trim_start().strip_prefix(word)?;
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let (name, rest) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    (!name.is_empty()).then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure;

    fn whole(families: Families) -> String {
        families.into_texts().map(|(_, text)| text).collect()
    }

    fn is_fractional(name: &str) -> bool {
        figure::definition(name).is_some_and(figure::Definition::is_fractional)
    }

    #[test]
    fn fractional_counters_are_typed_counter_and_nothing_else_changes() {
        for definition in figure::catalogue() {
            let name = definition.name();
            let text = format!("# TYPE {name} gauge\n{name}{{a=\"# TYPE\"}} 0.5\n");
            let mut families = Families::parse(&text);
            families.put_right(&is_fractional);
            let expected = if definition.is_fractional() { "counter" } else { "gauge" };
            let expected = text.replacen("gauge", expected, 1);
            assert_eq!(whole(families), expected);
        }
    }

    #[test]
    fn families_are_sorted_and_keep_their_help_and_samples() {
        let text = "# HELP b Of b \\\\ and \\n.\n# TYPE b counter\nb{x=\"1\"} 1\nb{x=\"2\"} 2\n\n\
                    # a comment\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 2\na_count 1\n";
        let expected = "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 2\na_count 1\n\
                        # HELP b Of b \\\\ and \\n.\n# TYPE b counter\nb{x=\"1\"} 1\nb{x=\"2\"} 2\n";
        assert_eq!(whole(Families::parse(text)), expected);
    }

    #[test]
    fn a_whole_family_goes_with_its_parts_and_its_namesakes_stay() {
        let text = "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 2\na_count 1\n\
                    # TYPE a_b gauge\na_b 1\na_c 3\n";
        let mut families = Families::parse(text);
        families.leave_out(&|name| name == "a");
        assert_eq!(whole(families), "# TYPE a_b gauge\na_b 1\na_c 3\n");
    }

    #[test]
    fn a_name_with_two_types_keeps_the_first() {
        let text = "# TYPE x counter\nx 1\n# TYPE y gauge\ny 1\n# TYPE x gauge\nx{a=\"b\"} 2\n";
        let families = Families::parse(text);
        assert_eq!(whole(families), "# TYPE x counter\nx 1\n# TYPE y gauge\ny 1\n");
    }

    #[test]
    fn scattered_families_are_joined() {
        let text = "# TYPE x histogram\nx_count 1\n# TYPE y gauge\ny 1\nx_sum 2\n";
        let expected = "# TYPE x histogram\nx_count 1\nx_sum 2\n# TYPE y gauge\ny 1\n";
        assert_eq!(whole(Families::parse(text)), expected);
    }

    #[test]
    fn samples_without_a_type_and_the_end_mark_of_open_metrics_are_no_trouble() {
        assert_eq!(whole(Families::parse("plain 1\n# EOF\n")), "plain 1\n");
    }
}
