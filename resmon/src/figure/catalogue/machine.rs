//! The whole machine, under the names of node_exporter, and what is derived from it.

use super::figures;

figures! {
    NODE_CPU_SECONDS_TOTAL = "node_cpu_seconds_total", Counter, Seconds, Machine {
        help: "Time the CPUs spent in each mode.",
        linux: "/proc/stat",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
        labels: "cpu, mode",
    }
    NODE_LOAD1 = "node_load1", Gauge, Count, Machine {
        help: "Mean over one minute of the tasks that run, or wait for a CPU or a disk.",
        linux: "/proc/loadavg",
        elsewhere: "sysinfo",
        missing: "on Windows",
    }
    NODE_LOAD5 = "node_load5", Gauge, Count, Machine {
        help: "Mean over five minutes of the tasks that run, or wait for a CPU or a disk.",
        linux: "/proc/loadavg",
        elsewhere: "sysinfo",
        missing: "on Windows",
    }
    NODE_LOAD15 = "node_load15", Gauge, Count, Machine {
        help: "Mean over fifteen minutes of the tasks that run, or wait for a CPU or a disk.",
        linux: "/proc/loadavg",
        elsewhere: "sysinfo",
        missing: "on Windows",
    }
    NODE_MEMORY_MEM_TOTAL_BYTES = "node_memory_MemTotal_bytes", Gauge, Bytes, Machine {
        help: "All memory.",
        linux: "/proc/meminfo MemTotal",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
    }
    NODE_MEMORY_MEM_FREE_BYTES = "node_memory_MemFree_bytes", Gauge, Bytes, Machine {
        help: "Memory that nothing uses.",
        linux: "/proc/meminfo MemFree",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
    }
    NODE_MEMORY_MEM_AVAILABLE_BYTES = "node_memory_MemAvailable_bytes", Gauge, Bytes, Machine {
        help: "Memory that programs can have without swapping.",
        linux: "/proc/meminfo MemAvailable",
        elsewhere: "sysinfo",
        missing: "before Linux 3.14",
    }
    NODE_MEMORY_BUFFERS_BYTES = "node_memory_Buffers_bytes", Gauge, Bytes, Machine {
        help: "Memory that holds blocks of disks.",
        linux: "/proc/meminfo Buffers",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    NODE_MEMORY_CACHED_BYTES = "node_memory_Cached_bytes", Gauge, Bytes, Machine {
        help: "Memory that holds pages of files.",
        linux: "/proc/meminfo Cached",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    NODE_MEMORY_SRECLAIMABLE_BYTES = "node_memory_SReclaimable_bytes", Gauge, Bytes, Machine {
        help: "Memory of the kernel that it can give back.",
        linux: "/proc/meminfo SReclaimable",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    NODE_MEMORY_SWAP_TOTAL_BYTES = "node_memory_SwapTotal_bytes", Gauge, Bytes, Machine {
        help: "All swap space.",
        linux: "/proc/meminfo SwapTotal",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
    }
    NODE_MEMORY_SWAP_FREE_BYTES = "node_memory_SwapFree_bytes", Gauge, Bytes, Machine {
        help: "Swap space that nothing uses.",
        linux: "/proc/meminfo SwapFree",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
    }
    NODE_FILESYSTEM_SIZE_BYTES = "node_filesystem_size_bytes", Gauge, Bytes, Machine {
        help: "Size of a file system, each once.",
        linux: "statvfs, every ten seconds",
        elsewhere: "sysinfo",
        missing: "where it did not answer in time",
        labels: "device, fstype, mountpoint",
    }
    NODE_FILESYSTEM_FREE_BYTES = "node_filesystem_free_bytes", Gauge, Bytes, Machine {
        help: "Free space of a file system.",
        linux: "statvfs, every ten seconds",
        elsewhere: "not read",
        missing: "where it did not answer in time",
        labels: "device, fstype, mountpoint",
    }
    NODE_FILESYSTEM_AVAIL_BYTES = "node_filesystem_avail_bytes", Gauge, Bytes, Machine {
        help: "Free space of a file system for those who are not root.",
        linux: "statvfs, every ten seconds",
        elsewhere: "sysinfo",
        missing: "where it did not answer in time",
        labels: "device, fstype, mountpoint",
    }
    NODE_DISK_READ_BYTES_TOTAL = "node_disk_read_bytes_total", Counter, Bytes, Machine {
        help: "Bytes read from a disk.",
        linux: "/proc/diskstats",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
        labels: "device",
    }
    NODE_DISK_WRITTEN_BYTES_TOTAL = "node_disk_written_bytes_total", Counter, Bytes, Machine {
        help: "Bytes written to a disk.",
        linux: "/proc/diskstats",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
        labels: "device",
    }
    NODE_DISK_READS_COMPLETED_TOTAL = "node_disk_reads_completed_total", Counter, Count, Machine {
        help: "Reads that a disk completed.",
        linux: "/proc/diskstats",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
        labels: "device",
    }
    NODE_DISK_WRITES_COMPLETED_TOTAL = "node_disk_writes_completed_total", Counter, Count, Machine {
        help: "Writes that a disk completed.",
        linux: "/proc/diskstats",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
        labels: "device",
    }
    NODE_DISK_IO_TIME_SECONDS_TOTAL = "node_disk_io_time_seconds_total", Counter, Seconds, Machine {
        help: "Time in which a disk had work.",
        linux: "/proc/diskstats",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
        labels: "device",
    }
    NODE_NETWORK_RECEIVE_BYTES_TOTAL = "node_network_receive_bytes_total", Counter, Bytes, NetworkNamespace {
        help: "Bytes received through an interface.",
        linux: "/proc/self/net/dev",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
        labels: "device",
    }
    NODE_NETWORK_RECEIVE_PACKETS_TOTAL = "node_network_receive_packets_total", Counter, Count, NetworkNamespace {
        help: "Packets received through an interface.",
        linux: "/proc/self/net/dev",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
        labels: "device",
    }
    NODE_NETWORK_RECEIVE_ERRS_TOTAL = "node_network_receive_errs_total", Counter, Count, NetworkNamespace {
        help: "Errors of packets to be received.",
        linux: "/proc/self/net/dev",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
        labels: "device",
    }
    NODE_NETWORK_RECEIVE_DROP_TOTAL = "node_network_receive_drop_total", Counter, Count, NetworkNamespace {
        help: "Packets to be received that were dropped.",
        linux: "/proc/self/net/dev",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
        labels: "device",
    }
    NODE_NETWORK_TRANSMIT_BYTES_TOTAL = "node_network_transmit_bytes_total", Counter, Bytes, NetworkNamespace {
        help: "Bytes sent through an interface.",
        linux: "/proc/self/net/dev",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
        labels: "device",
    }
    NODE_NETWORK_TRANSMIT_PACKETS_TOTAL = "node_network_transmit_packets_total", Counter, Count, NetworkNamespace {
        help: "Packets sent through an interface.",
        linux: "/proc/self/net/dev",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
        labels: "device",
    }
    NODE_NETWORK_TRANSMIT_ERRS_TOTAL = "node_network_transmit_errs_total", Counter, Count, NetworkNamespace {
        help: "Errors of packets to be sent.",
        linux: "/proc/self/net/dev",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
        labels: "device",
    }
    NODE_NETWORK_TRANSMIT_DROP_TOTAL = "node_network_transmit_drop_total", Counter, Count, NetworkNamespace {
        help: "Packets to be sent that were dropped.",
        linux: "/proc/self/net/dev",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
        labels: "device",
    }
    NODE_NETSTAT_TCP_CURR_ESTAB = "node_netstat_Tcp_CurrEstab", Gauge, Count, NetworkNamespace {
        help: "TCP connections that are established or closing.",
        linux: "/proc/self/net/snmp",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    NODE_SOCKSTAT_TCP_INUSE = "node_sockstat_TCP_inuse", Gauge, Count, NetworkNamespace {
        help: "TCP sockets in use.",
        linux: "/proc/self/net/sockstat",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    NODE_PRESSURE_CPU_WAITING_SECONDS_TOTAL = "node_pressure_cpu_waiting_seconds_total", Counter, Seconds, Machine {
        help: "Time in which some task waited for a CPU.",
        linux: "/proc/pressure/cpu",
        elsewhere: "not read",
        missing: "before Linux 4.20, and where pressure is not measured",
    }
    NODE_PRESSURE_MEMORY_WAITING_SECONDS_TOTAL = "node_pressure_memory_waiting_seconds_total", Counter, Seconds, Machine {
        help: "Time in which some task waited for memory.",
        linux: "/proc/pressure/memory",
        elsewhere: "not read",
        missing: "before Linux 4.20, and where pressure is not measured",
    }
    NODE_PRESSURE_MEMORY_STALLED_SECONDS_TOTAL = "node_pressure_memory_stalled_seconds_total", Counter, Seconds, Machine {
        help: "Time in which all tasks waited for memory.",
        linux: "/proc/pressure/memory",
        elsewhere: "not read",
        missing: "before Linux 4.20, and where pressure is not measured",
    }
    NODE_PRESSURE_IO_WAITING_SECONDS_TOTAL = "node_pressure_io_waiting_seconds_total", Counter, Seconds, Machine {
        help: "Time in which some task waited for I/O.",
        linux: "/proc/pressure/io",
        elsewhere: "not read",
        missing: "before Linux 4.20, and where pressure is not measured",
    }
    NODE_PRESSURE_IO_STALLED_SECONDS_TOTAL = "node_pressure_io_stalled_seconds_total", Counter, Seconds, Machine {
        help: "Time in which all tasks waited for I/O.",
        linux: "/proc/pressure/io",
        elsewhere: "not read",
        missing: "before Linux 4.20, and where pressure is not measured",
    }
    NODE_BOOT_TIME_SECONDS = "node_boot_time_seconds", Gauge, Seconds, Machine {
        help: "When the machine started, in seconds since the Unix epoch.",
        linux: "/proc/stat btime",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
    }
    NODE_TIME_SECONDS = "node_time_seconds", Gauge, Seconds, Machine {
        help: "The clock of the machine, in seconds since the Unix epoch.",
        linux: "clock_gettime(CLOCK_REALTIME)",
        elsewhere: "the same",
        missing: "never",
    }
    NODE_FILEFD_ALLOCATED = "node_filefd_allocated", Gauge, Count, Machine {
        help: "File handles in use on the machine.",
        linux: "/proc/sys/fs/file-nr",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    NODE_FILEFD_MAXIMUM = "node_filefd_maximum", Gauge, Count, Machine {
        help: "File handles that the machine may have.",
        linux: "/proc/sys/fs/file-nr",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    NODE_CONTEXT_SWITCHES_TOTAL = "node_context_switches_total", Counter, Count, Machine {
        help: "Context switches on all CPUs.",
        linux: "/proc/stat ctxt",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    NODE_PROCS_RUNNING = "node_procs_running", Gauge, Count, Machine {
        help: "Tasks that run or could.",
        linux: "/proc/stat",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    NODE_PROCS_BLOCKED = "node_procs_blocked", Gauge, Count, Machine {
        help: "Tasks that wait for I/O.",
        linux: "/proc/stat",
        elsewhere: "not read",
        missing: "on other platforms than Linux",
    }
    NODE_HWMON_TEMP_CELSIUS = "node_hwmon_temp_celsius", Gauge, Celsius, Machine {
        help: "What a sensor of temperature says.",
        linux: "/sys/class/hwmon, every ten seconds",
        elsewhere: "sysinfo",
        missing: "where there is no sensor",
        labels: "chip, sensor",
    }
    SYSTEM_CPU_UTILIZATION_RATIO = "system_cpu_utilization_ratio", Gauge, Ratio, Machine {
        help: "Share of the time of all CPUs in which they were neither idle nor waiting for I/O.",
        linux: "/proc/stat, between two samples",
        elsewhere: "sysinfo",
        missing: "before the second sample",
    }
    SYSTEM_CPU_CORE_UTILIZATION_RATIO = "system_cpu_core_utilization_ratio", Gauge, Ratio, Machine {
        help: "Share of the time of one CPU in which it was neither idle nor waiting for I/O.",
        linux: "/proc/stat, between two samples",
        elsewhere: "not read",
        missing: "before the second sample",
        labels: "cpu",
    }
    SYSTEM_CPU_IOWAIT_RATIO = "system_cpu_iowait_ratio", Gauge, Ratio, Machine {
        help: "Share of the time of all CPUs in which they were idle while I/O was under way.",
        linux: "/proc/stat, between two samples",
        elsewhere: "not read",
        missing: "before the second sample",
    }
    SYSTEM_CPU_STEAL_RATIO = "system_cpu_steal_ratio", Gauge, Ratio, Machine {
        help: "Share of the time of all CPUs that the host gave to others.",
        linux: "/proc/stat, between two samples",
        elsewhere: "not read",
        missing: "before the second sample",
    }
    SYSTEM_MEMORY_UTILIZATION_RATIO = "system_memory_utilization_ratio", Gauge, Ratio, Machine {
        help: "Share of the memory that is not available.",
        linux: "/proc/meminfo",
        elsewhere: "sysinfo",
        missing: "when the source cannot be read",
    }
    SYSTEM_SWAP_UTILIZATION_RATIO = "system_swap_utilization_ratio", Gauge, Ratio, Machine {
        help: "Share of the swap space that is used.",
        linux: "/proc/meminfo",
        elsewhere: "sysinfo",
        missing: "where there is no swap space",
    }
    SYSTEM_FILESYSTEM_UTILIZATION_RATIO = "system_filesystem_utilization_ratio", Gauge, Ratio, Machine {
        help: "Share of a file system that is used of what may be used, as df shows it.",
        linux: "statvfs, every ten seconds",
        elsewhere: "sysinfo",
        missing: "where it did not answer in time",
        labels: "mountpoint",
    }
    SYSTEM_NETWORK_RECEIVE_BYTES_PER_SECOND = "system_network_receive_bytes_per_second", Gauge, BytesPerSecond, NetworkNamespace {
        help: "Bytes a second received through an interface.",
        linux: "/proc/self/net/dev, between two samples",
        elsewhere: "sysinfo",
        missing: "before the second sample",
        labels: "device",
    }
    SYSTEM_NETWORK_TRANSMIT_BYTES_PER_SECOND = "system_network_transmit_bytes_per_second", Gauge, BytesPerSecond, NetworkNamespace {
        help: "Bytes a second sent through an interface.",
        linux: "/proc/self/net/dev, between two samples",
        elsewhere: "sysinfo",
        missing: "before the second sample",
        labels: "device",
    }
    SYSTEM_DISK_READ_BYTES_PER_SECOND = "system_disk_read_bytes_per_second", Gauge, BytesPerSecond, Machine {
        help: "Bytes a second read from a disk.",
        linux: "/proc/diskstats, between two samples",
        elsewhere: "not read",
        missing: "before the second sample",
        labels: "device",
    }
    SYSTEM_DISK_WRITE_BYTES_PER_SECOND = "system_disk_write_bytes_per_second", Gauge, BytesPerSecond, Machine {
        help: "Bytes a second written to a disk.",
        linux: "/proc/diskstats, between two samples",
        elsewhere: "not read",
        missing: "before the second sample",
        labels: "device",
    }
}
