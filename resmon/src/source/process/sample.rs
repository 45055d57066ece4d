//! One reading of this process.

use std::time::{Duration, SystemTime};

use crate::{
    alloc,
    source::{
        Backend,
        sys::{RawLimits, RawProcess},
    },
};

/// The figures of this process at one moment.
///
/// Each is `None` where it could not be read or does not exist: missing is not zero. Printed,
/// it is a table of what is there.
///
/// "Native" below is Linux, "portable" every other platform; see [`Backend`]. "Now and then" is
/// every tenth sample or five seconds; a monitor that ticks faster than ten times a second reads
/// counts of I/O, threads and descriptors no more often than that.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), resmon::Error> {
/// let mut process = resmon::Process::current()?;
/// let before = process.sample()?;
/// let block = vec![1_u8; 8 << 20];
/// let after = process.sample()?;
///
/// assert_eq!(before.start_time(), after.start_time());
/// assert!(after.cpu_time() >= before.cpu_time());
/// # #[cfg(target_os = "linux")]
/// assert!(after.resident_memory_bytes() > before.resident_memory_bytes());
/// assert!(after.to_string().contains("resident memory"));
/// # drop(block);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ProcessSample {
    backend: Backend,
    raw: RawProcess,
    limits: RawLimits,
    cpu_ratio: Option<f64>,
    heap: Option<u64>,
}

impl ProcessSample {
    pub(super) fn new(
        backend: Backend,
        raw: RawProcess,
        limits: RawLimits,
        cpu_ratio: Option<f64>,
    ) -> Self {
        Self { backend, raw, limits, cpu_ratio, heap: alloc::heap_in_use() }
    }

    /// Whether nothing but system calls that cannot fail gave a value.
    pub(super) fn is_blank(&self) -> bool {
        let raw = &self.raw;
        let files = [raw.resident, raw.threads, raw.open_fds, raw.io.read_bytes, raw.io.read_chars];
        files.iter().all(Option::is_none)
    }

    pub(super) fn limits(&self) -> &RawLimits {
        &self.limits
    }

    /// Which backend read it.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The process's id: in a forked child, the child's.
    pub fn pid(&self) -> u32 {
        self.raw.pid
    }

    /// CPU time used by all threads, living and ended, in nanoseconds on Linux.
    ///
    /// - Source: native `CLOCK_PROCESS_CPUTIME_ID`; portable `getrusage` on Unix, else sysinfo.
    /// - Cumulative since the process started. Missing when the source cannot be read.
    /// - It rises by one second a second for each busy thread.
    pub fn cpu_time(&self) -> Option<Duration> {
        self.raw.cpu.map(|cpu| cpu.used)
    }

    /// CPU time spent in user code by all threads, in microseconds.
    ///
    /// - Source: native `getrusage`; portable the same on Unix.
    /// - Cumulative since the process started. Missing on Windows.
    /// - A faster rise is more computing in the program itself.
    pub fn user_cpu_time(&self) -> Option<Duration> {
        self.raw.usage.map(|usage| usage.user)
    }

    /// CPU time spent in the kernel for all threads, in microseconds.
    ///
    /// - Source: native `getrusage`; portable the same on Unix.
    /// - Cumulative since the process started. Missing on Windows.
    /// - A faster rise is more system calls, page faults or I/O.
    pub fn system_cpu_time(&self) -> Option<Duration> {
        self.raw.usage.map(|usage| usage.system)
    }

    /// Share of the CPUs this process may use that it used since the previous sample; 1 is all
    /// of them.
    ///
    /// - Source: native the CPU clock over monotonic time over [`cpu_limit_cores`](Self::cpu_limit_cores); portable the same.
    /// - Mean over the time since the previous sample. Missing before the second sample, and within 1 ms of it.
    /// - Near 1 the process is short of CPU; above 1, a quota let it burst within its period.
    pub fn cpu_utilization_ratio(&self) -> Option<f64> {
        self.cpu_ratio
    }

