//! `/proc/net/dev`, `/proc/net/snmp` and `/proc/net/sockstat`: of the network namespace that
//! the files belong to.

use super::super::{
    parse::{number, words},
    text::{lines, name},
};
use crate::source::sys::{
    machine::{NetworkCounts, Traffic},
    rows::Rows,
};

/// Parses `/proc/net/dev`. None where neither its head nor an interface is found.
pub(super) fn dev(text: &[u8], networks: &mut Rows<NetworkCounts>) -> Option<()> {
    networks.clear();
    let head = lines(text).next().is_some_and(|line| line.starts_with(b"Inter-|"));
    for line in lines(text) {
        // The name of an alias has a colon too, the numbers never have.
        let Some(colon) = line.iter().rposition(|&b| b == b':') else { continue };
        let Some(interface) = name(line[..colon].trim_ascii()) else { continue };
        let mut numbers = [None; 16];
        let mut fields = words(&line[colon + 1..]);
        for number in &mut numbers {
            *number = fields.next().and_then(self::number::<u64>);
        }
        // Old kernels lack the last columns of each half, and with them its place.
        if numbers[15].is_none() {
            continue;
        }
        let half = |n: usize| Traffic {
            bytes: numbers[n],
            packets: numbers[n + 1],
            errors: numbers[n + 2],
            drops: numbers[n + 3],
        };
        networks.add(interface, NetworkCounts { received: half(0), sent: half(8) });
    }
    (head || !networks.is_empty()).then_some(())
}

/// Parses `CurrEstab` out of `/proc/net/snmp`: a line of names, then one of values.
pub(super) fn established(text: &[u8]) -> Option<u64> {
    let mut tcp = lines(text).filter_map(|line| line.strip_prefix(b"Tcp:"));
    let (names, values) = (tcp.next()?, tcp.next()?);
    let place = words(names).position(|name| name == b"CurrEstab")?;
    number(words(values).nth(place)?)
}

/// Parses the TCP sockets in use out of `/proc/net/sockstat`.
pub(super) fn sockets_in_use(text: &[u8]) -> Option<u64> {
    let tcp = lines(text).find_map(|line| line.strip_prefix(b"TCP:"))?;
    let mut fields = words(tcp).skip_while(|&word| word != b"inuse").skip(1);
    number(fields.next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "Inter-|   Receive                      |  Transmit\n face |bytes\n";

    fn parsed(text: &str) -> Vec<(String, NetworkCounts)> {
        let mut networks = Rows::default();
        let _ = dev(text.as_bytes(), &mut networks);
        networks.iter().map(|(name, counts)| (name.to_owned(), *counts)).collect()
    }

    #[test]
    fn both_directions_have_bytes_packets_errors_and_drops() {
        let line = "  eth0: 476712156   21128    1    2    0     0          0         0  1275540   12863    3    4    0     0       0          0\n";
        let traffic = |bytes, packets, errors, drops| Traffic {
            bytes: Some(bytes),
            packets: Some(packets),
            errors: Some(errors),
            drops: Some(drops),
        };
        let expected = NetworkCounts {
            received: traffic(476_712_156, 21_128, 1, 2),
            sent: traffic(1_275_540, 12_863, 3, 4),
        };
        assert_eq!(parsed(&format!("{HEAD}{line}")), [("eth0".to_owned(), expected)]);
        // 2.6: the number stands at the colon, the counters have 32 bits.
        let old = "eth0:4294967295 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n";
        assert_eq!(parsed(old)[0].1.received.bytes, Some(u64::from(u32::MAX)));
        let alias = "eth0:1: 1 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0\n";
        assert_eq!(parsed(alias)[0].0, "eth0:1");
    }

    #[test]
    fn connections_are_found_by_name() {
        let text =
            b"Ip: Forwarding\nIp: 1\nTcp: RtoMin MaxConn CurrEstab InSegs\nTcp: 200 -1 42 9\n";
        assert_eq!(established(text), Some(42));
        assert_eq!(sockets_in_use(b"sockets: used 10\nTCP: inuse 7 orphan 0 tw 2\n"), Some(7));
    }

    #[test]
    fn nonsense_is_nothing() {
        for text in
            ["", HEAD, ":", "eth0: 1 2 3\n", "eth0: 1 1 0 0 0 0 0 0 5 1 0 0 0 0 0 0", "\0:\n"]
        {
            assert!(parsed(text).is_empty(), "{text:?}");
        }
        for text in [&b""[..], b"Tcp: CurrEstab\n", b"Tcp: CurrEstab\nTcp:\n", b"Tcp: a\nTcp: 1\n"]
        {
            assert_eq!(established(text), None);
            assert_eq!(sockets_in_use(text), None);
        }
    }
}
