//! The machine's figures against what was done, and what others say of it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    collections::HashMap,
    fs,
    hint::black_box,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use common::alone;
use resmon::{Figure, ManualClock, Monitor, Snapshot, System};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap()
}

/// Runs `work` while every CPU has something to do.
fn busy<T>(work: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    black_box((0..1000_u64).sum::<u64>());
                }
            });
        }
        let value = work();
        stop.store(true, Ordering::Relaxed);
        value
    })
}

#[test]
fn busy_cpus_are_busy() {
    let mut machine = System::new().unwrap();
    let percent = busy(|| machine.cpu_percent(Duration::from_millis(300))).unwrap();
    assert!((80.0..=100.0).contains(&percent), "{percent}");
    let each = busy(|| machine.cpu_percent_per_core(Duration::from_millis(300))).unwrap();
    let cpus = text("/proc/stat").lines().filter(|line| line.starts_with("cpu")).count() - 1;
    assert_eq!(each.len(), cpus);
    assert!(each.iter().all(|percent| (60.0..=100.0).contains(percent)), "{each:?}");
    let error = machine.cpu_percent(Duration::from_millis(1)).unwrap_err();
    assert!(error.is_config(), "{error}");
}

#[test]
fn memory_is_what_the_kernel_says() {
    let of = |key: &str| {
        let all = text("/proc/meminfo");
        let line = all.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1024.0
    };
    let mut machine = System::new().unwrap();
    let snapshot = machine.sample().unwrap();
    assert_eq!(snapshot.get("node_memory_MemTotal_bytes"), Some(of("MemTotal:")));
    let available = snapshot.get("node_memory_MemAvailable_bytes").unwrap();
    assert!((available - of("MemAvailable:")).abs() < 256e6, "{available}");
    let percent = machine.memory_percent().unwrap();
    let expected = (1.0 - of("MemAvailable:") / of("MemTotal:")) * 100.0;
    assert!((percent - expected).abs() < 2.0, "{percent} {expected}");
}

#[test]
fn memory_is_what_free_says() {
    let output = Command::new("free").arg("-b").env("LC_ALL", "C").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let row = |name: &str| -> Vec<f64> {
        let line = shown.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().map(|number| number.parse().unwrap()).collect()
    };
    let (memory, swap) = (row("Mem:"), row("Swap:"));
    let now = System::new().unwrap().sample().unwrap();
    let get = |figure: &'static str| now.get(figure).unwrap();
    let near = |ours: f64, theirs: f64| {
        assert!((ours - theirs).abs() < 256e6, "{ours} {theirs}\n{shown}");
    };
    assert_eq!(now.get("node_memory_MemTotal_bytes"), Some(memory[0]));
    near(get("node_memory_MemFree_bytes"), memory[2]);
    near(get("node_memory_MemAvailable_bytes"), memory[5]);
    let cached = ["node_memory_Buffers_bytes", "node_memory_Cached_bytes"].map(get);
    near(cached[0] + cached[1] + get("node_memory_SReclaimable_bytes"), memory[4]);
    assert_eq!(now.get("node_memory_SwapTotal_bytes"), Some(swap[0]));
    near(get("node_memory_SwapFree_bytes"), swap[2]);
}

#[test]
fn suspension_and_steps_of_the_clock_leave_every_figure_in_its_bounds() {
    let clock = ManualClock::new();
    let monitor = Monitor::builder().private().clock(clock.clone()).start().unwrap();
    let tick = || {
        // Long enough that the kernel counts something for the CPUs.
        thread::sleep(Duration::from_millis(120));
        clock.advance(Duration::from_secs(1));
        monitor.flush();
        monitor.snapshot()
    };
    let start = tick();
    let day = Duration::from_hours(24);
    let wall = SystemTime::now();
    let steps: [&dyn Fn(); 4] = [
        &|| clock.suspend(day),
        &|| clock.set_wall_clock(wall - 365 * day),
        &|| clock.set_wall_clock(wall + 365 * day),
        &|| clock.set_wall_clock(SystemTime::UNIX_EPOCH),
    ];
    let mut before = start.clone();
    for step in steps {
        step();
        let now = tick();
        assert!(now.gap().is_some());
        for (series, value) in now.iter() {
            let name = series.name();
            assert!(value.is_finite(), "{series} {value}");
            if name.ends_with("_ratio") {
                assert!((0.0..=1.05).contains(&value), "{series} {value}");
            } else if name.ends_with("_total") {
                let earlier = before.get(series).unwrap_or_default();
                assert!(value >= earlier, "{series} {value} after {earlier}");
            }
        }
        // What was there is there.
        for (series, _) in start.iter() {
            assert!(now.get(series).is_some(), "{series}");
        }
        before = now;
    }
}

