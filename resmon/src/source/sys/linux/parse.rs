//! The text of `/proc/self/*` as values: pure functions that return `None` for what they do not understand.

use crate::source::sys::{RawFootprint, RawIo};

/// What `/proc/self/stat` tells that nothing else tells as cheaply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) threads: u64,
    /// Clock ticks from boot to the start of the process.
    pub(super) start_ticks: u64,
}

/// Parses `/proc/self/stat`.
///
/// The second field is the command in parentheses, which may hold spaces, parentheses, line
/// ends and bytes that are no text: fields are counted from the last closing parenthesis.
pub(super) fn stat(text: &[u8]) -> Option<Stat> {
    let command_end = text.iter().rposition(|&b| b == b')')?;
    // Field 3 of `proc_pid_stat(5)` comes next: num_threads is field 20, starttime field 22. What
    // follows must be there too, else the text may have been cut inside the number.
    let mut fields = words(&text[command_end + 1..]).skip(20 - 3);
    let threads = number(fields.next()?)?;
    let start_ticks = number(fields.nth(1)?)?;
    fields.next()?;
    Some(Stat { threads, start_ticks })
}

/// Parses `/proc/self/statm`: virtual and resident size, in pages.
pub(super) fn statm(text: &[u8]) -> Option<(u64, u64)> {
    let mut fields = words(text);
    let sizes = (number(fields.next()?)?, number(fields.next()?)?);
    fields.next()?;
    Some(sizes)
}

/// Parses `/proc/self/io`. A kernel without I/O accounting for storage lists only the first four.
pub(super) fn io(text: &[u8]) -> RawIo {
    let mut io = RawIo::default();
    for (key, value) in lines(text) {
        let slot = match key {
            b"rchar" => &mut io.read_chars,
            b"wchar" => &mut io.write_chars,
            b"syscr" => &mut io.read_calls,
            b"syscw" => &mut io.write_calls,
            b"read_bytes" => &mut io.read_bytes,
            b"write_bytes" => &mut io.write_bytes,
            b"cancelled_write_bytes" => &mut io.cancelled_write_bytes,
            _ => continue,
        };
        *slot = number(value);
    }
    io
}

/// Parses `smaps_rollup`: what is this process's share, and what nobody shares.
pub(super) fn rollup(text: &[u8]) -> Option<RawFootprint> {
    let (mut proportional, mut unique) = (None, None);
    for (key, value) in lines(text) {
        match key {
            b"Pss" => proportional = kibibytes(value),
            b"Private_Clean" | b"Private_Dirty" | b"Private_Hugetlb" => {
                unique = unique.unwrap_or(0_u64).checked_add(kibibytes(value)?);
            }
            _ => {}
        }
    }
    Some(RawFootprint { proportional: proportional?, unique: unique? })
}

/// Parses the peak of resident memory and the swapped memory of `/proc/self/status`, in bytes.
pub(super) fn status(text: &[u8]) -> (Option<u64>, Option<u64>) {
    let (mut peak, mut swap) = (None, None);
    for (key, value) in lines(text) {
        match key {
            b"VmHWM" => peak = kibibytes(value),
            b"VmSwap" => swap = kibibytes(value),
            _ => continue,
        }
        if peak.is_some() && swap.is_some() {
            // More than half of the text is still to come.
            break;
        }
    }
    (peak, swap)
}

fn kibibytes(value: &[u8]) -> Option<u64> {
    number::<u64>(value.strip_suffix(b" kB")?.trim_ascii())?.checked_mul(1024)
}

/// Parses a file that holds one number: `/proc/self/oom_score`, `memory.max` and their like.
pub(super) fn single<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    let mut fields = words(text);
    let value = number(fields.next()?)?;
    fields.next().is_none().then_some(value)
}

/// Words separated by white space.
pub(super) fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// A decimal number; `None` where it does not fit.
pub(super) fn number<T: std::str::FromStr>(word: &[u8]) -> Option<T> {
    str::from_utf8(word).ok()?.parse().ok()
}

