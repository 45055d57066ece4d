//! What is left out of the export, and the labels that every exported series bears.

use std::fmt;

type FunctionFilter = Box<dyn Fn(&str, &str) -> bool + Send + Sync>;

/// What the builder's `label`, `without` and `functions` say.
#[derive(Default)]
pub(crate) struct Selection {
    pub(crate) labels: Vec<(String, String)>,
    /// Names of families, or their beginning followed by `*`.
    pub(crate) without: Vec<String>,
    pub(crate) functions: Option<FunctionFilter>,
}

impl Selection {
    /// Whether the family of that name is exported.
    pub(crate) fn wants(&self, family: &str) -> bool {
        !self.without.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => family.starts_with(start),
            None => family == pattern,
        })
    }

    /// Whether that function is exported.
    pub(crate) fn wants_function(&self, function: &str, module: &str) -> bool {
        self.functions.as_ref().is_none_or(|wants| wants(function, module))
    }

    /// The labels as the facade takes them.
    pub(crate) fn facade_labels(&self) -> impl Iterator<Item = metrics::Label> + '_ {
        self.labels.iter().map(|(key, value)| metrics::Label::new(key.clone(), value.clone()))
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
}
