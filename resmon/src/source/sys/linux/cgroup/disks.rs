//! What a control group read from disks and wrote to them.

use std::{collections::HashMap, ffi::CString, fs, io, path::Path};

use super::{
    super::{
        file::{KeptFile, kept},
        parse::{number, words},
        text::{Buffer, lines},
    },
    files::is_gone,
    path::Version,
};
use crate::source::sys::{Failures, container::GroupIo, rows::Rows};

/// Disks beyond so many are left out.
const MOST_DISKS: usize = 256;

/// A disk's major and minor number.
type Number = (u32, u32);

/// Takes what a line says of a disk, behind its number.
type Take = fn(&[u8], &mut GroupIo);

/// The files that tell of it.
#[derive(Debug)]
pub(super) struct IoFiles {
    files: Vec<(KeptFile<CString>, Take)>,
    found: Vec<(Number, GroupIo)>,
    names: HashMap<Number, String>,
    buffer: Buffer,
}

impl IoFiles {
    pub(super) fn of(folder: &Path, version: Version) -> Self {
        // With what the groups in it did, where the kernel tells.
        let v1 = |name: &str| {
            let recursive = folder.join(format!("blkio.throttle.{name}_recursive"));
            let plain = folder.join(format!("blkio.throttle.{name}"));
            kept(if recursive.exists() { &recursive } else { &plain })
        };
        let files = match version {
            Version::V1 => {
                vec![(v1("io_service_bytes"), v1_bytes as Take), (v1("io_serviced"), v1_operations)]
            }
            Version::V2 => vec![(kept(&folder.join("io.stat")), v2 as Take)],
        };
        Self { files, found: Vec::new(), names: HashMap::new(), buffer: Buffer::default() }
    }

    /// Puts a row for each disk.
    pub(super) fn read(&mut self, rows: &mut Rows<GroupIo>, failures: &mut Failures) {
        rows.clear();
        let Self { files, found, names, buffer } = self;
        found.clear();
        for (file, take) in files {
            match buffer.read(file) {
                Ok(text) => {
                    let disks = lines(text).filter(|line| merge(found, line, *take)).count();
                    // Version 1 has a sum at its end, and nothing else where there was no I/O.
                    let known = text.is_empty() || disks > 0 || text.starts_with(b"Total");
                    if !known {
                        let unknown = io::Error::new(io::ErrorKind::InvalidData, "unknown format");
                        failures.note(&file.name(), unknown);
                    }
                }
                Err(error) if is_gone(&error) => {}
                Err(error) => failures.note(&file.name(), error),
            }
        }
        for (number, io) in found {
            let name = names.entry(*number).or_insert_with(|| name(*number));
            rows.add(name, *io);
        }
    }
}

/// Adds what a line says to what is known of its disk; whether it is of one.
fn merge(found: &mut Vec<(Number, GroupIo)>, line: &[u8], take: Take) -> bool {
    let Some((first, rest)) =
        line.split_at_checked(line.iter().position(|&b| b == b' ').unwrap_or(0))
    else {
        return false;
    };
    let Some(disk) = disk(first) else { return false };
    let known = found.iter().position(|(known, _)| *known == disk);
    let place = known.unwrap_or(found.len());
    if known.is_none() {
        if place == MOST_DISKS {
            return true;
        }
        found.push((disk, GroupIo::default()));
    }
    take(rest, &mut found[place].1);
    true
}

/// Parses `8:0`.
fn disk(word: &[u8]) -> Option<Number> {
    let colon = word.iter().position(|&b| b == b':')?;
    Some((number(&word[..colon])?, number(&word[colon + 1..])?))
}

/// What other figures call the disk; its numbers where the machine does not say.
fn name((major, minor): Number) -> String {
    let link = fs::read_link(format!("/sys/dev/block/{major}:{minor}"));
    let name = link.ok().and_then(|link| Some(link.file_name()?.to_str()?.to_owned()));
    name.unwrap_or_else(|| format!("{major}:{minor}"))
}