    /// CPUs this process may use: the least of its affinity and every visible cgroup quota.
    ///
    /// - Source: native the main thread's affinity, `cpu.max`, `cpu.cfs_quota_us`; portable the available parallelism.
    /// - Momentary, read now and then. Missing when the source cannot be read.
    /// - A change is a container resized or an affinity set.
    pub fn cpu_limit_cores(&self) -> Option<f64> {
        self.limits.cpu_cores
    }

    /// Memory of the process that is in RAM, shared pages included, in bytes.
    ///
    /// - Source: native `/proc/self/statm`, exact to the page; portable sysinfo.
    /// - Momentary. Missing when the source cannot be read.
    /// - A rise that never levels off is a leak or a cache without a bound.
    pub fn resident_memory_bytes(&self) -> Option<u64> {
        self.raw.resident
    }

    /// The largest resident memory the process ever had, in bytes.
    ///
    /// - Source: native `VmHWM` of `/proc/self/status` and every reading of the resident memory; portable not read.
    /// - Cumulative, a high-water mark; `VmHWM` is read now and then. Missing on other platforms than Linux.
    /// - A rise is a new peak, also where it fell between two samples.
    pub fn resident_memory_peak_bytes(&self) -> Option<u64> {
        self.raw.resident_peak
    }

    /// Address space of the process, touched or not, in bytes.
    ///
    /// - Source: native `/proc/self/statm`; portable sysinfo.
    /// - Momentary. Missing when the source cannot be read.
    /// - A rise alone is no use of memory: allocators and threads reserve ahead.
    pub fn virtual_memory_bytes(&self) -> Option<u64> {
        self.raw.address_space
    }

    /// Limit of the address space, in bytes.
    ///
    /// - Source: native `RLIMIT_AS`; portable the same on Unix.
    /// - Momentary, read now and then. Missing when unlimited, and on Windows.
    /// - It changes only when someone sets it.
    pub fn virtual_memory_max_bytes(&self) -> Option<u64> {
        self.raw.address_space_max
    }

    /// Memory of the process that is swapped out, in bytes.
    ///
    /// - Source: native `VmSwap` of `/proc/self/status`; portable not read.
    /// - Momentary, read now and then. Missing on other platforms than Linux.
    /// - A rise means the machine is short of memory and this process will wait for disk.
    pub fn swap_bytes(&self) -> Option<u64> {
        self.raw.swap
    }

    /// The nearest hard limit of memory: the tightest visible cgroup or the machine, in bytes.
    ///
    /// - Source: native `memory.max`, `memory.limit_in_bytes`, `sysinfo(2)`; portable the machine's memory by sysinfo.
    /// - Momentary, read now and then. Missing when the source cannot be read.
    /// - A change is a container resized.
    pub fn memory_limit_bytes(&self) -> Option<u64> {
        self.limits.nearest_memory()
    }

    /// Resident memory as a share of [`memory_limit_bytes`](Self::memory_limit_bytes), 0 to 1.
    ///
    /// - Source: native `statm` over the limit; portable sysinfo.
    /// - Momentary. Missing when either is.
    /// - Near 1 the kernel is about to reclaim or kill.
    pub fn memory_utilization_ratio(&self) -> Option<f64> {
        let limit = self.limits.nearest_memory().filter(|&limit| limit > 0)?;
        Some(self.raw.resident? as f64 / limit as f64)
    }

    /// Bytes of the heap in use: allocated and not given back.
    ///
    /// - Source: the program's `CountingAllocator` (feature `count-alloc`).
    /// - Momentary, exact. Missing where the program has another allocator.
    /// - A rise beside steady work is a leak or a cache; resident memory rising beside a steady heap is fragmentation, or memory that the allocator keeps.
    pub fn heap_bytes(&self) -> Option<u64> {
        self.heap
    }

