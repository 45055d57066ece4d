//! Figures of this process against truths read by other means.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]
#![allow(unsafe_code, reason = "the truths are read by foreign calls")]

mod common;

use std::{
    fs::{self, File},
    hint::black_box,
    io::Write,
    mem::MaybeUninit,
    sync::{Barrier, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use resmon::{Error, Process};

/// These tests measure the whole process, so that each has one of its own; and one after
/// the other, so that none takes another's CPU.
fn is_alone(test: &str) -> bool {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    common::is_alone(test)
}

fn cpu_clock() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a whole `timespec` that outlives the call.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    assert_eq!(status, 0);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

fn usage() -> libc::rusage {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to a whole `rusage` that outlives the call; all zero is valid.
    unsafe {
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()), 0);
        usage.assume_init()
    }
}

fn seconds(time: libc::timeval) -> f64 {
    Duration::new(time.tv_sec.try_into().unwrap(), 0).as_secs_f64() + time.tv_usec as f64 / 1e6
}

/// Computes until the calling thread itself has used that much CPU.
fn burn(work: Duration) {
    let used = || {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the pointer is to a whole `timespec` that outlives the call.
        unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
        Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
    };
    let end = used() + work;
    let mut x = 1_u64;
    while used() < end {
        for _ in 0..10_000 {
            x = black_box(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    }
}

fn burn_in(threads: u32, work: Duration) {
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(move || burn(work / threads));
        }
    });
}

#[test]
fn cpu_time_is_the_work_done_in_any_number_of_threads() -> Result<(), Error> {
    if !is_alone("cpu_time_is_the_work_done_in_any_number_of_threads") {
        return Ok(());
    }
    let mut process = Process::current()?;
    for threads in [1, 2] {
        let (truth, rusage) = (cpu_clock(), usage());
        let before = process.sample()?;
        let start = Instant::now();
        burn_in(threads, Duration::from_secs(1));
        let after = process.sample()?;
        let elapsed = start.elapsed().as_secs_f64();
        let truth = cpu_clock().abs_diff(truth).as_secs_f64();
        let now = usage();
        let by_rusage = seconds(now.ru_utime) + seconds(now.ru_stime)
            - seconds(rusage.ru_utime)
            - seconds(rusage.ru_stime);

        let (from, to) = (before.cpu_time().unwrap(), after.cpu_time().unwrap());
        let used = to.abs_diff(from).as_secs_f64();
        assert!((used - 1.0).abs() < 0.02, "{threads} threads: {used} s");
        assert!((used / truth - 1.0).abs() < 0.02, "{used} s, by the clock {truth} s");
        assert!((used / by_rusage - 1.0).abs() < 0.02, "{used} s, by getrusage {by_rusage} s");

        let split = |sample: &resmon::ProcessSample| {
            (sample.user_cpu_time().unwrap() + sample.system_cpu_time().unwrap()).as_secs_f64()
        };
        assert!((split(&after) - split(&before) - used).abs() < 0.02);

        let ratio = after.cpu_utilization_ratio().unwrap();
        let expected = truth / elapsed / after.cpu_limit_cores().unwrap();
        assert!((ratio / expected - 1.0).abs() < 0.02, "{ratio} instead of {expected}");
    }
    Ok(())
}

#[test]
fn cpu_percent_is_of_one_core_and_readers_do_not_disturb_one_another() {
    if !is_alone("cpu_percent_is_of_one_core_and_readers_do_not_disturb_one_another") {
        return;
    }
    thread::scope(|scope| {
        scope.spawn(|| burn(Duration::from_millis(500)));
        for i in 0..8 {
            scope.spawn(move || {
                let mut process = Process::current().unwrap();
                let _ = process.sample().unwrap();
                let (truth, start) = (cpu_clock(), Instant::now());
                let percent = process.cpu_percent(Duration::from_millis(200 + 10 * i)).unwrap();
                let truth =
                    cpu_clock().abs_diff(truth).as_secs_f64() / start.elapsed().as_secs_f64();
                let truth = truth * 100.0;
                assert!((percent - truth).abs() < 5.0, "{percent} %, by the clock {truth} %");
                // Nor does the wait disturb the baseline of the reader's own samples.
                assert!(process.sample().unwrap().cpu_utilization_ratio().is_some());
            });
        }
    });
}