/// Takes `rbytes=1 wbytes=2 rios=3 wios=4 …` of `io.stat`.
fn v2(rest: &[u8], io: &mut GroupIo) {
    for word in words(rest) {
        let Some(equals) = word.iter().position(|&b| b == b'=') else { continue };
        let place = match &word[..equals] {
            b"rbytes" => &mut io.read_bytes,
            b"wbytes" => &mut io.written_bytes,
            b"rios" => &mut io.reads,
            b"wios" => &mut io.writes,
            _ => continue,
        };
        *place = number(&word[equals + 1..]);
    }
}

/// Takes `Read 4096`, or `Write 0`, of `blkio.throttle.io_service_bytes`.
fn v1_bytes(rest: &[u8], io: &mut GroupIo) {
    v1(rest, &mut io.read_bytes, &mut io.written_bytes);
}

/// Takes the same of `blkio.throttle.io_serviced`.
fn v1_operations(rest: &[u8], io: &mut GroupIo) {
    v1(rest, &mut io.reads, &mut io.writes);
}

fn v1(rest: &[u8], read: &mut Option<u64>, write: &mut Option<u64>) {
    let mut words = words(rest);
    match words.next() {
        Some(b"Read") => *read = words.next().and_then(number),
        Some(b"Write") => *write = words.next().and_then(number),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::Tree, *};

    /// Disks that no machine has.
    const V1_BYTES: &str = "4000:1 Read 4096\n4000:1 Write 8192\n4000:1 Sync 1\n4000:1 Total 12288\n\
        4000:2 Read 0\n4000:2 Write 1\nTotal 12289\n";
    const V1_OPERATIONS: &str = "4000:1 Read 1\n4000:1 Write 2\nTotal 3\n";
    const V2: &str = "4000:1 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n4000:2 wbytes=1 rbytes=0\n4000:3 \n";

    fn read(name: &str, files: &[(&str, &str)], version: Version) -> Vec<(String, GroupIo)> {
        let tree = Tree::new(name, files);
        let mut rows = Rows::default();
        let mut failures = Failures::default();
        IoFiles::of(&tree.folder("group"), version).read(&mut rows, &mut failures);
        let odd = name == "io-odd" && !files[0].1.is_empty() && !files[0].1.starts_with("Total");
        assert_eq!(failures.into_error().is_some(), odd, "{files:?}");
        rows.iter().map(|(name, io)| (name.to_owned(), *io)).collect()
    }

    #[test]
    fn both_versions_tell_the_same() {
        let v1 = [
            ("group/blkio.throttle.io_service_bytes_recursive", V1_BYTES),
            ("group/blkio.throttle.io_service_bytes", "4000:9 Read 1\n"),
            ("group/blkio.throttle.io_serviced", V1_OPERATIONS),
        ];
        let io = |read_bytes, written_bytes, reads, writes| GroupIo {
            read_bytes,
            written_bytes,
            reads,
            writes,
        };
        let first = ("4000:1".to_owned(), io(Some(4096), Some(8192), Some(1), Some(2)));
        let second = ("4000:2".to_owned(), io(Some(0), Some(1), None, None));
        let found = read("io-v1", &v1, Version::V1);
        assert_eq!(found, [first.clone(), second.clone()]);
        let third = ("4000:3".to_owned(), GroupIo::default());
        let found = read("io-v2", &[("group/io.stat", V2)], Version::V2);
        assert_eq!(found, [first, second, third]);
    }

    #[test]
    fn nonsense_and_nothing_are_no_disks() {
        for text in
            ["", "\n", ":\n", "8: rbytes=1\n", "x:y rbytes=1\n", "8:0", "8:0 rbytes=1", "Total 0\n"]
        {
            assert_eq!(read("io-odd", &[("group/io.stat", text)], Version::V2), [], "{text:?}");
        }
        assert_eq!(read("io-none", &[("group/other", "")], Version::V1), []);
    }

    #[test]
    fn disks_of_this_machine_have_their_names() {
        let Ok(mut disks) = fs::read_dir("/sys/dev/block") else { return };
        if let Some(Ok(entry)) = disks.next() {
            let number = disk(entry.file_name().as_encoded_bytes()).unwrap();
            assert!(!name(number).contains(':'));
        }
    }
}
