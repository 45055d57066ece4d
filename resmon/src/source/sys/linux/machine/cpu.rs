//! `/proc/stat` and `/proc/loadavg`.

use std::time::{Duration, SystemTime};

use super::super::{
    parse::{number, words},
    text::{lines, name, nth},
};
use crate::source::sys::machine::{CpuTimes, RawMachine};

/// Parses `/proc/stat`. Its times are in ticks of a hundredth of a second, mostly.
pub(super) fn stat(text: &[u8], ticks_per_second: u64, machine: &mut RawMachine) -> Option<()> {
    forget(machine);
    for line in lines(text) {
        let mut fields = words(line);
        let Some(key) = fields.next() else { continue };
        match key {
            b"ctxt" => machine.context_switches = nth(line, 1),
            b"btime" => machine.boot = boot(nth(line, 1)),
            b"procs_running" => machine.procs_running = nth(line, 1),
            b"procs_blocked" => machine.procs_blocked = nth(line, 1),
            // The line `cpu` is the sum of the others, and goes backwards with them.
            _ => {
                let number = key.strip_prefix(b"cpu").and_then(name);
                if let Some(number) = number.filter(|n| n.bytes().all(|b| b.is_ascii_digit())) {
                    let mut times = CpuTimes::default();
                    for (time, field) in times.0.iter_mut().zip(fields) {
                        *time = super::number_of(field, ticks_per_second);
                    }
                    machine.cpus.add(number, times);
                }
            }
        }
    }
    (!machine.cpus.is_empty()).then_some(())
}

/// Leaves nothing of an earlier reading.
pub(super) fn forget(machine: &mut RawMachine) {
    machine.cpus.clear();
    machine.boot = None;
    machine.context_switches = None;
    machine.procs_running = None;
    machine.procs_blocked = None;
}

fn boot(seconds: Option<u64>) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds?))
}

/// Parses `/proc/loadavg`.
pub(super) fn load(text: &[u8]) -> Option<[f64; 3]> {
    let mut fields = words(text);
    let mut next = || number(fields.next()?).filter(|load: &f64| load.is_finite() && *load >= 0.0);
    let load = [next()?, next()?, next()?];
    // What follows must be there too, else the last number may have been cut.
    fields.next()?;
    Some(load)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &[u8] = b"cpu  1083497 240 267270 3856578 21954 0 2353 2289 0 0\n\
        cpu0 486767 110 123069 1999540 5267 0 376 1110 0 0\n\
        cpu11 596729 129 144201 1857038 16686 0 1977 1178 0 0\n\
        intr 13002555 0 0 1\nctxt 35465634\nbtime 1795258223\nprocesses 6488724\n\
        procs_running 3\nprocs_blocked 1\nsoftirq 1 2 3\n";

    fn parsed(text: &[u8]) -> (Option<()>, RawMachine) {
        let mut machine = RawMachine::default();
        (stat(text, 100, &mut machine), machine)
    }

    #[test]
    fn each_cpu_has_its_modes_and_the_rest_its_place() {
        let (whole, machine) = parsed(STAT);
        assert!(whole.is_some());
        let cpus: Vec<_> = machine.cpus.iter().collect();
        assert_eq!(cpus.iter().map(|(number, _)| *number).collect::<Vec<_>>(), ["0", "11"]);
        let milliseconds = cpus[1].1.0.map(|time| time.unwrap().as_millis());
        assert_eq!(
            milliseconds,
            [5_967_290, 1_290, 1_442_010, 18_570_380, 166_860, 0, 19_770, 11_780]
        );
        assert_eq!(machine.context_switches, Some(35_465_634));
        assert_eq!((machine.procs_running, machine.procs_blocked), (Some(3), Some(1)));
        assert_eq!(machine.boot, boot(Some(1_795_258_223)));
    }

    #[test]
    fn a_kernel_of_the_2_6_line_tells_fewer_modes() {
        // 2.6.9: without steal, and without the lines for processes.
        let text =
            b"cpu  1 2 3 4 5 6 7\ncpu0 100 200 300 400 500 600 700\nctxt 9\nbtime 1100000000\n";
        let (whole, machine) = parsed(text);
        assert!(whole.is_some());
        let (_, times) = machine.cpus.iter().next().unwrap();
        assert_eq!(times.0[CpuTimes::STEAL], None);
        assert_eq!(times.0[CpuTimes::IOWAIT], Some(Duration::from_secs(5)));
        assert_eq!(machine.procs_running, None);
    }

    #[test]
    fn nonsense_is_nothing() {
        for text in
            [&b""[..], b"\n", b"cpu", b"cpu0 1 2 3", b"cpux 1 2\n", b"\xff\xfe\n", b"ctxt\n"]
        {
            let (whole, machine) = parsed(text);
            assert!(whole.is_none() && machine.cpus.is_empty(), "{text:?}");
        }
        let huge = b"cpu0 99999999999999999999999 -1 x 18446744073709551615\n";
        let (_, machine) = parsed(huge);
        let (_, times) = machine.cpus.iter().next().unwrap();
        assert_eq!(times.0[..3], [None, None, None]);
        for text in [&b""[..], b"0.1 0.2", b"0.1 0.2 0.3", b"nan inf 1 x", b"-1 0 0 1/2 3\n"] {
            assert_eq!(load(text), None, "{text:?}");
        }
    }

    #[test]
    fn load_is_three_means() {
        assert_eq!(load(b"0.32 1.02 118.18 1/81 32324\n"), Some([0.32, 1.02, 118.18]));
    }
}
