//! resmon's own work.

use super::figures;

figures! {
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
