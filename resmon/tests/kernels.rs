//! Files as kernels of four ages write them: those of 6.18 were taken from a running machine, the
//! others are in the columns, keys and widths of their kernels.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{path::Path, process::Command};

use resmon::{Figure, Snapshot, System};

type Expected<'a> = &'a [(&'a str, &'a [(&'a str, &'a str)], Option<f64>)];

const MIB: f64 = 1_048_576.0;
const KIB: f64 = 1_024.0;

fn root(kernel: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kernels").join(kernel)
}

fn read(kernel: &str) -> Snapshot {
    let root = root(kernel);
    System::with_roots(root.join("proc"), root.join("sys"), root).unwrap().sample().unwrap()
}

fn holds(kernel: &str, expected: Expected<'_>) {
    let found = read(kernel);
    for (name, labels, value) in expected {
        let figure = Figure::named((*name).to_owned());
        let figure =
            labels.iter().fold(figure, |f, (k, v)| f.with((*k).to_owned(), (*v).to_owned()));
        let found = found.get(figure);
        let same = match (found, value) {
            (Some(found), Some(value)) => (found - value).abs() <= value.abs() * 1e-12,
            (found, value) => found.is_none() && value.is_none(),
        };
        assert!(same, "{kernel}: {name} {labels:?} is {found:?}, not {value:?}");
    }
}

#[test]
fn linux_2_6_32() {
    holds(
        "2.6.32",
        &[
            ("node_cpu_seconds_total", &[("cpu", "1"), ("mode", "idle")], Some(130_064.43)),
            ("node_cpu_seconds_total", &[("cpu", "1"), ("mode", "steal")], Some(0.0)),
            ("node_context_switches_total", &[], Some(48_151_623.0)),
            ("node_boot_time_seconds", &[], Some(1_262_304_000.0)),
            ("node_procs_blocked", &[], Some(1.0)),
            ("node_memory_MemTotal_bytes", &[], Some(1_920_792.0 * KIB)),
            // It does not tell what is available: what is free, or can be, is taken instead.
            ("node_memory_MemAvailable_bytes", &[], None),
            ("system_memory_utilization_ratio", &[], Some(1.0 - 1_352_784.0 / 1_920_792.0)),
            ("system_swap_utilization_ratio", &[], Some(272.0 / 2_064_376.0)),
            ("node_disk_written_bytes_total", &[("device", "sda")], Some(5_778_338.0 * 512.0)),
            ("node_disk_reads_completed_total", &[("device", "dm-0")], Some(30_021.0)),
            ("node_disk_read_bytes_total", &[("device", "sda1")], None),
            ("node_disk_read_bytes_total", &[("device", "ram0")], None),
            ("node_network_receive_bytes_total", &[("device", "eth0")], Some(4_294_967_295.0)),
            ("node_network_transmit_drop_total", &[("device", "eth0")], Some(4.0)),
            ("node_netstat_Tcp_CurrEstab", &[], Some(17.0)),
            ("node_sockstat_TCP_inuse", &[], Some(9.0)),
            ("node_filefd_allocated", &[], Some(1_216.0)),
            ("node_load15", &[], Some(0.05)),
            ("node_pressure_cpu_waiting_seconds_total", &[], None),
        ],
    );
}

#[test]
fn linux_4_15() {
    holds(
        "4.15",
        &[
            ("node_cpu_seconds_total", &[("cpu", "3"), ("mode", "softirq")], Some(126.60)),
            // Guests' time is in the user's already.
            ("node_cpu_seconds_total", &[("cpu", "0"), ("mode", "user")], Some(17_500.0)),
            ("node_memory_MemAvailable_bytes", &[], Some(11_264.0 * MIB)),
            ("system_memory_utilization_ratio", &[], Some(1.0 - 11_534_336.0 / 16_315_416.0)),
            // There is none of which a share could be in use.
            ("system_swap_utilization_ratio", &[], None),
            ("node_disk_io_time_seconds_total", &[("device", "nvme0n1")], Some(1_834.5)),
            ("node_disk_read_bytes_total", &[("device", "nvme0n1p1")], None),
            ("node_network_receive_bytes_total", &[("device", "ens3")], Some(98_123_456_789.0)),
            ("node_network_receive_drop_total", &[("device", "ens3")], Some(12.0)),
            ("node_netstat_Tcp_CurrEstab", &[], Some(42.0)),
            ("node_load1", &[], Some(1.25)),
            ("node_pressure_memory_waiting_seconds_total", &[], None),
        ],
    );
}

