//! Rows with names: disks, interfaces, CPUs. Used again at every reading, without allocating.

/// Rows beyond so many are left out: a machine with ten thousand interfaces must not fill
/// the memory of a program that looks on.
const MOST: usize = 1_024;

/// As many rows as the latest reading found.
#[derive(Debug, Clone)]
pub(crate) struct Rows<T> {
    rows: Vec<(String, T)>,
    used: usize,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), used: 0 }
    }
}

impl<T> Rows<T> {
    pub(crate) fn clear(&mut self) {
        self.used = 0;
    }

    /// Adds a row, unless there are too many.
    pub(crate) fn add(&mut self, name: &str, value: T) {
        match self.rows.get_mut(self.used) {
            Some((own, place)) => {
                own.clear();
                own.push_str(name);
                *place = value;
            }
            None if self.used == MOST => return,
            None => self.rows.push((name.to_owned(), value)),
        }
        self.used += 1;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.rows[..self.used].iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.used == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_the_latest_reading() {
        let mut rows = Rows::default();
        for names in [&["a", "b", "c"][..], &["d"], &[]] {
            rows.clear();
            for name in names {
                rows.add(name, name.len());
            }
            assert!(rows.iter().map(|(name, _)| name).eq(names.iter().copied()));
        }
        (0..2 * MOST).for_each(|_| rows.add("x", 0));
        assert_eq!(rows.iter().count(), MOST);
    }
}
