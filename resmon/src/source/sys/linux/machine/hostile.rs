//! Whatever a file holds, its parser says what it understood and goes on.

use proptest::{collection::vec, prelude::*};

use super::{super::parse, cpu, disks, memory, mounts, network, pressure};
use crate::source::sys::{machine::RawMachine, rows::Rows};

/// Texts as kernels of several ages write them.
const TEXTS: &[&[u8]] = &[
    b"cpu  1 2 3 4\ncpu0 486767 110 123069 1999540 5267 0 376 1110 0 0\nctxt 35\nbtime 1795258223\n",
    b"cpu  1 2 3 4 5 6 7\ncpu0 100 200 300 400 500 600 700\nctxt 9\nbtime 1100000000\n",
    b"MemTotal:       24684084 kB\nMemFree:        20142216 kB\nMemAvailable:   22800000 kB\n",
    b"   8       0 sda 10 1 2048 5 20 2 4096 7 0 1500 0 9 8 7\n   8       1 sda1 1 2 3 4\n",
    b"Inter-|   Receive\n face |bytes\n  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\neth1:1 2\n",
    b"Ip: Forwarding\nIp: 1\nTcp: RtoMin CurrEstab\nTcp: 200 42\n",
    b"sockets: used 10\nTCP: inuse 7 orphan 0 tw 2\n",
    b"some avg10=0.03 avg60=0.83 avg300=3.62 total=1575163034\nfull avg10=0.00 total=7\n",
    b"27 1 8:1 / /a\\040b rw,relatime shared:1 - ext4 /dev/sda1 rw\n52 27 0:50 / /m rw - nfs4 s:/x rw\n",
    b"1 ((a b ) ( c d) ) R 4241 4242 4241 34816 4242 4194304 97 0 0 0 3 1 0 0 20 0 7 0 185327 8 4 1\n",
    b"rchar: 4292\nwchar: 17\nread_bytes: 4096\ncancelled_write_bytes: 1024\n",
    b"VmHWM:\t    1732 kB\nVmSwap:\t 4 kB\n",
    b"0.32 1.02 118.18 1/81 32324\n",
];

/// Has every parser read the text; what they understood is in bounds.
fn read_all(text: &[u8]) {
    let mut machine = RawMachine::default();
    let _ = cpu::stat(text, 100, &mut machine);
    if let Some(load) = cpu::load(text) {
        assert!(load.iter().all(|load| load.is_finite() && *load >= 0.0));
    }
    let _ = memory::meminfo(text);
    let (mut disks, mut networks) = (Rows::default(), Rows::default());
    disks::diskstats(text, &mut disks);
    network::dev(text, &mut networks);
    let _ = (network::established(text), network::sockets_in_use(text), pressure::totals(text));
    for storage in mounts::storage(text) {
        assert!(!storage.mountpoint.as_os_str().is_empty());
    }
    let _ = (parse::stat(text), parse::statm(text), parse::io(text), parse::status(text));
    let _ = parse::single::<u64>(text);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_bytes_are_read(text in vec(any::<u8>(), 0..500)) {
        read_all(&text);
    }

    #[test]
    fn broken_texts_are_read(
        which in 0..TEXTS.len(),
        cut in 0_usize..500,
        changes in vec((0_usize..500, any::<u8>()), 0..8),
        grown in vec((0_usize..500, "[0-9]{1,40}|[ \n:]{1,5}|-|nan|inf|\\)"), 0..4),
    ) {
        let mut text = TEXTS[which].to_vec();
        for (place, byte) in changes {
            if let Some(at) = text.get_mut(place) {
                *at = byte;
            }
        }
        for (place, more) in grown {
            let place = place.min(text.len());
            text.splice(place..place, more.bytes());
        }
        text.truncate(cut.max(1));
        read_all(&text);
    }
}