#[test]
fn what_goes_through_the_loop_is_counted() {
    const BYTES: usize = 4 << 20;
    let mut machine = System::new().unwrap();
    let lo = |snapshot: &Snapshot, name: &'static str| {
        snapshot.get(Figure::named(name).with("device", "lo")).unwrap()
    };
    let before = lo(&machine.sample().unwrap(), "node_network_receive_bytes_total");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let sender = thread::spawn(move || {
        TcpStream::connect(address).unwrap().write_all(&vec![7; BYTES]).unwrap();
    });
    let mut received = Vec::new();
    listener.accept().unwrap().0.read_to_end(&mut received).unwrap();
    sender.join().unwrap();
    assert_eq!(received.len(), BYTES);
    let snapshot = machine.sample().unwrap();
    let after = lo(&snapshot, "node_network_receive_bytes_total");
    assert!(after - before >= BYTES as f64, "{before} {after}");
    assert!(lo(&snapshot, "system_network_receive_bytes_per_second") > 0.0);
    assert!(machine.network_bytes().unwrap() >= 2 * BYTES as u64);
}

#[test]
fn space_is_what_df_says() {
    let output = Command::new("df").args(["--output=pcent,size", "-B1", "/"]).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let mut fields = output.lines().nth(1).unwrap().split_whitespace();
    let percent: f64 = fields.next().unwrap().trim_end_matches('%').parse().unwrap();
    let size: f64 = fields.next().unwrap().parse().unwrap();
    let mut machine = System::new().unwrap();
    // df rounds up.
    let own = machine.disk_percent("/").unwrap();
    assert!((-0.1..=1.1).contains(&(percent - own)), "{own} {percent}");
    let root = Figure::named("node_filesystem_size_bytes").with("mountpoint", "/");
    assert_eq!(machine.sample().unwrap().get(root), Some(size));
    let error = machine.disk_percent("/no/such/folder").unwrap_err().to_string();
    assert!(error.starts_with("cannot read the space of /no/such/folder"), "{error}");
}

#[test]
fn shares_and_rates_are_absent_before_there_are_two_readings() {
    let mut machine = System::new().unwrap();
    let names = ["system_cpu_utilization_ratio", "system_cpu_steal_ratio"];
    let rate = || Figure::named("system_network_receive_bytes_per_second").with("device", "lo");
    let first = machine.sample().unwrap();
    assert!(names.iter().all(|name| first.get(*name).is_none()) && first.get(rate()).is_none());
    thread::sleep(Duration::from_millis(50));
    let second = machine.sample().unwrap();
    assert!(names.iter().all(|name| second.get(*name).is_some()) && second.get(rate()).is_some());
    let boot = second.get("node_boot_time_seconds").unwrap();
    let uptime: f64 = text("/proc/uptime").split(' ').next().unwrap().parse().unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((now - uptime - boot).abs() < 2.0, "{boot}");
}

/// A machine of files.
struct Tree(PathBuf);