    /// Open file descriptors, without those that resmon's readers hold.
    ///
    /// - Source: native the size of `/proc/self/fd`, before Linux 6.2 its entries; portable sysinfo.
    /// - Momentary. Missing when the source cannot be read.
    /// - A rise that never levels off is a leak of files or sockets.
    pub fn open_fds(&self) -> Option<u64> {
        self.raw.open_fds
    }

    /// Limit of open file descriptors.
    ///
    /// - Source: native `RLIMIT_NOFILE`, soft; portable the same on Unix.
    /// - Momentary, read now and then. Missing when unlimited, and on Windows.
    /// - It changes only when someone sets it.
    pub fn max_fds(&self) -> Option<u64> {
        self.raw.max_fds
    }

    /// Threads of the process, this one included.
    ///
    /// - Source: native `/proc/self/stat`, in between the links of `/proc/self/task`; portable sysinfo, on Linux alone.
    /// - Momentary. Missing when the source cannot be read, and for the portable backend elsewhere.
    /// - A steady rise is threads that never end.
    pub fn threads(&self) -> Option<u64> {
        self.raw.threads
    }

    /// The wall-clock time at which the process started, to 10 ms.
    ///
    /// - Source: native the start ticks of `/proc/self/stat` on the boot clock; portable sysinfo, in whole seconds.
    /// - Fixed: computed once, so setting the wall clock later does not move it. Missing when the source cannot be read.
    /// - A change is a restart.
    pub fn start_time(&self) -> Option<SystemTime> {
        self.raw.start
    }

    /// Time since the process started.
    ///
    /// - Source: native the boot clock less the start ticks, suspended time included; portable sysinfo's start time and the monotonic clock.
    /// - Cumulative since the process started. Missing when the source cannot be read.
    /// - It rises by one second a second.
    pub fn uptime(&self) -> Option<Duration> {
        self.raw.uptime
    }

    /// Times a thread gave up its CPU to wait, over all threads, living and ended.
    ///
    /// - Source: native `getrusage`; portable the same on Unix.
    /// - Cumulative since the process started. Missing on Windows.
    /// - A faster rise is more waiting: for locks, timers, sockets, disks.
    pub fn voluntary_context_switches(&self) -> Option<u64> {
        self.raw.usage.map(|usage| usage.voluntary_switches)
    }

    /// Times a thread lost its CPU to another, over all threads, living and ended.
    ///
    /// - Source: native `getrusage`; portable the same on Unix.
    /// - Cumulative since the process started. Missing on Windows.
    /// - A faster rise is more competition for CPUs.
    pub fn involuntary_context_switches(&self) -> Option<u64> {
        self.raw.usage.map(|usage| usage.involuntary_switches)
    }

    /// Page faults served without reading from disk.
    ///
    /// - Source: native `getrusage`; portable the same on Unix.
    /// - Cumulative since the process started. Missing on Windows.
    /// - A faster rise is memory being touched for the first time, often an allocator that gives back too eagerly.
    pub fn minor_page_faults(&self) -> Option<u64> {
        self.raw.usage.map(|usage| usage.minor_faults)
    }

    /// Page faults that had to read from disk.
    ///
    /// - Source: native `getrusage`; portable the same on Unix.
    /// - Cumulative since the process started. Missing on Windows.
    /// - Any steady rise is a shortage of memory.
    pub fn major_page_faults(&self) -> Option<u64> {
        self.raw.usage.map(|usage| usage.major_faults)
    }

    /// Bytes the process caused to be read from storage; what came from cache is not in it.
    ///
    /// - Source: native `read_bytes` of `/proc/self/io`, children that were waited for included; portable sysinfo.
    /// - Cumulative since the process started. Missing when the source cannot be read.
    /// - A faster rise is more reading, or a cache that no longer holds the data.
    pub fn read_bytes(&self) -> Option<u64> {
        self.raw.io.read_bytes
    }

    /// Bytes the process caused to be written to storage, sooner or later.
    ///
    /// - Source: native `write_bytes` of `/proc/self/io`, children that were waited for included; portable sysinfo.
    /// - Cumulative since the process started. Missing when the source cannot be read.
    /// - A faster rise is more writing.
    pub fn write_bytes(&self) -> Option<u64> {
        self.raw.io.write_bytes
    }