#[test]
fn sixty_four_mebibytes_touched_are_sixty_four_mebibytes_resident() -> Result<(), Error> {
    const SIZE: usize = 64 << 20;

    if !is_alone("sixty_four_mebibytes_touched_are_sixty_four_mebibytes_resident") {
        return Ok(());
    }
    let mut process = Process::current()?;
    let rss = |process: &mut Process| Ok::<_, Error>(process.sample()?.resident_memory_bytes());
    let _ = (rss(&mut process)?, smaps_rss());

    // SAFETY: a fresh private mapping, checked below and unmapped at the end.
    let block = unsafe {
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        libc::mmap(std::ptr::null_mut(), SIZE, protection, flags, -1, 0)
    };
    assert_ne!(block, libc::MAP_FAILED);
    // SAFETY: as above; without huge pages each touch is one page. Kernels without them refuse.
    let _ = unsafe { libc::madvise(block, SIZE, libc::MADV_NOHUGEPAGE) };

    let before = rss(&mut process)?.unwrap();
    for offset in (0..SIZE).step_by(4096) {
        // SAFETY: within the mapping, which nothing else refers to.
        unsafe { block.cast::<u8>().add(offset).write_volatile(1) };
    }
    let after = rss(&mut process)?.unwrap();
    let grown = after - before;
    assert_eq!(grown, SIZE as u64, "exact to the page");

    let truth = smaps_rss();
    let now = rss(&mut process)?.unwrap();
    assert!(now.abs_diff(truth) <= 16 * 4096, "{now}, smaps_rollup says {truth}");
    assert!(process.sample()?.memory_utilization_ratio().is_some_and(|ratio| ratio > 0.0));

    // SAFETY: the mapping made above, used no more.
    assert_eq!(unsafe { libc::munmap(block, SIZE) }, 0);
    assert!(rss(&mut process)?.unwrap() < after - SIZE as u64 / 2);
    assert!(process.sample()?.resident_memory_peak_bytes().unwrap() >= after);
    Ok(())
}

fn smaps_rss() -> u64 {
    let text = fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    let line = text.lines().find(|line| line.starts_with("Rss:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
fn a_hundred_open_files_are_a_hundred_descriptors() -> Result<(), Error> {
    if !is_alone("a_hundred_open_files_are_a_hundred_descriptors") {
        return Ok(());
    }
    let mut process = Process::current()?;
    let _ = process.sample()?;
    let before = process.sample()?.open_fds().unwrap();
    let files: Vec<_> = (0..100).map(|_| File::open("/dev/null").unwrap()).collect();
    assert_eq!(process.sample()?.open_fds().unwrap(), before + 100);
    drop(files);
    assert_eq!(process.sample()?.open_fds().unwrap(), before);
    assert_eq!(before, descriptors_of_the_program());
    Ok(())
}

/// Open descriptors that resmon did not open: it opens files of `/proc` and control groups.
fn descriptors_of_the_program() -> u64 {
    let of_resmon = |target: &str| target.starts_with("/proc/") || target.starts_with("/sys/fs/");
    let links = fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path());
    let targets = links.filter_map(|link| fs::read_link(link).ok());
    targets.filter(|target| !of_resmon(&target.to_string_lossy())).count() as u64
}

#[test]
fn sleeps_of_every_thread_are_voluntary_switches() -> Result<(), Error> {
    if !is_alone("sleeps_of_every_thread_are_voluntary_switches") {
        return Ok(());
    }
    let mut process = Process::current()?;
    let before = process.sample()?.voluntary_context_switches().unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(sleep_until_switched_200_times);
        }
    });
    let switches = process.sample()?.voluntary_context_switches().unwrap() - before;
    assert!(switches >= 800, "{switches}");
    Ok(())
}

/// Sleeps 200 times, and once more for each sleep that was over before the thread had left
/// its core: the kernel's own count of the thread says so.
fn sleep_until_switched_200_times() {
    let switches = || -> u64 {
        let status = fs::read_to_string("/proc/thread-self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        line.unwrap().trim().parse().unwrap()
    };
    let before = switches();
    while switches() < before + 200 {
        let missing = before + 200 - switches();
        (0..missing).for_each(|_| thread::sleep(Duration::from_millis(1)));
    }
}

#[test]
fn ten_mebibytes_written_are_counted() -> Result<(), Error> {
    if !is_alone("ten_mebibytes_written_are_counted") {
        return Ok(());
    }
    let mut process = Process::current()?;
    let before = process.sample()?;
    let path = std::env::temp_dir().join(format!("resmon-io-{}", std::process::id()));
    let mut file = File::create(&path).unwrap();
    let block = vec![7; 1 << 20];
    for _ in 0..10 {
        file.write_all(&block).unwrap();
    }
    drop(file);
    fs::remove_file(&path).unwrap();
    let after = process.sample()?;
    let written = after.write_chars().unwrap() - before.write_chars().unwrap();
    // The harness may print a line meanwhile.
    assert!((10 << 20..(10 << 20) + 4096).contains(&written), "{written}");
    assert!(after.write_syscalls().unwrap() >= before.write_syscalls().unwrap() + 10);
    let net = after.write_bytes().unwrap().saturating_sub(after.cancelled_write_bytes().unwrap());
    assert_eq!(after.written_bytes_net(), Some(net));
    Ok(())
}

#[test]
fn threads_are_counted_and_gone_again() -> Result<(), Error> {
    if !is_alone("threads_are_counted_and_gone_again") {
        return Ok(());
    }
    let mut process = Process::current()?;
    let before = process.sample()?.threads().unwrap();
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let thread = thread::spawn(move || wait.recv());
    assert_eq!(process.sample()?.threads().unwrap(), before + 1);
    drop(release);
    let _ = thread.join().unwrap();
    Ok(())
}

#[test]
fn the_start_time_stands_still_and_uptime_runs() -> Result<(), Error> {
    if !is_alone("the_start_time_stands_still_and_uptime_runs") {
        return Ok(());
    }
    let first = Process::current()?.sample()?;
    thread::sleep(Duration::from_millis(30));
    let second = Process::current()?.sample()?;
    assert_eq!(first.start_time(), second.start_time());
    let grown = second.uptime().unwrap().abs_diff(first.uptime().unwrap());
    assert!(grown >= Duration::from_millis(30), "{grown:?}");
    let age = first.start_time().unwrap().elapsed().unwrap();
    assert!(age.abs_diff(second.uptime().unwrap()) < Duration::from_millis(100), "{age:?}");
    Ok(())
}

#[test]
fn limits_of_the_shell_are_told() -> Result<(), Error> {
    if !is_alone("limits_of_the_shell_are_told") {
        return Ok(());
    }
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to a whole `rlimit` that outlives the call.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) }, 0);
    let truth = (limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur);
    assert_eq!(Process::current()?.sample()?.max_fds(), truth);
    Ok(())
}