/// The `key: value` of each line that is complete.
///
/// The last line of a cut text has no line end, and its number may have lost digits.
fn lines(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    text.split_inclusive(|&b| b == b'\n').filter_map(|line| {
        let line = line.strip_suffix(b"\n")?;
        let colon = line.iter().position(|&b| b == b':')?;
        Some((&line[..colon], line[colon + 1..].trim_ascii()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Linux 6.18, the command name as a program may set it.
    const STAT: &[u8] = b"4242 ((a b ) ( c d) ) R 4241 4242 4241 34816 4242 4194304 97 0 0 0 3 1 0 0 \
        20 0 7 0 185327 8347648 433 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 \
        0 0 0 0 0 0\n";

    /// Linux 2.6.18: fewer fields at the end.
    const OLD_STAT: &[u8] =
        b"1 (init) S 0 1 1 0 -1 4194560 2155 31021 16 1121 0 58 44 41 16 0 1 0 \
        79 2113536 164 18446744073709551615 0 0 0 0 0 0 0 1475401980 671819267 0 0 0 0 0 0 0\n";

    #[test]
    fn stat_counts_fields_after_the_command() {
        assert_eq!(stat(STAT), Some(Stat { threads: 7, start_ticks: 185_327 }));
        assert_eq!(stat(OLD_STAT), Some(Stat { threads: 1, start_ticks: 79 }));
    }

    #[test]
    fn stat_takes_any_bytes_as_command() {
        for command in [&b"(\xff\xfe)"[..], b"(\n 1 2 3 )", b"()", b"())))) 9 9 9 )"] {
            let mut text = b"1 ".to_vec();
            text.extend_from_slice(command);
            text.extend_from_slice(&STAT[STAT.iter().rposition(|&b| b == b')').unwrap() + 1..]);
            assert_eq!(stat(&text), Some(Stat { threads: 7, start_ticks: 185_327 }));
        }
    }

    #[test]
    fn a_cut_text_never_gives_a_cut_number() {
        for end in 0..STAT.len() {
            let cut = stat(&STAT[..end]);
            assert!(cut.is_none() || cut == stat(STAT), "{end}");
        }
        assert_eq!(statm(b"2038 433"), None);
        assert_eq!(io(b"rchar: 12\nwchar: 3").write_chars, None);
        assert_eq!(status(b"VmHWM:\t    1732"), (None, None));
    }

    #[test]
    fn statm_gives_virtual_and_resident_pages() {
        assert_eq!(statm(b"2038 433 402 5 0 118 0\n"), Some((2038, 433)));
        assert_eq!(statm(b"2038 -1 402 5 0 118 0\n"), None);
    }

    #[test]
    fn io_reads_every_line() {
        let text = b"rchar: 4292\nwchar: 17\nsyscr: 13\nsyscw: 2\nread_bytes: 4096\n\
            write_bytes: 8192\ncancelled_write_bytes: 1024\n";
        let all = RawIo {
            read_chars: Some(4292),
            write_chars: Some(17),
            read_calls: Some(13),
            write_calls: Some(2),
            read_bytes: Some(4096),
            write_bytes: Some(8192),
            cancelled_write_bytes: Some(1024),
        };
        assert_eq!(io(text), all);
    }

    #[test]
    fn io_without_storage_accounting_gives_the_rest() {
        let some = io(b"rchar: 4292\nwchar: 17\nsyscr: 13\nsyscw: 2\n");
        assert_eq!((some.read_chars, some.read_bytes), (Some(4292), None));
    }

    #[test]
    fn status_finds_peak_and_swap_in_bytes() {
        // The name may look like a field, but escapes its line ends.
        let text =
            b"Name:\tVmSwap:\\n 9\nVmPeak:\t    8152 kB\nVmHWM:\t    1732 kB\nVmSwap:\t 4 kB\n";
        assert_eq!(status(text), (Some(1732 * 1024), Some(4096)));
    }

    #[test]
    fn status_of_a_kernel_before_2_6_34_has_no_swap() {
        let text = b"Name:\tinit\nVmPeak:\t    2068 kB\nVmHWM:\t     656 kB\nVmRSS:\t     656 kB\n";
        assert_eq!(status(text), (Some(656 * 1024), None));
    }

    #[test]
    fn single_takes_one_number_alone() {
        assert_eq!(single::<i64>(b"666\n"), Some(666));
        assert_eq!(single::<i64>(b"-1\n"), Some(-1));
        assert_eq!(single::<u64>(b"max\n"), None);
        assert_eq!(single::<u64>(b"1 2\n"), None);
    }

    #[test]
    fn nonsense_is_nothing() {
        let huge = b"99999999999999999999999999 99999999999999999999999999 1\n";
        for text in [&b""[..], b"\n", b")", b"( ) x", b"\xff\xfe\xfd", b"\0\0\0", huge] {
            assert_eq!(stat(text), None);
            assert_eq!(statm(text), None);
            assert_eq!(io(text), RawIo::default());
            assert_eq!(status(text), (None, None));
            assert_eq!(single::<u64>(text), None);
        }
        let overflow = b"VmHWM: 18446744073709551615 kB\n";
        assert_eq!(status(overflow).0, None);
    }
}
