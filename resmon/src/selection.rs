//! What is left out of the export, and the labels that every exported series bears.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use metrics::Label;

use crate::figure::{self, Definition};

type FunctionFilter = Box<dyn Fn(&str, &str) -> bool + Send + Sync>;

/// What the builder's `label`, `without` and `functions` say.
#[derive(Default)]
pub(crate) struct Selection {
    pub(crate) labels: Vec<(String, String)>,
    /// Names of families, or their beginning followed by `*`.
    pub(crate) without: Vec<String>,
    pub(crate) functions: Option<FunctionFilter>,
    /// Whether the figures of the machine are exported.
    pub(crate) machine: bool,
    /// Whether those of the container are.
    pub(crate) container: bool,
}

impl Selection {
    /// Whether the family of that name is exported.
    pub(crate) fn wants(&self, family: &str) -> bool {
        figure::definition(family).is_none_or(|figure| self.exports(figure))
            && !self.leaves_out(family)
    }

    /// Whether a figure is exported if nothing leaves it out.
    pub(crate) fn exports(&self, figure: &Definition) -> bool {
        figure.is_always_exported()
            || (self.machine && figure.is_of_machine())
            || (self.container && figure.is_of_container())
    }

    /// Whether a pattern leaves the family of that name out.
    pub(crate) fn leaves_out(&self, family: &str) -> bool {
        self.without.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => family.starts_with(start),
            None => family == pattern,
        })
    }

    /// Whether that function is exported. Asks the program, which may take locks: not to be
    /// called under one.
    pub(crate) fn wants_function(&self, function: &str, module: &str) -> bool {
        let ask = |wants: &FunctionFilter| {
            catch_unwind(AssertUnwindSafe(|| wants(function, module))).unwrap_or(false)
        };
        self.functions.as_ref().is_none_or(ask)
    }

    /// Adds the labels of every series to those that a series has, whose own stand.
    pub(crate) fn add_labels(&self, labels: &mut Vec<Label>) {
        for (key, value) in &self.labels {
            if labels.iter().all(|own| own.key() != key) {
                labels.push(Label::new(key.clone(), value.clone()));
            }
        }
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selection")
            .field("labels", &self.labels)
            .field("without", &self.without)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_leaves_out_the_families_that_begin_so() {
        let without = vec!["process_*".to_owned(), "resmon_build_info".to_owned()];
        let selection = Selection { without, ..Selection::default() };
        assert!(!selection.wants("process_open_fds"));
        assert!(!selection.wants("resmon_build_info"));
        assert!(selection.wants("resmon_build_info_extra"));
        assert!(selection.wants("function_calls_total"));
    }

    #[test]
    fn the_machine_is_exported_where_that_is_asked_for() {
        let quiet = Selection::default();
        assert!(!quiet.wants("node_load1") && !quiet.wants("system_cpu_utilization_ratio"));
        assert!(quiet.wants("resmon_cpu_limit_cores") && quiet.wants("system_of_my_own"));
        let machine = Selection { machine: true, ..Selection::default() };
        assert!(machine.wants("node_load1") && machine.wants("system_cpu_utilization_ratio"));
    }

    #[test]
    fn a_filter_that_panics_wants_nothing() {
        let functions: FunctionFilter = Box::new(|function, _| function.parse::<u8>().is_ok());
        let selection = Selection { functions: Some(functions), ..Selection::default() };
        assert!(selection.wants_function("7", "") && !selection.wants_function("f", ""));
        let functions: FunctionFilter = Box::new(|_, _| panic!("on purpose"));
        let selection = Selection { functions: Some(functions), ..Selection::default() };
        assert!(!selection.wants_function("f", ""));
    }

    #[test]
    fn a_label_that_the_series_has_itself_stands() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let labels = vec![pair("version", "global"), pair("zone", "a")];
        let selection = Selection { labels, ..Selection::default() };
        let mut own = vec![Label::new("version", "own")];
        selection.add_labels(&mut own);
        assert_eq!(own, [Label::new("version", "own"), Label::new("zone", "a")]);
    }
}