#[test]
fn threads_that_crowd_a_cpu_wait_for_it() {
    if !is_alone("threads_that_crowd_a_cpu_wait_for_it") {
        return;
    }
    let read = || Process::current().unwrap().sample().unwrap().run_queue_wait().unwrap();
    // Four threads share one CPU: while one runs, three wait.
    let (mut process, crowd) = (Process::current().unwrap(), 4);
    let (done, seen) = (Barrier::new(crowd + 1), Barrier::new(crowd + 1));
    let before = process.sample().unwrap().run_queue_wait().unwrap();
    let kernel = thread::scope(|scope| {
        let threads: Vec<_> = (0..crowd)
            .map(|_| {
                scope.spawn(|| {
                    let mut first = rustix::thread::CpuSet::new();
                    let allowed = rustix::thread::sched_getaffinity(None).unwrap();
                    first.set((0..1024).find(|cpu| allowed.is_set(*cpu)).unwrap());
                    rustix::thread::sched_setaffinity(None, &first).unwrap();
                    burn(Duration::from_millis(100));
                    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
                    let waited = stat.split(' ').nth(1).unwrap().parse().unwrap();
                    done.wait();
                    seen.wait();
                    Duration::from_nanos(waited)
                })
            })
            .collect();
        done.wait();
        // A pass over the threads is made so seldom that it costs next to nothing.
        let end = Instant::now() + Duration::from_secs(11);
        let mut now = before;
        while now == before && Instant::now() < end {
            thread::sleep(Duration::from_millis(100));
            now = process.sample().unwrap().run_queue_wait().unwrap();
        }
        seen.wait();
        let kernel: Duration = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        let gained = now.saturating_sub(before);
        assert!(gained >= kernel.mul_f64(0.95), "{gained:?} of {kernel:?}");
        assert!(gained <= kernel + Duration::from_millis(300), "{gained:?} of {kernel:?}");
        kernel
    });
    assert!(kernel > Duration::from_millis(300), "{kernel:?}");
    // They have ended, and took nothing with them; a new reader never saw them.
    let ended = (0..10).filter_map(|_| process.sample().unwrap().run_queue_wait()).max();
    assert!(ended.unwrap() >= before + kernel.mul_f64(0.95));
    assert!(read() < kernel);
}

#[test]
fn what_is_touched_is_shared_with_nobody() {
    const BLOCK: u64 = 64 << 20;
    if !is_alone("what_is_touched_is_shared_with_nobody") {
        return;
    }
    let mut process = Process::current().unwrap();
    let second = Duration::from_secs(1);
    let before = process.footprint(second).unwrap();
    let block = black_box(vec![1_u8; usize::try_from(BLOCK).unwrap()]);
    let after = process.footprint(second).unwrap();
    let gained = after.unique_bytes() - before.unique_bytes();
    assert!(gained.abs_diff(BLOCK) < 1 << 20, "{gained}");
    let gained = after.proportional_bytes() - before.proportional_bytes();
    assert!(gained.abs_diff(BLOCK) < 1 << 20, "{gained}");
    let resident = process.sample().unwrap().resident_memory_bytes().unwrap();
    assert!(after.unique_bytes() <= after.proportional_bytes());
    assert!(after.proportional_bytes() <= resident + (1 << 20));
    drop(block);
}
