//! The annotated functions.

use super::figures;

figures! {
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
}
