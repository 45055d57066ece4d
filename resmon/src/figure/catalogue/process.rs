//! This process.

use super::figures;

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
        linux: "/proc/self/status VmHWM, now and then",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    PROCESS_SWAP_BYTES = "process_swap_bytes", Gauge, Bytes, Process {
        help: "Memory of the process that is swapped out.",
        linux: "/proc/self/status VmSwap, now and then",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    PROCESS_HEAP_BYTES = "process_heap_bytes", Gauge, Bytes, Process {
        help: "Heap in use: allocated and not given back.",
        linux: "the program's `CountingAllocator`, feature `count-alloc`",
        elsewhere: "the same",
        missing: "where the program has another allocator",
    }
    PROCESS_MEMORY_PSS_BYTES = "process_memory_pss_bytes", Gauge, Bytes, Process {
        help: "Memory of the process in RAM, of what it shares its share.",
        linux: "/proc/self/smaps_rollup Pss, once a minute",
        elsewhere: "not read",
        missing: "unless asked for by Builder::footprint, and where it would take too long",
    }
    PROCESS_MEMORY_USS_BYTES = "process_memory_uss_bytes", Gauge, Bytes, Process {
        help: "Memory of the process in RAM that it shares with nobody.",
        linux: "/proc/self/smaps_rollup Private_Clean and Private_Dirty, once a minute",
        elsewhere: "not read",
        missing: "unless asked for by Builder::footprint, and where it would take too long",
    }
    RESMON_PEAK_RESIDENT_MEMORY_BYTES = "resmon_peak_resident_memory_bytes", Gauge, Bytes, Process {
        help: "Largest resident memory of any sample of the last minute, for scrapes that come more seldom than samples.",
        linux: "/proc/self/statm, and VmHWM where it rises",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
    }
    RESMON_PEAK_CPU_UTILIZATION_RATIO = "resmon_peak_cpu_utilization_ratio", Gauge, Ratio, Process {
        help: "Highest CPU utilization of any sample of the last minute, for scrapes that come more seldom than samples.",
        linux: "process_cpu_utilization_ratio",
        elsewhere: "process_cpu_utilization_ratio",
        missing: "before the second sample",
    }
    RESMON_RUNQUEUE_WAIT_SECONDS_TOTAL = "resmon_runqueue_wait_seconds_total", Counter, Seconds, Process {
        help: "Time for which threads of the process were ready to run and others had the CPUs.",
        linux: "/proc/self/task/*/schedstat, once a second, as each thread gains; of short-lived threads a part is missing",
        elsewhere: "not read",
        missing: "on other platforms than Linux, and in kernels that do not count it",
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
        help: "Bytes passed through read and write calls, cached ones included; not what send and recv pass to sockets.",
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
}