#[test]
fn linux_5_10() {
    holds(
        "5.10",
        &[
            // CPUs 1 and 2 are switched off.
            ("node_cpu_seconds_total", &[("cpu", "1"), ("mode", "user")], None),
            ("node_cpu_seconds_total", &[("cpu", "3"), ("mode", "steal")], Some(2.7)),
            // More than a double holds exactly.
            ("node_context_switches_total", &[], Some(18_446_744_073_709_552_000.0)),
            ("system_memory_utilization_ratio", &[], Some(0.5)),
            ("system_swap_utilization_ratio", &[], Some(0.5)),
            ("node_disk_read_bytes_total", &[("device", "vda")], Some(MIB)),
            ("node_network_transmit_bytes_total", &[("device", "eth0")], Some(2_000.0)),
            ("node_filefd_maximum", &[], Some(9_223_372_036_854_775_807.0)),
            ("node_pressure_cpu_waiting_seconds_total", &[], Some(1.5)),
            ("node_pressure_memory_stalled_seconds_total", &[], Some(0.125)),
            ("node_pressure_io_stalled_seconds_total", &[], Some(4.0)),
        ],
    );
}

#[test]
fn linux_6_18() {
    holds(
        "6.18",
        &[
            ("node_cpu_seconds_total", &[("cpu", "1"), ("mode", "user")], Some(8_952.3)),
            ("node_cpu_seconds_total", &[("cpu", "1"), ("mode", "iowait")], Some(296.86)),
            ("node_cpu_seconds_total", &[("cpu", "1"), ("mode", "steal")], Some(18.23)),
            ("node_memory_MemAvailable_bytes", &[], Some(24_882_339_840.0)),
            ("node_memory_SReclaimable_bytes", &[], Some(692_080_640.0)),
            ("node_disk_read_bytes_total", &[("device", "vda")], Some(277_436_666_880.0)),
            ("node_disk_io_time_seconds_total", &[("device", "vda")], Some(614.784)),
            ("node_network_receive_bytes_total", &[("device", "eth0")], Some(532_190_299.0)),
            ("node_network_transmit_packets_total", &[("device", "eth0")], Some(14_225.0)),
            ("node_pressure_cpu_waiting_seconds_total", &[], Some(2_072.377_051)),
            ("node_pressure_memory_stalled_seconds_total", &[], Some(0.023_578)),
            ("node_filefd_maximum", &[], Some(2_466_170.0)),
        ],
    );
}

#[test]
#[ignore = "needs python3 with psutil"]
fn psutil_reads_the_same_from_the_same_files() {
    let script = "
import psutil, sys
psutil.PROCFS_PATH = sys.argv[1] + '/proc'
memory, times = psutil.virtual_memory(), psutil.cpu_times(percpu=True)
print(memory.total, memory.free, sum(t.idle for t in times), sum(t.user for t in times))
print(psutil.boot_time(), psutil.cpu_stats().ctx_switches)
";
    // It wants as many modes of a CPU as the kernel it runs on has: no 2.6.32.
    for kernel in ["4.15", "5.10", "6.18"] {
        let output = Command::new("python3").args(["-c", script]).arg(root(kernel)).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let theirs: Vec<f64> =
            text.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let found = read(kernel);
        let sum = |name: &str, mode: &str| -> f64 {
            let of_mode = found.iter().filter(|(series, _)| {
                series.name() == name && series.labels().any(|label| label == ("mode", mode))
            });
            of_mode.map(|(_, value)| value).sum()
        };
        let ours = [
            found.get("node_memory_MemTotal_bytes").unwrap(),
            found.get("node_memory_MemFree_bytes").unwrap(),
            sum("node_cpu_seconds_total", "idle"),
            sum("node_cpu_seconds_total", "user"),
            found.get("node_boot_time_seconds").unwrap(),
            found.get("node_context_switches_total").unwrap(),
        ];
        for (ours, theirs) in ours.into_iter().zip(theirs) {
            assert!((ours - theirs).abs() <= theirs.abs() * 1e-9, "{kernel}: {ours} {theirs}");
        }
    }
}
