//! Buckets: 32 to each power of two of raw ticks, so a value read back is at most 1.6 % off.

/// Buckets of a page: the linear steps between a power of two and the next.
pub(super) const PAGE: usize = if cfg!(resmon_loom) { 2 } else { 32 };
/// Pages that 64 bits of ticks need: one for 0..32, one for each power of two above.
pub(super) const PAGES: usize = 65 - PAGE.trailing_zeros() as usize;

/// Upper bounds in seconds of the buckets on the wire: autometrics' fourteen from 5 ms to
/// 10 s, and five below for what Rust programs do in less.
pub(crate) const DEFAULT_BOUNDS: [f64; 19] = [
    1e-6, 1e-5, 1e-4, 5e-4, 1e-3, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5,
    5.0, 7.5, 10.0,
];

/// The page and the bucket in it that `ticks` falls into.
#[inline]
pub(super) fn place(ticks: u64) -> (usize, usize) {
    const FIRST: u32 = PAGE.trailing_zeros();
    if ticks < PAGE as u64 {
        #[expect(clippy::cast_possible_truncation, reason = "below a page")]
        return (0, ticks as usize);
    }
    // The logarithm, in the one instruction that most machines have for it.
    let exponent = ticks.leading_zeros() ^ (u64::BITS - 1);
    #[expect(clippy::cast_possible_truncation, reason = "masked")]
    let step = (ticks >> (exponent - FIRST)) as usize & (PAGE - 1);
    ((exponent - FIRST + 1) as usize, step)
}

/// The middle of a bucket, in ticks.
pub(super) fn middle(page: usize, bucket: usize) -> f64 {
    if page == 0 {
        return bucket as f64;
    }
    let width = 2_f64.powi(i32::try_from(page - 1).unwrap_or(i32::MAX));
    (PAGE + bucket) as f64 * width + (width - 1.0) / 2.0
}

/// Counts by bucket, with only the pages that hold any.
#[derive(Debug, Clone, Default)]
pub(crate) struct Histogram {
    /// In rising order.
    pages: Vec<(usize, Box<[u64; PAGE]>)>,
}

impl Histogram {
    /// The counts of that page.
    pub(super) fn page(&mut self, page: usize) -> &mut [u64; PAGE] {
        let place = match self.pages.binary_search_by_key(&page, |(page, _)| *page) {
            Ok(place) => place,
            Err(place) => {
                self.pages.insert(place, (page, Box::new([0; PAGE])));
                place
            }
        };
        &mut self.pages[place].1
    }

    pub(super) fn add(&mut self, page: usize, bucket: usize, count: u64) {
        self.page(page)[bucket] += count;
    }

    /// The buckets that hold any: their middle in ticks and their count, in rising order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (f64, u64)> {
        self.places().map(|(page, bucket, count)| (middle(page, bucket), count))
    }

    /// The buckets that hold any: page, bucket and count, in rising order.
    pub(super) fn places(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        self.pages.iter().flat_map(|(page, counts)| {
            let held = counts.iter().enumerate().filter(|(_, count)| **count > 0);
            held.map(move |(bucket, count)| (*page, bucket, *count))
        })
    }

    /// Forgets the counts, and keeps the pages for the next ones.
    pub(super) fn clear(&mut self) {
        self.pages.iter_mut().for_each(|(_, counts)| counts.fill(0));
    }

    pub(super) fn count(&self) -> u64 {
        self.iter().map(|(_, count)| count).sum()
    }

    /// The value in ticks that a share `q` of the calls stayed at or below; None if empty.
    pub(crate) fn quantile(&self, q: f64) -> Option<f64> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank")]
        let rank = ((self.count() as f64 * q.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut below = 0;
        self.iter().find_map(|(ticks, count)| {
            below += count;
            (below >= rank).then_some(ticks)
        })
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (page, counts) in &other.pages {
            for (own, count) in self.page(*page).iter_mut().zip(counts.iter()) {
                *own += count;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_within_two_percent_of_its_bucket() {
        let mut value = 1_u64;
        while value < 1 << 62 {
            for ticks in [value - 1, value, value + value / 3, value + value / 7] {
                let (page, bucket) = place(ticks);
                let error = (middle(page, bucket) - ticks as f64).abs() / (ticks.max(1) as f64);
                assert!(error <= 0.02, "{ticks}: {error}");
            }
            value += value / 5 + 1;
        }
    }

    #[test]
    fn places_rise_with_values_and_stay_in_range() {
        let mut last = (0, 0);
        for shift in 0..64 {
            for ticks in
                [1_u64 << shift, (1 << shift) | (1 << shift) >> 1, u64::MAX >> (63 - shift)]
            {
                let here = place(ticks);
                assert!(here >= last && here.0 < PAGES && here.1 < PAGE, "{ticks}");
                last = here;
            }
        }
    }

    #[test]
    fn quantiles_of_a_ramp_are_where_they_should_be() {
        let mut ramp = Histogram::default();
        for ticks in 1..=10_000_u64 {
            let (page, bucket) = place(ticks);
            ramp.add(page, bucket, 1);
        }
        for q in [0.5, 0.95, 0.99, 1.0] {
            let value = ramp.quantile(q).unwrap();
            assert!((value / (q * 10_000.0) - 1.0).abs() < 0.02, "{q}: {value}");
        }
        assert_eq!(Histogram::default().quantile(0.5), None);
    }
}
