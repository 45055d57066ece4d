//! What one reading of the own process, and of the machine, costs: resmon and its peers, side
//! by side in one run.
//!
//! `cargo bench -p resmon-benches --bench sampling`. Every contender runs one batch a round,
//! so that a change of the machine's mood meets all of them; the medians over the rounds
//! count. After each batch it sleeps and reads once more: that one is cold, as the readings of
//! a program that samples once a second are.

mod contender;

use std::{error::Error, hint::black_box};

use metrics_exporter_prometheus::PrometheusBuilder;
use prometheus::{core::Collector, process_collector::ProcessCollector};
use resmon::{Backend, Process};
use sysinfo::{Disks, Networks, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::contender::{Contender, compare};

fn main() -> Result<(), Box<dyn Error>> {
    process()?;
    machine()
}

fn process() -> Result<(), Box<dyn Error>> {
    let mut native = Process::current()?;
    let mut portable = Process::with_backend(Backend::Portable)?;
    let mut system = System::new()?;
    let me = Pid::from_u32(std::process::id());
    let kind = ProcessRefreshKind::nothing().with_cpu().with_memory().with_disk_usage();
    let recorder = PrometheusBuilder::new().build_recorder();
    let facade = metrics_process::Collector::default();
    let collector = ProcessCollector::for_self();

    let mut contenders = vec![
        Contender::new("resmon", false, || {
            let _ = black_box(native.sample());
        }),
        Contender::new("resmon, portable backend", false, || {
            let _ = black_box(portable.sample());
        }),
        Contender::new("sysinfo (cpu, memory, disk; no tasks)", true, || {
            system.refresh_processes_specifics(
                ProcessesToUpdate::Some(&[me]),
                false,
                kind.without_tasks(),
            );
            let _ = black_box(system.process(me));
        }),
        Contender::new("metrics-process", true, || {
            metrics::with_local_recorder(&recorder, || facade.collect());
        }),
        Contender::new("prometheus process collector", true, || {
            let _ = black_box(collector.collect());
        }),
    ];
    let once = "
def once():
    with p.oneshot():
        p.cpu_times(); p.memory_info(); p.num_threads(); p.num_fds()
        p.io_counters(); p.num_ctx_switches(); p.create_time()
p = psutil.Process()
";
    contenders.extend(Contender::psutil("psutil (oneshot)", once, "once()"));
    compare("the own process", &mut contenders, 500, 0.25)
}

/// The same figures by each, as far as it has them: resmon has pressure, sockets, handles and
/// temperatures besides, sysinfo lacks modes of CPUs, drops and disk I/O.
fn machine() -> Result<(), Box<dyn Error>> {
    let mut own = resmon::System::new()?;
    let mut system = System::new()?;
    let mut networks = Networks::new_with_refreshed_list()?;
    let mut disks = Disks::new_with_refreshed_list()?;
    let mut contenders = vec![
        Contender::new("resmon, every figure", false, || {
            let _ = black_box(own.sample());
        }),
        Contender::new("sysinfo", true, || {
            system.refresh_cpu_usage();
            system.refresh_memory();
            networks.refresh(true);
            disks.refresh(true);
            let _ = black_box((System::load_average(), System::boot_time()));
        }),
    ];
    let once = "
def once():
    psutil.cpu_times(percpu=True); psutil.virtual_memory(); psutil.swap_memory()
    psutil.net_io_counters(pernic=True); psutil.disk_io_counters(perdisk=True)
    for part in psutil.disk_partitions(): psutil.disk_usage(part.mountpoint)
    psutil.getloadavg(); psutil.cpu_stats(); psutil.boot_time(); psutil.sensors_temperatures()
";
    contenders.extend(Contender::psutil("psutil", once, "once()"));
    compare("the machine", &mut contenders, 50, 1.0 / 3.0)
}
