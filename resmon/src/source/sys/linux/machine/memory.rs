//! `/proc/meminfo`.

use super::super::{
    parse::{number, words},
    text::lines,
};
use crate::source::sys::machine::RawMemory;

/// Parses `/proc/meminfo`.
pub(super) fn meminfo(text: &[u8]) -> Option<RawMemory> {
    let mut memory = RawMemory::default();
    for line in lines(text) {
        let mut fields = words(line);
        let Some(key) = fields.next() else { continue };
        let place = match key {
            b"MemTotal:" => &mut memory.total,
            b"MemFree:" => &mut memory.free,
            b"MemAvailable:" => &mut memory.available,
            b"Buffers:" => &mut memory.buffers,
            b"Cached:" => &mut memory.cached,
            b"SReclaimable:" => &mut memory.reclaimable,
            b"SwapTotal:" => &mut memory.swap_total,
            b"SwapFree:" => &mut memory.swap_free,
            _ => continue,
        };
        let kibibytes = fields.next().and_then(number::<u64>);
        let in_kibibytes = fields.next() == Some(b"kB");
        *place = kibibytes.filter(|_| in_kibibytes).and_then(|size| size.checked_mul(1024));
    }
    (memory != RawMemory::default()).then_some(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_bytes() {
        let text = b"MemTotal:       24684084 kB\nMemFree:        20142216 kB\n\
            MemAvailable:   22800000 kB\nBuffers:          120000 kB\nCached:          2400000 kB\n\
            SwapCached:            0 kB\nSReclaimable:     300000 kB\nSwapTotal:             0 kB\n\
            SwapFree:              0 kB\nHugePages_Total:       0\n";
        let memory = meminfo(text).unwrap();
        assert_eq!(memory.total, Some(24_684_084 * 1024));
        assert_eq!(memory.available, Some(22_800_000 * 1024));
        assert_eq!(memory.cached, Some(2_400_000 * 1024));
        assert_eq!((memory.swap_total, memory.swap_free), (Some(0), Some(0)));
    }

    #[test]
    fn a_kernel_before_3_14_does_not_tell_what_is_available() {
        // 2.6.18.
        let text =
            b"MemTotal:       515544 kB\nMemFree:         11868 kB\nBuffers:         90780 kB\n\
            Cached:         233076 kB\nSwapTotal:     1052248 kB\nSwapFree:      1052136 kB\n";
        let memory = meminfo(text).unwrap();
        assert_eq!((memory.available, memory.reclaimable), (None, None));
        assert_eq!(memory.swap_free, Some(1_052_136 * 1024));
    }

    #[test]
    fn nonsense_is_nothing() {
        let huge = b"MemTotal: 18446744073709551615 kB\n";
        for text in
            [&b""[..], b"MemTotal: 5 kB", b"MemTotal:\n", b"MemTotal: 5\n", b"\xff: 1 kB\n", huge]
        {
            assert_eq!(meminfo(text), None, "{text:?}");
        }
    }
}