impl Tree {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("resmon-{name}-{}", std::process::id()));
        Self(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn system(&self) -> System {
        System::with_roots(self.0.join("proc"), self.0.join("sys"), &self.0).unwrap()
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn another_machine_is_read_from_where_it_is_mounted() {
    let tree = Tree::new("host");
    tree.write("proc/stat", "cpu0 100 0 0 900 0 0 0 0\nbtime 1000\nctxt 5\n");
    tree.write("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 250 kB\n");
    tree.write("proc/loadavg", "1.50 2.50 3.50 1/2 3\n");
    tree.write("proc/1/net/dev", "  eth7: 1000 1 0 2 0 0 0 0 50 1 0 0 0 0 0 0\n");
    tree.write("proc/1/mountinfo", "1 0 8:1 / /data rw - ext4 /dev/sda1 rw\n");
    tree.write("data/file", "");
    let mut host = tree.system();
    assert!((host.memory_percent().unwrap() - 75.0).abs() < 1e-9);
    assert_eq!(host.load_average().unwrap().map(|load| load.to_string()), ["1.5", "2.5", "3.5"]);
    assert_eq!(host.network_bytes().unwrap(), 1050);
    let snapshot = host.sample().unwrap();
    let drops = Figure::named("node_network_receive_drop_total").with("device", "eth7");
    assert_eq!(snapshot.get(drops), Some(2.0));
    let space = Figure::named("node_filesystem_size_bytes").with("mountpoint", "/data");
    assert!(snapshot.get(space) > Some(0.0));

    // Time goes on: half of it was work.
    tree.write("proc/stat", "cpu0 150 0 0 950 0 0 0 0\nbtime 1000\nctxt 4\n");
    let later = host.sample().unwrap();
    assert_eq!(later.get("system_cpu_utilization_ratio"), Some(0.5));
    assert_eq!(later.get("node_context_switches_total"), Some(5.0));
    // A file that is gone, and one of another format, take their own figures with them.
    fs::remove_file(tree.0.join("proc/meminfo")).unwrap();
    tree.write("proc/loadavg", "nonsense\n");
    let later = tree.system().sample().unwrap();
    assert_eq!(later.get("node_memory_MemTotal_bytes"), None);
    assert_eq!(later.get("node_load1"), None);
    assert_eq!(later.get("node_boot_time_seconds"), Some(1000.0));
}

#[test]
fn what_cannot_be_read_any_more_is_absent_and_counted() {
    let tree = Tree::new("cut");
    let cpu = |work: u32| format!("cpu0 {work} 0 0 900 0 0 0 0\nbtime 1000\nctxt 5\n");
    tree.write("proc/stat", &cpu(100));
    tree.write("proc/meminfo", "MemTotal: 1000 kB\nSwapTotal: 10 kB\n");
    tree.write("proc/1/net/dev", "Inter-|\n  eth7: 1000 1 0 2 0 0 0 0 50 1 0 0 0 0 0 0\n");
    tree.write("proc/diskstats", "8 0 sda 1 1 8 1 1 1 8 1 0 1 1\n");
    let mut host = tree.system();
    let _ = host.sample().unwrap();
    tree.write("proc/stat", &cpu(200));
    assert_eq!(host.sample().unwrap().get("system_cpu_utilization_ratio"), Some(1.0));
    for cut in ["", "cpu0 1", "\u{1}\u{2}\n"] {
        tree.write("proc/stat", cut);
        let now = host.sample().unwrap();
        let of_stat = ["system_cpu_utilization_ratio", "system_cpu_iowait_ratio"];
        let counts = ["node_boot_time_seconds", "node_context_switches_total"];
        for figure in of_stat.into_iter().chain(counts) {
            assert_eq!(now.get(figure), None, "{figure} of {cut:?}");
        }
    }
    // A swap space of which it is not said how much is free is not empty.
    let error = format!("{:?}", host.swap_percent().unwrap_err());
    assert!(error.starts_with("cannot read the swap space"), "{error}");

    let builder = Monitor::builder().private();
    let clock = ManualClock::new();
    let roots = [tree.0.join("proc"), tree.0.join("sys"), tree.0.clone()];
    let [proc, sys, root] = roots;
    tree.write("proc/stat", &cpu(300));
    tree.write("proc/1/mountinfo", "1 0 8:1 / /data rw - ext4 /dev/sda1 rw\n");
    tree.write("data/file", "");
    let monitor = builder.roots(proc, sys, root).clock(clock.clone()).start().unwrap();
    let errors = || {
        let errors = Figure::named("resmon_collect_errors_total").with("source", "system");
        monitor.snapshot().get(errors).unwrap_or_default()
    };
    let before = errors();
    tree.write("proc/1/net/dev", "nothing of that kind\n");
    tree.write("proc/diskstats", "neither\n");
    thread::sleep(Duration::from_secs(1));
    clock.advance(Duration::from_secs(1));
    monitor.flush();
    assert!(errors() > before);
    let device = Figure::named("node_network_receive_bytes_total").with("device", "eth7");
    assert_eq!(monitor.snapshot().get(device), None);
}

#[test]
fn the_container_of_another_root_is_that_of_its_first_process() {
    let tree = Tree::new("sidecar");
    tree.write("proc/1/cgroup", "0::/pod\n");
    tree.write("proc/1/mountinfo", "1 0 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    tree.write("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 800 kB\n");
    tree.write("proc/stat", "cpu0 1 0 0 900 0 0 0 0\nbtime 1000\n");
    let files = [("cpu.max", "50000 100000\n"), ("memory.max", "400000\n")];
    let files = files.into_iter().chain([("memory.current", "100000\n")]);
    for (file, text) in files.chain([("memory.stat", "anon 5\ninactive_file 0\n")]) {
        tree.write(&format!("sys/fs/cgroup/pod/{file}"), text);
    }
    let (proc, sys, root) = (tree.0.join("proc"), tree.0.join("sys"), tree.0.clone());
    let monitor = Monitor::builder().private().roots(proc, sys, root).start().unwrap();
    let now = monitor.snapshot();
    assert_eq!(now.get("container_spec_memory_limit_bytes"), Some(400_000.0));
    assert_eq!(now.get("container_spec_cpu_quota"), Some(50_000.0));
    assert_eq!(now.get("resmon_memory_headroom_bytes"), Some(300_000.0));
    // What binds this process is another matter.
    assert_ne!(now.get("resmon_cpu_limit_cores"), Some(0.5));
}

#[test]
fn a_machine_that_is_not_there_is_an_error() {
    let error = Tree::new("nothing").system().sample().unwrap_err();
    assert!(error.to_string().starts_with("cannot read the machine"), "{error}");
}

#[test]
fn a_monitor_has_the_machine_and_the_container() {
    let monitor = Monitor::builder().private().start().unwrap();
    let snapshot = monitor.snapshot();
    for name in ["node_load1", "node_memory_MemTotal_bytes", "resmon_memory_headroom_bytes"] {
        assert!(snapshot.get(name).is_some(), "{name}\n{snapshot}");
    }
    drop(monitor);
}

#[test]
fn without_descriptors_what_cannot_be_read_is_absent_and_comes_back() {
    alone("without_descriptors_what_cannot_be_read_is_absent_and_comes_back", || {
        let before = getrlimit(Resource::Nofile);
        let open = fs::read_dir("/proc/self/fd").unwrap().count() as u64;
        setrlimit(Resource::Nofile, Rlimit { current: Some(open + 4), ..before }).unwrap();
        let monitor =
            Monitor::builder().private().interval(Duration::from_millis(50)).start().unwrap();
        let now = monitor.snapshot();
        assert!(
            now.get("process_cpu_seconds_total").is_some()
                && now.get("node_time_seconds").is_some()
        );
        assert_eq!(now.get("node_memory_MemTotal_bytes"), None);
        let errors = Figure::named("resmon_collect_errors_total").with("source", "system");
        assert!(now.get(&errors) > Some(0.0), "{now}");
        setrlimit(Resource::Nofile, before).unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        while monitor.snapshot().get("node_memory_MemTotal_bytes").is_none() {
            assert!(Instant::now() < deadline, "{}", monitor.snapshot());
            thread::sleep(Duration::from_millis(20));
        }
    });
}

#[test]
fn many_descriptors_and_threads_are_counted() {
    alone("many_descriptors_and_threads_are_counted", || {
        let limit = getrlimit(Resource::Nofile);
        let most = limit.maximum.unwrap_or(20_000).min(12_000);
        setrlimit(Resource::Nofile, Rlimit { current: Some(most), ..limit }).unwrap();
        let mut process = resmon::Process::current().unwrap();
        let before = process.sample().unwrap();
        let wanted = (most - 200).min(10_000);
        let files: Vec<_> = (0..wanted).map(|_| fs::File::open("/dev/null").unwrap()).collect();
        let barrier = std::sync::Barrier::new(1_001);
        thread::scope(|scope| {
            for _ in 0..1_000 {
                let wait = || {
                    barrier.wait();
                };
                thread::Builder::new().stack_size(64 << 10).spawn_scoped(scope, wait).unwrap();
            }
            let now = process.sample().unwrap();
            barrier.wait();
            assert_eq!(now.open_fds().unwrap() - before.open_fds().unwrap(), wanted);
            assert_eq!(now.threads().unwrap() - before.threads().unwrap(), 1_000);
        });
        drop(files);
    });
}

#[cfg(feature = "prometheus")]
#[test]
fn the_machine_is_exported_on_request() {
    let monitor = Monitor::builder().start().unwrap();
    assert!(!resmon::render().contains("node_load1"));
    drop(monitor);
    let monitor = Monitor::builder().export_machine().export_container().start().unwrap();
    let text = resmon::render();
    assert!(text.contains("# TYPE node_cpu_seconds_total counter\n"), "{text}");
    assert!(text.contains("node_cpu_seconds_total{cpu=\"0\",mode=\"steal\"}"), "{text}");
    drop(monitor);
}

const SCRIPT: &str = "
import psutil
print('cpus', psutil.cpu_count())
m, s = psutil.virtual_memory(), psutil.swap_memory()
print('total', m.total); print('available', m.available); print('percent', m.percent)
print('swap', s.percent)
d = psutil.disk_usage('/')
print('disk', d.percent); print('size', d.total); print('free', d.free)
n = psutil.net_io_counters()
print('network', n.bytes_sent + n.bytes_recv)
i = psutil.disk_io_counters()
print('read', i.read_bytes); print('written', i.write_bytes)
print('boot', psutil.boot_time())
print('load', psutil.getloadavg()[2])
t = psutil.cpu_times()
print('user', t.user); print('idle', t.idle); print('iowait', t.iowait); print('steal', t.steal)
print('switches', psutil.cpu_stats().ctx_switches)
";

#[test]
#[ignore = "needs python3 with psutil"]
fn psutil_tells_the_same_of_the_machine() {
    let output = Command::new("python3").args(["-c", SCRIPT]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let theirs: HashMap<&str, f64> = said
        .lines()
        .map(|line| line.split_once(' ').map(|(key, value)| (key, value.parse().unwrap())).unwrap())
        .collect();
    let began = Instant::now();
    let mut machine = System::new().unwrap();
    let own = machine.sample().unwrap();
    let sum = |name: &str, key: &str, value: &str| -> f64 {
        let has = |series: &&(_, f64)| {
            let series: &resmon::Series = series.0;
            series.name() == name
                && (key.is_empty() || series.labels().any(|label| label == (key, value)))
        };
        own.iter().collect::<Vec<_>>().iter().filter(has).map(|(_, value)| value).sum()
    };
    let near = |key: &str, ours: f64, by: f64| {
        assert!((ours - theirs[key]).abs() <= by, "{key}: {ours}, psutil says {}", theirs[key]);
    };
    near("total", sum("node_memory_MemTotal_bytes", "", ""), 0.0);
    near("available", sum("node_memory_MemAvailable_bytes", "", ""), 128e6);
    near("percent", machine.memory_percent().unwrap(), 1.0);
    near("swap", machine.swap_percent().unwrap(), 1.0);
    near("disk", machine.disk_percent("/").unwrap(), 0.2);
    near("size", sum("node_filesystem_size_bytes", "mountpoint", "/"), 0.0);
    near("free", sum("node_filesystem_avail_bytes", "mountpoint", "/"), 64e6);
    near("network", machine.network_bytes().unwrap() as f64, 1e6);
    near("read", sum("node_disk_read_bytes_total", "", ""), 64e6);
    near("written", sum("node_disk_written_bytes_total", "", ""), 64e6);
    near("boot", sum("node_boot_time_seconds", "", ""), 1.0);
    near("load", machine.load_average().unwrap()[2], 0.5);
    for mode in ["user", "idle", "iowait", "steal"] {
        let seconds = 4.0 + 2.0 * theirs["cpus"] * began.elapsed().as_secs_f64();
        near(mode, sum("node_cpu_seconds_total", "mode", mode), seconds);
    }
    near("switches", sum("node_context_switches_total", "", ""), 200_000.0);
}
