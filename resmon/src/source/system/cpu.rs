//! What the CPUs did between two readings.

use std::collections::HashMap;

use crate::source::sys::{machine::CpuTimes, rows::Rows};

/// How far a mode of a CPU may step back before the CPU counts as another one, as in
/// node_exporter.
const TOLERANCE: f64 = 3.0;

type Modes = [Option<f64>; CpuTimes::MODES.len()];

/// The CPUs, and what each has done so far.
#[derive(Debug, Default)]
pub(crate) struct Cpus {
    known: HashMap<String, Cpu>,
    shares: Shares,
}

/// One CPU.
#[derive(Debug, Default)]
pub(crate) struct Cpu {
    /// Seconds in each mode.
    pub(crate) seconds: Modes,
    /// The share of its time that it was busy since the reading before.
    pub(crate) busy: Option<f64>,
    /// It was in the latest reading.
    pub(crate) present: bool,
}

/// Shares of the time of all CPUs since the reading before.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Shares {
    pub(crate) busy: Option<f64>,
    pub(crate) iowait: Option<f64>,
    pub(crate) steal: Option<f64>,
}

/// What was gained in each mode.
#[derive(Debug, Clone, Copy, Default)]
struct Gain([f64; CpuTimes::MODES.len()]);

impl Gain {
    fn total(&self) -> f64 {
        self.0.iter().sum()
    }

    fn share(&self, of: f64) -> Option<f64> {
        let total = self.total();
        (total > 0.0).then(|| (of / total).clamp(0.0, 1.0))
    }

    /// Neither idle nor waiting for a disk. What the host took counts: the CPU had work.
    fn busy(&self) -> Option<f64> {
        self.share(self.total() - self.0[CpuTimes::IDLE] - self.0[CpuTimes::IOWAIT])
    }
}

impl Cpus {
    /// Takes a reading. One that is the same as the one before changes nothing.
    pub(crate) fn advance(&mut self, reading: &Rows<CpuTimes>) {
        let mut all = Gain::default();
        self.known.values_mut().for_each(|cpu| cpu.present = false);
        for (number, times) in reading.iter() {
            if !self.known.contains_key(number) {
                self.known.insert(number.to_owned(), Cpu::default());
            }
            let Some(cpu) = self.known.get_mut(number) else { continue };
            cpu.present = true;
            if let Some(gain) = cpu.advance(times) {
                all.0.iter_mut().zip(gain.0).for_each(|(all, gain)| *all += gain);
            }
        }
        if reading.is_empty() {
            self.shares = Shares::default();
        }
        if all.total() > 0.0 {
            self.shares = Shares {
                busy: all.busy(),
                iowait: all.share(all.0[CpuTimes::IOWAIT]),
                steal: all.share(all.0[CpuTimes::STEAL]),
            };
        }
    }

    /// What is known of one.
    pub(crate) fn get(&self, number: &str) -> Option<&Cpu> {
        self.known.get(number).filter(|cpu| cpu.present)
    }

    /// How busy each was, in the order of their numbers.
    pub(crate) fn busy(&self) -> Vec<f64> {
        let present = self.known.iter().filter(|(_, cpu)| cpu.present);
        let mut busy: Vec<(u32, f64)> =
            present.filter_map(|(number, cpu)| Some((number.parse().ok()?, cpu.busy?))).collect();
        busy.sort_by_key(|(number, _)| *number);
        busy.into_iter().map(|(_, busy)| busy).collect()
    }

    /// What all did together.
    pub(crate) fn shares(&self) -> Shares {
        self.shares
    }
}

impl Cpu {
    /// What was gained since the reading before; None at the first, and where the CPU was
    /// taken away and came back.
    fn advance(&mut self, times: &CpuTimes) -> Option<Gain> {
        let reading = times.0.map(|time| time.map(|time| time.as_secs_f64()));
        let known = self.seconds.iter().any(Option::is_some);
        let back = |(now, before): (&Option<f64>, &Option<f64>)| {
            now.zip(*before).is_some_and(|(now, before)| before - now > TOLERANCE)
        };
        if !known || reading.iter().zip(&self.seconds).any(back) {
            (self.seconds, self.busy) = (reading, None);
            return None;
        }
        let mut gain = Gain::default();
        for ((held, now), gain) in self.seconds.iter_mut().zip(reading).zip(&mut gain.0) {
            let Some(now) = now else {
                *held = None;
                continue;
            };
            // iowait and idle step back by a tick at times.
            let before = held.unwrap_or(now);
            *held = Some(before.max(now));
            *gain = (now - before).max(0.0);
        }
        self.busy = gain.busy().or(self.busy);
        Some(gain)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn reading(cpus: &[(&str, [f64; 8])]) -> Rows<CpuTimes> {
        let mut rows = Rows::default();
        for (number, seconds) in cpus {
            rows.add(number, CpuTimes(seconds.map(|s| Some(Duration::from_secs_f64(s)))));
        }
        rows
    }

    fn close(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-9)
    }

    #[test]
    fn shares_are_those_of_the_time_between_two_readings() {
        let mut cpus = Cpus::default();
        cpus.advance(&reading(&[("0", [5.0; 8]), ("1", [9.0; 8])]));
        assert_eq!(cpus.shares(), Shares::default());
        // user 2, system 1, idle 4, iowait 2, steal 1; the other CPU was idle all the time.
        let first = [7.0, 5.0, 6.0, 9.0, 7.0, 5.0, 5.0, 6.0];
        let second = [9.0, 9.0, 9.0, 19.0, 9.0, 9.0, 9.0, 9.0];
        for _ in 0..2 {
            cpus.advance(&reading(&[("0", first), ("1", second)]));
            assert!(close(cpus.get("0").unwrap().busy, 0.4));
            assert!(close(cpus.get("1").unwrap().busy, 0.0));
            let shares = cpus.shares();
            assert!(close(shares.busy, 0.2), "{shares:?}");
            assert!(close(shares.iowait, 0.1) && close(shares.steal, 0.05), "{shares:?}");
        }
    }

    #[test]
    fn a_mode_that_steps_back_a_little_is_held() {
        let mut cpus = Cpus::default();
        cpus.advance(&reading(&[("0", [10.0; 8])]));
        let mut next = [10.0; 8];
        (next[CpuTimes::IOWAIT], next[CpuTimes::IDLE]) = (9.5, 11.0);
        cpus.advance(&reading(&[("0", next)]));
        let cpu = cpus.get("0").unwrap();
        assert_eq!(cpu.seconds[CpuTimes::IOWAIT], Some(10.0));
        assert_eq!(cpu.busy, Some(0.0));
    }

    #[test]
    fn a_cpu_taken_away_and_brought_back_begins_anew() {
        let mut cpus = Cpus::default();
        cpus.advance(&reading(&[("0", [10.0; 8]), ("1", [500.0; 8])]));
        cpus.advance(&reading(&[("0", [11.0; 8])]));
        assert!(cpus.get("1").is_none());
        let shares = cpus.shares();
        cpus.advance(&reading(&[("0", [11.0; 8]), ("1", [1.0; 8])]));
        let cpu = cpus.get("1").unwrap();
        assert_eq!((cpu.seconds[0], cpu.busy), (Some(1.0), None));
        assert_eq!(cpus.shares(), shares);
    }
}
