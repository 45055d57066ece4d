//! Every figure resmon knows, one entry each.

use std::borrow::Cow;

use super::{Definition, Kind, Scope, Unit};

/// Declares a constant with the name of each figure and the slice of their definitions.
macro_rules! figures {
    ($( $constant:ident = $name:literal, $kind:ident, $unit:ident, $scope:ident {
        help: $help:literal,
        linux: $linux:literal,
        elsewhere: $elsewhere:literal,
        missing: $missing:literal $(,
        labels: $labels:literal)? $(,)?
    } )*) => {
        $(
            #[doc = $help]
            ///
            #[doc = concat!("- On the wire: `", $name, "`, ", stringify!($kind), ", unit ", stringify!($unit), ".")]
            #[doc = concat!("- Speaks of: ", stringify!($scope), ".")]
            #[doc = concat!("- Linux: ", $linux, ".")]
            #[doc = concat!("- Elsewhere: ", $elsewhere, ".")]
            #[doc = concat!("- Absent: ", $missing, ".")]
            $(#[doc = concat!("- Labels: ", $labels, ".")])?
            pub const $constant: &str = $name;
        )*

        pub(super) const CATALOGUE: &[Definition] = &[$(
            Definition {
                name: Cow::Borrowed($name),
                kind: Kind::$kind,
                unit: Unit::$unit,
                scope: Scope::$scope,
                help: Cow::Borrowed($help),
                linux: $linux,
                elsewhere: $elsewhere,
                missing: $missing,
            },
        )*];
    };
}

figures! {
    PROCESS_CPU_SECONDS_TOTAL = "process_cpu_seconds_total", Counter, Seconds, Process {
        help: "CPU time used by all threads of the process, living and ended.",
        linux: "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)",
        elsewhere: "getrusage on Unix, else sysinfo in whole milliseconds",
        missing: "never on Linux",
    }
    PROCESS_CPU_TIME_SECONDS_TOTAL = "process_cpu_time_seconds_total", Counter, Seconds, Process {
        help: "CPU time of the process by mode: user code or kernel.",
        linux: "getrusage(RUSAGE_SELF)",
        elsewhere: "getrusage on Unix",
        missing: "on Windows",
        labels: "cpu_mode",
    }
    PROCESS_CPU_UTILIZATION_RATIO = "process_cpu_utilization_ratio", Gauge, Ratio, Process {
        help: "Share of the CPUs this process may use that it did use since the previous sample.",
        linux: "CPU clock over monotonic time over the CPUs allowed by affinity and cgroup quotas",
        elsewhere: "the same clocks over the available parallelism",
        missing: "before the second sample",
    }
    PROCESS_RESIDENT_MEMORY_BYTES = "process_resident_memory_bytes", Gauge, Bytes, Process {
        help: "Memory of the process that is in RAM.",
        linux: "/proc/self/statm",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
    }
    PROCESS_VIRTUAL_MEMORY_BYTES = "process_virtual_memory_bytes", Gauge, Bytes, Process {
        help: "Address space of the process.",
        linux: "/proc/self/statm",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
    }
    PROCESS_RESIDENT_MEMORY_PEAK_BYTES = "process_resident_memory_peak_bytes", Gauge, Bytes, Process {
        help: "Largest resident memory the process ever had.",
        linux: "/proc/self/status VmHWM, every tenth sample",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    PROCESS_SWAP_BYTES = "process_swap_bytes", Gauge, Bytes, Process {
        help: "Memory of the process that is swapped out.",
        linux: "/proc/self/status VmSwap, every tenth sample",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    PROCESS_HEAP_BYTES = "process_heap_bytes", Gauge, Bytes, Process {
        help: "Heap in use: allocated and not given back.",
        linux: "the program's `CountingAllocator`, feature `count-alloc`",
        elsewhere: "the same",
        missing: "where the program has another allocator",
    }
    PROCESS_VIRTUAL_MEMORY_MAX_BYTES = "process_virtual_memory_max_bytes", Gauge, Bytes, Process {
        help: "Limit of the address space.",
        linux: "getrlimit(RLIMIT_AS)",
        elsewhere: "getrlimit on Unix",
        missing: "when unlimited",
    }
    PROCESS_OPEN_FDS = "process_open_fds", Gauge, Count, Process {
        help: "Open file descriptors, without those resmon keeps open.",
        linux: "size of /proc/self/fd, on old kernels its entries",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
    }
    PROCESS_MAX_FDS = "process_max_fds", Gauge, Count, Process {
        help: "Limit of open file descriptors.",
        linux: "getrlimit(RLIMIT_NOFILE)",
        elsewhere: "getrlimit on Unix",
        missing: "when unlimited",
    }
    PROCESS_THREADS = "process_threads", Gauge, Count, Process {
        help: "Threads of the process.",
        linux: "/proc/self/stat, between its readings the links of /proc/self/task",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    PROCESS_START_TIME_SECONDS = "process_start_time_seconds", Gauge, Seconds, Process {
        help: "Start of the process in seconds since the Unix epoch.",
        linux: "/proc/self/stat start ticks on the boot clock, read once",
        elsewhere: "sysinfo, in whole seconds",
        missing: "when the source cannot be read",
    }
    PROCESS_UPTIME_SECONDS = "process_uptime_seconds", Gauge, Seconds, Process {
        help: "Time since the process started, suspended time included.",
        linux: "boot clock less start ticks",
        elsewhere: "sysinfo's start time and the monotonic clock",
        missing: "when the source cannot be read",
    }
    PROCESS_CONTEXT_SWITCHES_TOTAL = "process_context_switches_total", Counter, Count, Process {
        help: "Context switches of all threads, by type.",
        linux: "getrusage(RUSAGE_SELF)",
        elsewhere: "getrusage on Unix",
        missing: "on Windows",
        labels: "process_context_switch_type",
    }
    PROCESS_PAGING_FAULTS_TOTAL = "process_paging_faults_total", Counter, Count, Process {
        help: "Page faults, by type; a major one had to read from disk.",
        linux: "getrusage(RUSAGE_SELF)",
        elsewhere: "getrusage on Unix",
        missing: "on Windows",
        labels: "system_paging_fault_type",
    }
    PROCESS_DISK_IO_BYTES_TOTAL = "process_disk_io_bytes_total", Counter, Bytes, Process {
        help: "Bytes the process caused to be read from or written to storage.",
        linux: "/proc/self/io read_bytes, write_bytes",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
        labels: "disk_io_direction",
    }
    PROCESS_DISK_CANCELLED_WRITE_BYTES_TOTAL = "process_disk_cancelled_write_bytes_total", Counter, Bytes, Process {
        help: "Written bytes that never reached storage because the file was removed or cut first.",
        linux: "/proc/self/io cancelled_write_bytes",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    PROCESS_IO_CHARS_TOTAL = "process_io_chars_total", Counter, Count, Process {
        help: "Bytes passed through read and write calls, cached and socket ones included.",
        linux: "/proc/self/io rchar, wchar",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
        labels: "direction",
    }
    PROCESS_IO_SYSCALLS_TOTAL = "process_io_syscalls_total", Counter, Count, Process {
        help: "Calls of the read and write family.",
        linux: "/proc/self/io syscr, syscw",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
        labels: "direction",
    }
    PROCESS_MEMORY_UTILIZATION_RATIO = "process_memory_utilization_ratio", Gauge, Ratio, Process {
        help: "Resident memory over the nearest limit: the machine's memory or the tightest cgroup.",
        linux: "statm over memory.max and MemTotal",
        elsewhere: "sysinfo's memory over its total",
        missing: "when no limit can be read",
    }
    PROCESS_OOM_SCORE = "process_oom_score", Gauge, Count, Process {
        help: "How likely the kernel is to choose this process when memory runs out; higher is likelier.",
        linux: "/proc/self/oom_score",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    FUNCTION_CALLS_TOTAL = "function_calls_total", Counter, Count, Functions {
        help: "Calls of an annotated function, by result.",
        linux: "the attributes",
        elsewhere: "the attributes",
        missing: "when no function is annotated",
        labels: "function, module, result",
    }
    FUNCTION_CALLS_DURATION_SECONDS = "function_calls_duration_seconds", Histogram, Seconds, Functions {
        help: "Time from entry to exit of an annotated function, by result.",
        linux: "the attributes",
        elsewhere: "the attributes",
        missing: "until a timed function was called",
        labels: "function, module, result",
    }
    FUNCTION_BUSY_SECONDS_TOTAL = "function_busy_seconds_total", Counter, Seconds, Functions {
        help: "Time spent inside the polls of an annotated async function.",
        linux: "the attributes",
        elsewhere: "the attributes",
        missing: "where no timed function is async",
        labels: "function, module",
    }
    FUNCTION_POLLS_TOTAL = "function_polls_total", Counter, Count, Functions {
        help: "Polls of an annotated async function.",
        linux: "the attributes",
        elsewhere: "the attributes",
        missing: "where no timed function is async",
        labels: "function, module",
    }
    FUNCTION_CPU_SECONDS_TOTAL = "function_cpu_seconds_total", Counter, Seconds, Functions {
        help: "CPU time spent in an annotated function, user and system.",
        linux: "the attributes' option cpu: the thread's CPU clock",
        elsewhere: "nowhere",
        missing: "where no function has the option cpu",
        labels: "function, module",
    }
    FUNCTION_ALLOCATED_BYTES_TOTAL = "function_allocated_bytes_total", Counter, Bytes, Functions {
        help: "Memory allocated in an annotated function, by its thread.",
        linux: "the attributes' option count_alloc, with CountingAllocator",
        elsewhere: "the attributes' option count_alloc, with CountingAllocator",
        missing: "where no function has the option count_alloc, or the allocator does not count",
        labels: "function, module",
    }
    FUNCTION_ALLOCATIONS_TOTAL = "function_allocations_total", Counter, Count, Functions {
        help: "Allocations made in an annotated function, by its thread.",
        linux: "the attributes' option count_alloc, with CountingAllocator",
        elsewhere: "the attributes' option count_alloc, with CountingAllocator",
        missing: "where no function has the option count_alloc, or the allocator does not count",
        labels: "function, module",
    }
    FUNCTION_CALLS_CONCURRENT = "function_calls_concurrent", Gauge, Count, Functions {
        help: "Calls of an annotated function that are under way.",
        linux: "the attributes' options in_flight and slow",
        elsewhere: "the attributes' options in_flight and slow",
        missing: "where no function has the option in_flight or slow",
        labels: "function, module",
    }
    FUNCTION_SLOW_CALLS_TOTAL = "function_slow_calls_total", Counter, Count, Functions {
        help: "Calls of an annotated function that took longer than its option slow allows.",
        linux: "the attributes' option slow",
        elsewhere: "the attributes' option slow",
        missing: "where no function has the option slow",
        labels: "function, module",
    }
    RESMON_CPU_LIMIT_CORES = "resmon_cpu_limit_cores", Gauge, Count, Container {
        help: "CPUs this process may use: the least of its affinity and every visible cgroup quota.",
        linux: "sched_getaffinity, cpu.max, cpu.cfs_quota_us",
        elsewhere: "available parallelism",
        missing: "when the source cannot be read",
    }
    RESMON_MEMORY_LIMIT_BYTES = "resmon_memory_limit_bytes", Gauge, Bytes, Container {
        help: "Memory limits that bind this process, by source.",
        linux: "memory.max, memory.limit_in_bytes, MemTotal",
        elsewhere: "sysinfo's total",
        missing: "when unlimited",
        labels: "source",
    }
    RESMON_SAMPLE_DURATION_SECONDS = "resmon_sample_duration_seconds", Histogram, Seconds, Resmon {
        help: "Time one tick of the monitor took.",
        linux: "the monitor",
        elsewhere: "the monitor",
        missing: "before the first tick",
    }
    RESMON_SAMPLER_CPU_SECONDS_TOTAL = "resmon_sampler_cpu_seconds_total", Counter, Seconds, Resmon {
        help: "CPU time of the monitor's own thread.",
        linux: "clock_gettime(CLOCK_THREAD_CPUTIME_ID)",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    RESMON_COLLECT_ERRORS_TOTAL = "resmon_collect_errors_total", Counter, Count, Resmon {
        help: "Readings that failed, by source; the figures they would have given are absent.",
        linux: "the monitor",
        elsewhere: "the monitor",
        missing: "until a reading failed",
        labels: "source",
    }
    RESMON_MISSED_TICKS_TOTAL = "resmon_missed_ticks_total", Counter, Count, Resmon {
        help: "Ticks that were due while the monitor was still late with an earlier one.",
        linux: "the monitor",
        elsewhere: "the monitor",
        missing: "never",
    }
    RESMON_SUSPENDED_SECONDS_TOTAL = "resmon_suspended_seconds_total", Counter, Seconds, Resmon {
        help: "Time the machine was suspended while the monitor ran.",
        linux: "CLOCK_BOOTTIME less CLOCK_MONOTONIC",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    RESMON_THINNED_SAMPLES_TOTAL = "resmon_thinned_samples_total", Counter, Count, Resmon {
        help: "Calls whose durations were left out of a foreign recorder's histogram because a tick had too many.",
        linux: "delivery to the facade",
        elsewhere: "delivery to the facade",
        missing: "never",
    }
    RESMON_LABEL_OVERFLOWS_TOTAL = "resmon_label_overflows_total", Counter, Count, Resmon {
        help: "Calls counted under the label value other, for want of room for more values.",
        linux: "the attributes",
        elsewhere: "the attributes",
        missing: "until a call was counted so",
        labels: "function",
    }
    RESMON_NAME_CONFLICTS_TOTAL = "resmon_name_conflicts_total", Counter, Count, Resmon {
        help: "Registrations of one of resmon's names with another kind; they record nothing.",
        linux: "resmon's recorder",
        elsewhere: "resmon's recorder",
        missing: "without resmon's recorder",
    }
    RESMON_SOURCE_INFO = "resmon_source_info", Gauge, Count, Resmon {
        help: "Which backend reads a source; the value is always 1.",
        linux: "the monitor",
        elsewhere: "the monitor",
        missing: "never",
        labels: "source, backend",
    }
    RESMON_BUILD_INFO = "resmon_build_info", Gauge, Count, Resmon {
        help: "Version of resmon; the value is always 1.",
        linux: "the build",
        elsewhere: "the build",
        missing: "never",
        labels: "version",
    }
}
