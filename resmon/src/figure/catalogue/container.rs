//! The control groups that bind this process.

use super::figures;

figures! {
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
}
