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
    CONTAINER_CPU_USAGE_SECONDS_TOTAL = "container_cpu_usage_seconds_total", Counter, Seconds, Container {
        help: "CPU time used by the control group of this process.",
        linux: "cpu.stat, cpuacct.usage",
        elsewhere: "not read",
        missing: "where the process is in no group of its own",
    }
    CONTAINER_CPU_CFS_PERIODS_TOTAL = "container_cpu_cfs_periods_total", Counter, Count, Container {
        help: "Periods of the tightest quota that have passed.",
        linux: "cpu.stat",
        elsewhere: "not read",
        missing: "where the process is in no group of its own",
    }
    CONTAINER_CPU_CFS_THROTTLED_PERIODS_TOTAL = "container_cpu_cfs_throttled_periods_total", Counter, Count, Container {
        help: "Periods in which the group had used its quota up.",
        linux: "cpu.stat",
        elsewhere: "not read",
        missing: "where the process is in no group of its own",
    }
    CONTAINER_CPU_CFS_THROTTLED_SECONDS_TOTAL = "container_cpu_cfs_throttled_seconds_total", Counter, Seconds, Container {
        help: "Time for which the CPUs of the group were kept from it.",
        linux: "cpu.stat",
        elsewhere: "not read",
        missing: "where the process is in no group of its own",
    }
    CONTAINER_SPEC_CPU_QUOTA = "container_spec_cpu_quota", Gauge, Count, Container {
        help: "The tightest quota, in microseconds of CPU time a period.",
        linux: "cpu.max, cpu.cfs_quota_us",
        elsewhere: "not read",
        missing: "where no visible group has a quota",
    }
    CONTAINER_SPEC_CPU_PERIOD = "container_spec_cpu_period", Gauge, Count, Container {
        help: "The period of the tightest quota, in microseconds.",
        linux: "cpu.max, cpu.cfs_period_us",
        elsewhere: "not read",
        missing: "where no visible group has a quota",
    }
    CONTAINER_MEMORY_USAGE_BYTES = "container_memory_usage_bytes", Gauge, Bytes, Container {
        help: "Memory of the control group of this process, files that it holds included.",
        linux: "memory.current, memory.usage_in_bytes",
        elsewhere: "not read",
        missing: "where the process is in no group of its own",
    }
    CONTAINER_MEMORY_WORKING_SET_BYTES = "container_memory_working_set_bytes", Gauge, Bytes, Container {
        help: "Memory of the group without files that were not used lately: what the limit is for.",
        linux: "the usage less the inactive files of memory.stat",
        elsewhere: "not read",
        missing: "where the process is in no group of its own",
    }
    CONTAINER_MEMORY_RSS = "container_memory_rss", Gauge, Bytes, Container {
        help: "Memory of the group that holds no files.",
        linux: "memory.stat",
        elsewhere: "not read",
        missing: "where the process is in no group of its own",
    }
    CONTAINER_SPEC_MEMORY_LIMIT_BYTES = "container_spec_memory_limit_bytes", Gauge, Bytes, Container {
        help: "The least memory limit of all visible groups.",
        linux: "memory.max, memory.limit_in_bytes",
        elsewhere: "not read",
        missing: "where there is none",
    }
    CONTAINER_PROCESSES = "container_processes", Gauge, Count, Container {
        help: "Processes in the control group of this process.",
        linux: "cgroup.procs",
        elsewhere: "not read",
        missing: "where the process is in no group of its own",
    }
    CONTAINER_THREADS = "container_threads", Gauge, Count, Container {
        help: "Threads in the control group of this process.",
        linux: "pids.current",
        elsewhere: "not read",
        missing: "where the controller pids has no group for the process",
    }
    CONTAINER_THREADS_MAX = "container_threads_max", Gauge, Count, Container {
        help: "Threads that the group may have.",
        linux: "pids.max",
        elsewhere: "not read",
        missing: "where there is no limit",
    }
    CONTAINER_OOM_EVENTS_TOTAL = "container_oom_events_total", Counter, Count, Container {
        help: "Processes of the group that were killed for want of memory.",
        linux: "oom_kill of memory.events, memory.oom_control",
        elsewhere: "not read",
        missing: "where the process is in no group of its own",
    }
    RESMON_MEMORY_LIMIT_HITS_TOTAL = "resmon_memory_limit_hits_total", Counter, Count, Container {
        help: "Times the group was at its memory limit and had to give pages back first; cAdvisor's failcnt.",
        linux: "max of memory.events, memory.failcnt",
        elsewhere: "not read",
        missing: "where the process is in no group of its own",
    }
    RESMON_MEMORY_HIGH_HITS_TOTAL = "resmon_memory_high_hits_total", Counter, Count, Container {
        help: "Times the group was slowed down for being above its high mark.",
        linux: "high of memory.events",
        elsewhere: "not read",
        missing: "where no version 2 group of its own holds the process",
    }
    CONTAINER_PRESSURE_CPU_WAITING_SECONDS_TOTAL = "container_pressure_cpu_waiting_seconds_total", Counter, Seconds, Container {
        help: "Time in which some work waited for a CPU in the group.",
        linux: "cpu.pressure",
        elsewhere: "not read",
        missing: "where no version 2 group of its own holds the process, or pressure is not counted",
    }
    CONTAINER_PRESSURE_MEMORY_WAITING_SECONDS_TOTAL = "container_pressure_memory_waiting_seconds_total", Counter, Seconds, Container {
        help: "Time in which some work waited for memory in the group.",
        linux: "memory.pressure",
        elsewhere: "not read",
        missing: "where no version 2 group of its own holds the process, or pressure is not counted",
    }
    CONTAINER_PRESSURE_MEMORY_STALLED_SECONDS_TOTAL = "container_pressure_memory_stalled_seconds_total", Counter, Seconds, Container {
        help: "Time in which all work waited for memory in the group.",
        linux: "memory.pressure",
        elsewhere: "not read",
        missing: "where no version 2 group of its own holds the process, or pressure is not counted",
    }
    CONTAINER_PRESSURE_IO_WAITING_SECONDS_TOTAL = "container_pressure_io_waiting_seconds_total", Counter, Seconds, Container {
        help: "Time in which some work waited for storage in the group.",
        linux: "io.pressure",
        elsewhere: "not read",
        missing: "where no version 2 group of its own holds the process, or pressure is not counted",
    }
    CONTAINER_PRESSURE_IO_STALLED_SECONDS_TOTAL = "container_pressure_io_stalled_seconds_total", Counter, Seconds, Container {
        help: "Time in which all work waited for storage in the group.",
        linux: "io.pressure",
        elsewhere: "not read",
        missing: "where no version 2 group of its own holds the process, or pressure is not counted",
    }
    CONTAINER_FS_READS_BYTES_TOTAL = "container_fs_reads_bytes_total", Counter, Bytes, Container {
        help: "Bytes the group read from a disk.",
        linux: "io.stat, blkio.throttle.io_service_bytes",
        elsewhere: "not read",
        missing: "where the process is in no group of its own; version 1 may count for limited disks alone",
        labels: "device",
    }
    CONTAINER_FS_WRITES_BYTES_TOTAL = "container_fs_writes_bytes_total", Counter, Bytes, Container {
        help: "Bytes the group wrote to a disk.",
        linux: "io.stat, blkio.throttle.io_service_bytes",
        elsewhere: "not read",
        missing: "where the process is in no group of its own; version 1 may count for limited disks alone",
        labels: "device",
    }
    CONTAINER_FS_READS_TOTAL = "container_fs_reads_total", Counter, Count, Container {
        help: "Reads of the group from a disk.",
        linux: "io.stat, blkio.throttle.io_serviced",
        elsewhere: "not read",
        missing: "where the process is in no group of its own; version 1 may count for limited disks alone",
        labels: "device",
    }
    CONTAINER_FS_WRITES_TOTAL = "container_fs_writes_total", Counter, Count, Container {
        help: "Writes of the group to a disk.",
        linux: "io.stat, blkio.throttle.io_serviced",
        elsewhere: "not read",
        missing: "where the process is in no group of its own; version 1 may count for limited disks alone",
        labels: "device",
    }
    RESMON_MEMORY_HEADROOM_BYTES = "resmon_memory_headroom_bytes", Gauge, Bytes, Container {
        help: "Memory left to the nearest wall: the limit of a group, where it is slowed down, or what the machine has available.",
        linux: "memory.max, memory.high, memory.limit_in_bytes, MemAvailable",
        elsewhere: "not read",
        missing: "when the source cannot be read",
    }
    RESMON_CPU_THROTTLED_RATIO = "resmon_cpu_throttled_ratio", Gauge, Ratio, Container {
        help: "Share of the periods since the sample before in which the quota was used up.",
        linux: "cpu.stat",
        elsewhere: "not read",
        missing: "where no visible group has a quota",
    }
}
