//! The figures that tell of resmon itself.

use std::sync::Arc;

use super::run::Pulse;
use crate::{
    Error, Source, calls,
    figure::{self, Definition},
    source::{Backend, Declared, Readings, SourceError, custom::Closures},
};

/// The sources of these figures.
pub(super) fn sources(pulse: &Arc<Pulse>, backend: Backend) -> Result<[Declared; 2], Error> {
    let figures = Declared::ask(Box::new(figures(pulse, backend)))?;
    Ok([figures, Declared::ask(Box::new(LabelOverflows))?])
}

/// One series a function, which is only known once it has one.
struct LabelOverflows;

impl Source for LabelOverflows {
    fn name(&self) -> &'static str {
        "labels"
    }

    fn figures(&self) -> Vec<Definition> {
        figure::definition(figure::RESMON_LABEL_OVERFLOWS_TOTAL).into_iter().cloned().collect()
    }

    fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
        for (function, calls) in calls::label_overflows().filter(|(_, calls)| *calls > 0) {
            out.set(figure::RESMON_LABEL_OVERFLOWS_TOTAL, &[("function", function)], calls as f64);
        }
        Ok(())
    }
}

fn figures(pulse: &Arc<Pulse>, backend: Backend) -> Closures {
    let known = |name| figure::definition(name).cloned().unwrap_or_else(|| Definition::gauge(name));
    let (missed, suspended) = (Arc::clone(pulse), Arc::clone(pulse));
    let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
    let info = |source: &str| vec![("source", source.to_owned()), ("backend", backend.to_string())];
    let own = Closures::named("resmon")
        .figure(known(figure::RESMON_SOURCE_INFO), info("process"), || Some(1.0))
        .figure(known(figure::RESMON_SOURCE_INFO), info("system"), || Some(1.0))
        .figure(known(figure::RESMON_SOURCE_INFO), info("container"), move || {
            (backend == Backend::Native).then_some(1.0)
        })
        .figure(known(figure::RESMON_BUILD_INFO), version, || Some(1.0))
        .figure(known(figure::RESMON_MISSED_TICKS_TOTAL), Vec::new(), move || {
            Some(missed.missed_ticks())
        })
        .figure(known(figure::RESMON_SUSPENDED_SECONDS_TOTAL), Vec::new(), move || {
            Some(suspended.suspended_seconds())
        })
        .figure(known(figure::RESMON_SAMPLER_CPU_SECONDS_TOTAL), Vec::new(), || {
            Some(crate::clock::thread_cpu_nanoseconds()? as f64 * 1e-9)
        })
        .figure(known(figure::RESMON_THINNED_SAMPLES_TOTAL), Vec::new(), || {
            Some(calls::thinned_samples() as f64)
        });
    #[cfg(feature = "prometheus")]
    let own = own.figure(known(figure::RESMON_NAME_CONFLICTS_TOTAL), Vec::new(), || {
        crate::prometheus::installed().map(|recorder| recorder.store().conflicts() as f64)
    });
    own
}
