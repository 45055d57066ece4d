//! `/proc/diskstats`.

use std::time::Duration;

use super::super::{
    parse::{number, words},
    text::{lines, name},
};
use crate::source::sys::{machine::DiskCounts, rows::Rows};

/// The kernel counts in sectors of this size, whatever those of the disk.
const SECTOR: u64 = 512;

/// Parses `/proc/diskstats`: whole disks, without those in memory, loops and partitions. None
/// where there is a text, and nothing of it is understood.
pub(super) fn diskstats(text: &[u8], disks: &mut Rows<DiskCounts>) -> Option<()> {
    disks.clear();
    let mut known = text.is_empty();
    for line in lines(text) {
        let mut fields = words(line);
        let numbers = [fields.next(), fields.next()].map(|field| field.and_then(number::<u32>));
        let Some(disk) = fields.next().and_then(name) else { continue };
        known |= numbers.iter().all(Option::is_some);
        if is_left_out(disk) {
            continue;
        }
        let mut numbers = [None; 10];
        for (number, field) in numbers.iter_mut().zip(fields) {
            *number = self::number::<u64>(field);
        }
        let bytes = |sectors: Option<u64>| sectors.and_then(|n| n.checked_mul(SECTOR));
        // Before 2.6.25 a partition has four numbers only; those are left out above.
        let [reads, _, sectors_read, _, writes, _, sectors_written, _, _, milliseconds] = numbers;
        disks.add(
            disk,
            DiskCounts {
                read_bytes: bytes(sectors_read),
                written_bytes: bytes(sectors_written),
                reads,
                writes,
                busy: milliseconds.map(Duration::from_millis),
            },
        );
    }
    known.then_some(())
}

/// What node_exporter leaves out: `(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+`.
fn is_left_out(disk: &str) -> bool {
    let stem = disk.trim_end_matches(|c: char| c.is_ascii_digit());
    if stem.len() == disk.len() {
        return false;
    }
    if matches!(stem, "ram" | "zram" | "loop" | "fd") {
        return true;
    }
    let letter = |kind: &str| {
        let rest = stem.strip_prefix(kind);
        rest.is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_lowercase())
    };
    if ["hd", "sd", "vd", "xvd"].into_iter().any(letter) {
        return true;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let partition = stem.strip_prefix("nvme").and_then(|rest| rest.strip_suffix('p'));
    partition.and_then(|rest| rest.split_once('n')).is_some_and(|(a, b)| digits(a) && digits(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &[u8]) -> Vec<(String, DiskCounts)> {
        let mut disks = Rows::default();
        let _ = diskstats(text, &mut disks);
        disks.iter().map(|(name, counts)| (name.to_owned(), *counts)).collect()
    }

    #[test]
    fn sectors_become_bytes_and_milliseconds_time() {
        // 6.18: twenty numbers; 4.18: fifteen; 2.6: eleven.
        for rest in ["0 9 8 7 6 5 4", "0 9 8 7 6", "0"] {
            let text = format!(" 254       0 vda 10 1 2048 5 20 2 4096 7 0 1500 {rest}\n");
            let expected = DiskCounts {
                read_bytes: Some(1 << 20),
                written_bytes: Some(2 << 20),
                reads: Some(10),
                writes: Some(20),
                busy: Some(Duration::from_millis(1500)),
            };
            assert_eq!(parsed(text.as_bytes()), [("vda".to_owned(), expected)]);
        }
    }

    #[test]
    fn partitions_loops_and_disks_in_memory_are_no_disks() {
        for out in ["vda1", "sda15", "xvdb2", "hdc3", "loop0", "ram15", "zram0", "fd0", "nvme0n1p2"]
        {
            assert!(is_left_out(out), "{out}");
        }
        for disk in ["vda", "sdab", "nvme0n1", "md0", "dm-3", "mmcblk0", "sr0", "nbd4", "xvda"] {
            assert!(!is_left_out(disk), "{disk}");
        }
    }

    #[test]
    fn nonsense_is_nothing() {
        for text in [&b""[..], b"1 2", b"1 2 sda", b"\xff \xff \xff\n", b"1\n\n"] {
            assert!(parsed(text).is_empty(), "{text:?}");
            let known = diskstats(text, &mut Rows::default());
            assert_eq!(known.is_some(), text.is_empty(), "{text:?}");
        }
        // A partition as 2.6 told it under a name that is none of those left out.
        let few = parsed(b"8 1 odd 1 2 3 4\n");
        assert_eq!((few[0].1.written_bytes, few[0].1.busy), (None, None));
        let huge =
            parsed(b"8 0 sda 1 2 18446744073709551615 4 5 6 99999999999999999999999 8 9 10\n");
        assert_eq!((huge[0].1.read_bytes, huge[0].1.written_bytes), (None, None));
    }
}
