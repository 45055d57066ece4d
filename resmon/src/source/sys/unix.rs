//! `getrusage` and `getrlimit`, which every Unix has.

use std::{io, mem::MaybeUninit, time::Duration};

use super::Usage;

/// What the kernel counted for this process and all its threads.
pub(crate) fn usage() -> io::Result<Usage> {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    #[allow(unsafe_code, reason = "rustix has no getrusage")]
    // SAFETY: the pointer is to a whole `rusage` that outlives the call, all bytes zero, which
    // is a valid `rusage`; the call writes nothing else.
    let (status, usage) =
        unsafe { (libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()), usage.assume_init()) };
    if status != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Usage {
        user: duration(usage.ru_utime),
        system: duration(usage.ru_stime),
        voluntary_switches: count(usage.ru_nvcsw),
        involuntary_switches: count(usage.ru_nivcsw),
        minor_faults: count(usage.ru_minflt),
        major_faults: count(usage.ru_majflt),
    })
}

/// The soft limit of open file descriptors; `None` when unlimited.
pub(crate) fn max_fds() -> io::Result<Option<u64>> {
    limit(libc::RLIMIT_NOFILE)
}

/// The soft limit of the address space; `None` when unlimited.
pub(crate) fn address_space_max() -> io::Result<Option<u64>> {
    limit(libc::RLIMIT_AS)
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
type Resource = libc::c_int;

fn limit(resource: Resource) -> io::Result<Option<u64>> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    #[allow(unsafe_code, reason = "the one call that works alike on every Unix")]
    // SAFETY: the pointer is to a whole `rlimit` that outlives the call, which writes nothing else.
    let status = unsafe { libc::getrlimit(resource, &raw mut limit) };
    if status != 0 {
        return Err(io::Error::last_os_error());
    }
    #[allow(clippy::useless_conversion, reason = "`rlim_t` is signed on some systems")]
    Ok((limit.rlim_cur != libc::RLIM_INFINITY).then(|| limit.rlim_cur.try_into().ok()).flatten())
}

fn duration(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let micros = u64::try_from(time.tv_usec).unwrap_or_default();
    Duration::from_secs(seconds).saturating_add(Duration::from_micros(micros))
}

fn count(value: libc::c_long) -> u64 {
    #[allow(clippy::useless_conversion, reason = "`c_long` has 32 bits on some systems")]
    u64::try_from(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_grows_with_work() {
        let before = usage().unwrap();
        let start = std::time::Instant::now();
        while start.elapsed() < Duration::from_millis(30) {
            std::hint::spin_loop();
        }
        let after = usage().unwrap();
        let total = |usage: Usage| usage.user + usage.system;
        assert!(total(after) >= total(before) + Duration::from_millis(5), "{after:?}");
    }

    #[test]
    fn a_shell_usually_limits_file_descriptors() {
        // Whatever it is, it is the value of the soft limit or nothing, never a huge number.
        assert!(max_fds().unwrap().is_none_or(|fds| fds < 1 << 40));
        assert!(address_space_max().unwrap().is_none_or(|bytes| bytes < 1 << 62));
    }
}
