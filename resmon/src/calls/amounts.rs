//! What is added up over the calls of a function, besides their number and duration.

use crate::{
    alloc,
    figure::{self, Definition},
};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Ticks inside the polls of an async function.
    Busy,
    /// Polls of an async function.
    Polls,
    /// Ticks of the longest poll: not a sum.
    LongestPoll,
    /// Ticks from the creation of a future to its first poll.
    FirstPoll,
    /// Nanoseconds of CPU time.
    Cpu,
    /// Calls that were slow.
    Slow,
    /// Blocks of memory allocated.
    Allocations,
    /// Bytes of memory allocated.
    AllocatedBytes,
}

impl Amount {
    pub(crate) const ALL: [Self; 8] = [
        Self::Busy,
        Self::Polls,
        Self::LongestPoll,
        Self::FirstPoll,
        Self::Cpu,
        Self::Slow,
        Self::Allocations,
        Self::AllocatedBytes,
    ];

    /// Whether the whole is the greatest of the calls rather than their sum.
    pub(super) const fn is_max(self) -> bool {
        matches!(self, Self::LongestPoll)
    }

    /// What one of it is in the unit of its figure.
    pub(super) fn scale(self, seconds_per_tick: f64) -> f64 {
        match self {
            Self::Busy | Self::LongestPoll | Self::FirstPoll => seconds_per_tick,
            Self::Cpu => 1e-9,
            Self::Polls | Self::Slow | Self::Allocations | Self::AllocatedBytes => 1.0,
        }
    }

    /// The figure that shows it on the wire.
    pub(crate) fn figure(self) -> Option<&'static Definition> {
        figure::definition(match self {
            Self::Busy => figure::FUNCTION_BUSY_SECONDS_TOTAL,
            Self::Polls => figure::FUNCTION_POLLS_TOTAL,
            Self::Cpu => figure::FUNCTION_CPU_SECONDS_TOTAL,
            Self::Slow => figure::FUNCTION_SLOW_CALLS_TOTAL,
            Self::Allocations => figure::FUNCTION_ALLOCATIONS_TOTAL,
            Self::AllocatedBytes => figure::FUNCTION_ALLOCATED_BYTES_TOTAL,
            Self::LongestPoll | Self::FirstPoll => return None,
        })
    }
}

/// The amounts of one call, or of many.
#[derive(Debug, Clone, Copy, Default)]
pub struct Amounts([u64; Amount::ALL.len()]);

impl Amounts {
    /// Sets an amount.
    pub(super) fn set(&mut self, amount: Amount, value: u64) {
        self.0[amount as usize] = value;
    }

    pub(super) fn get(&self, amount: Amount) -> u64 {
        self.0[amount as usize]
    }
}

/// Which amounts are measured at a call site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measured(u8);

impl Measured {
    /// Nothing but number and duration.
    pub const NONE: Self = Self(0);
    /// What the polls of an async function tell.
    pub const POLLS: Self = Self(1);
    /// CPU time.
    pub const CPU: Self = Self(2);
    /// Calls slower than they should be.
    pub const SLOW: Self = Self(4);
    /// Allocations.
    pub const ALLOC: Self = Self(8);
    /// How long a future waited for its first poll.
    pub const CREATION: Self = Self(16);

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether that amount is known.
    pub(crate) fn has(self, amount: Amount) -> bool {
        let of = match amount {
            Amount::Busy | Amount::Polls | Amount::LongestPoll => Self::POLLS,
            Amount::FirstPoll => Self::CREATION,
            Amount::Cpu => Self::CPU,
            Amount::Slow => Self::SLOW,
            Amount::Allocations | Amount::AllocatedBytes if !alloc::is_counting() => return false,
            Amount::Allocations | Amount::AllocatedBytes => Self::ALLOC,
        };
        self.0 & of.0 != 0
    }
}
