//! A sample as a table to read.

use std::{fmt, time::Duration};

use super::ProcessSample;

/// One figure a line; what is absent is left out.
impl fmt::Display for ProcessSample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<25} {} ({} backend)", "process", self.pid(), self.backend())?;
        for (label, value) in rows(self) {
            if let Some(value) = value {
                writeln!(f, "{label:<25} {value}")?;
            }
        }
        Ok(())
    }
}

fn rows(s: &ProcessSample) -> impl IntoIterator<Item = (&'static str, Option<String>)> {
    [
        ("uptime", s.uptime().map(seconds)),
        ("CPU time", s.cpu_time().map(seconds)),
        ("CPU time, user", s.user_cpu_time().map(seconds)),
        ("CPU time, system", s.system_cpu_time().map(seconds)),
        ("CPU use", s.cpu_utilization_ratio().map(percent)),
        ("CPUs allowed", s.cpu_limit_cores().map(|cores| cores.to_string())),
        ("resident memory", s.resident_memory_bytes().map(bytes)),
        ("resident memory, peak", s.resident_memory_peak_bytes().map(bytes)),
        ("virtual memory", s.virtual_memory_bytes().map(bytes)),
        ("virtual memory, limit", s.virtual_memory_max_bytes().map(bytes)),
        ("swapped out", s.swap_bytes().map(bytes)),
        ("memory limit", s.memory_limit_bytes().map(bytes)),
        ("memory use", s.memory_utilization_ratio().map(percent)),
        ("heap in use", s.heap_bytes().map(bytes)),
        ("open files", s.open_fds().map(count)),
        ("open files, limit", s.max_fds().map(count)),
        ("threads", s.threads().map(count)),
        ("context switches, own", s.voluntary_context_switches().map(count)),
        ("context switches, forced", s.involuntary_context_switches().map(count)),
        ("page faults, minor", s.minor_page_faults().map(count)),
        ("page faults, major", s.major_page_faults().map(count)),
        ("storage read", s.read_bytes().map(bytes)),
        ("storage written", s.write_bytes().map(bytes)),
        ("storage write cancelled", s.cancelled_write_bytes().map(bytes)),
        ("read in all", s.read_chars().map(bytes)),
        ("written in all", s.write_chars().map(bytes)),
        ("read calls", s.read_syscalls().map(count)),
        ("write calls", s.write_syscalls().map(count)),
        ("waited for a CPU", s.run_queue_wait().map(seconds)),
        ("OOM score", s.oom_score().map(|score| score.to_string())),
    ]
}

fn count(value: u64) -> String {
    value.to_string()
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

fn percent(ratio: f64) -> String {
    format!("{:.1} %", ratio * 100.0)
}

fn bytes(value: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    let mut scaled = value as f64;
    let mut unit = "B";
    for larger in UNITS {
        if scaled < 1024.0 {
            break;
        }
        scaled /= 1024.0;
        unit = larger;
    }
    if unit == "B" { format!("{value} B") } else { format!("{scaled:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{
        Backend,
        sys::{RawLimits, RawProcess},
    };

    #[test]
    fn lists_what_is_there_and_nothing_else() {
        let raw = RawProcess {
            pid: 7,
            resident: Some(3 << 20),
            threads: Some(2),
            uptime: Some(Duration::from_millis(1500)),
            ..RawProcess::default()
        };
        let limits = RawLimits { machine_memory: Some(12 << 20), ..RawLimits::default() };
        let sample = ProcessSample::new(Backend::Native, raw, limits, Some(0.25));
        let expected = "\
process                   7 (native backend)
uptime                    1.500 s
CPU use                   25.0 %
resident memory           3.0 MiB
memory limit              12.0 MiB
memory use                25.0 %
threads                   2
";
        assert_eq!(sample.to_string(), expected);
    }

    #[test]
    fn bytes_are_scaled_to_a_readable_unit() {
        let shown = [0, 1023, 1024, 1_572_864, u64::MAX].map(bytes);
        assert_eq!(shown, ["0 B", "1023 B", "1.0 KiB", "1.5 MiB", "16.0 EiB"]);
    }
}
