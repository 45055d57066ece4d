//! Every figure resmon knows, one entry each.

mod container;
mod functions;
mod machine;
mod process;
mod resmon;

pub use self::{container::*, functions::*, machine::*, process::*, resmon::*};

use super::Definition;

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

        pub(super) const FIGURES: &[$crate::figure::Definition] = &[$(
            $crate::figure::Definition {
                name: ::std::borrow::Cow::Borrowed($name),
                kind: $crate::figure::Kind::$kind,
                unit: $crate::figure::Unit::$unit,
                scope: $crate::figure::Scope::$scope,
                help: ::std::borrow::Cow::Borrowed($help),
                linux: $linux,
                elsewhere: $elsewhere,
                missing: $missing,
            },
        )*];
    };
}
use figures;

/// The parts of the catalogue.
pub(super) const PARTS: [&[Definition]; 5] =
    [process::FIGURES, machine::FIGURES, container::FIGURES, functions::FIGURES, resmon::FIGURES];