    /// Bytes counted as written that never reached storage, since the file was removed or cut first.
    ///
    /// - Source: native `cancelled_write_bytes` of `/proc/self/io`; portable not read.
    /// - Cumulative since the process started. Missing on other platforms than Linux.
    /// - A faster rise is short-lived files.
    pub fn cancelled_write_bytes(&self) -> Option<u64> {
        self.raw.io.cancelled_write_bytes
    }

    /// [`write_bytes`](Self::write_bytes) less [`cancelled_write_bytes`](Self::cancelled_write_bytes), at least 0.
    ///
    /// - Source: native both of `/proc/self/io`; portable not read.
    /// - Neither: it falls when a file is removed before it was stored, so it is no counter and not exported. Missing on other platforms than Linux.
    /// - A rise is what storage has to take.
    pub fn written_bytes_net(&self) -> Option<u64> {
        Some(self.raw.io.write_bytes?.saturating_sub(self.raw.io.cancelled_write_bytes?))
    }

    /// Bytes returned by calls of the read family, from cache, pipes and terminals too.
    ///
    /// - Source: native `rchar` of `/proc/self/io`, children that were waited for included; portable not read. What `recv` takes from a socket, as Rust's `TcpStream` does, the kernel does not count here.
    /// - Cumulative since the process started. Missing on other platforms than Linux.
    /// - A faster rise beside a steady `read_bytes` is served from cache.
    pub fn read_chars(&self) -> Option<u64> {
        self.raw.io.read_chars
    }

    /// Bytes handed to calls of the write family, to pipes and terminals too.
    ///
    /// - Source: native `wchar` of `/proc/self/io`, children that were waited for included; portable not read. What `send` gives to a socket, as Rust's `TcpStream` does, the kernel does not count here.
    /// - Cumulative since the process started. Missing on other platforms than Linux.
    /// - A faster rise beside a steady `write_bytes` goes to pipes, or to the same pages again.
    pub fn write_chars(&self) -> Option<u64> {
        self.raw.io.write_chars
    }

    /// Calls of the read family.
    ///
    /// - Source: native `syscr` of `/proc/self/io`; portable not read.
    /// - Cumulative since the process started. Missing on other platforms than Linux.
    /// - A faster rise than `read_chars` is reading in ever smaller pieces.
    pub fn read_syscalls(&self) -> Option<u64> {
        self.raw.io.read_calls
    }

    /// Calls of the write family.
    ///
    /// - Source: native `syscw` of `/proc/self/io`; portable not read.
    /// - Cumulative since the process started. Missing on other platforms than Linux.
    /// - A faster rise than `write_chars` is writing in ever smaller pieces.
    pub fn write_syscalls(&self) -> Option<u64> {
        self.raw.io.write_calls
    }

    /// Time for which threads were ready to run and others had the CPUs.
    ///
    /// - Source: native the second number of `/proc/self/task/*/schedstat`, added up as each thread gains; portable not read.
    /// - Cumulative, read once a second, or so much more seldom that it takes a ten-thousandth of the time; of 256 threads at a time. What a thread waited after its last reading is missing, and so is all of one that lived between two. Missing on other platforms than Linux, and in kernels that do not count it.
    /// - A rise of one second a second is one thread that never gets a CPU: the machine, or the quota, is too small.
    pub fn run_queue_wait(&self) -> Option<Duration> {
        self.raw.run_queue_wait
    }

    /// How likely the kernel is to choose this process when memory runs out; higher is likelier.
    ///
    /// - Source: native `/proc/self/oom_score`; portable not read.
    /// - Momentary, read now and then. Missing on other platforms than Linux.
    /// - It rises with the share of memory in use.
    pub fn oom_score(&self) -> Option<i64> {
        self.raw.oom_score
    }
}
