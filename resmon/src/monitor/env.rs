//! What the environment says; it overrides the code.

use std::time::Duration;

use super::settings::Settings;
use crate::Error;

/// Settings of the environment.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    off: bool,
    interval: Option<Duration>,
    history: Option<Duration>,
    #[cfg(feature = "server")]
    serve: Option<String>,
    #[cfg(feature = "server")]
    serve_metrics: Option<String>,
    labels: Vec<(String, String)>,
    from: Variables,
}

/// The variables that override something.
#[derive(Debug, Default)]
pub(super) struct Variables(Vec<&'static str>);

impl Variables {
    /// The error with the variables that may have led to it.
    pub(super) fn named_in(&self, error: Error) -> Error {
        if self.0.is_empty() || !(error.is_config() || error.is_listen()) {
            return error;
        }
        error.noting(&format!(" (the environment sets {})", self.0.join(", ")))
    }
}

impl Overrides {
    /// Reads the process' environment.
    pub(super) fn read() -> Result<Self, Error> {
        Self::from_lookup(|name| match std::env::var(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(cause) => {
                Err(Error::config(format!("read the environment variable {name}")).because(cause))
            }
        })
    }

    fn from_lookup(look: impl Fn(&str) -> Result<Option<String>, Error>) -> Result<Self, Error> {
        let mut from = Variables::default();
        let mut lookup = |name| {
            let value = look(name)?;
            from.0.extend(value.iter().map(|_| name));
            Ok::<_, Error>(value)
        };
        let duration = |name, value: Option<String>| {
            value.map(|value| parse_duration(name, &value)).transpose()
        };
        #[cfg(not(feature = "server"))]
        for name in ["RESMON_SERVE", "RESMON_SERVE_METRICS"] {
            if let Some(address) = lookup(name)? {
                let attempt = format!("serve on {address} as {name} says: without feature server");
                return Err(Error::unsupported(attempt));
            }
        }
        let mut labels = match lookup("RESMON_LABELS")? {
            Some(value) => parse_labels(&value)?,
            None => Vec::new(),
        };
        if let Some(service) = lookup("OTEL_SERVICE_NAME")? {
            labels.push(("service_name".to_owned(), service));
        }
        Ok(Self {
            off: match lookup("RESMON_OFF")?.as_deref() {
                None | Some("0" | "false") => false,
                Some("1" | "true") => true,
                Some(other) => return Err(refused("RESMON_OFF", other, "1 or 0")),
            },
            interval: duration("RESMON_INTERVAL", lookup("RESMON_INTERVAL")?)?,
            history: duration("RESMON_HISTORY", lookup("RESMON_HISTORY")?)?,
            #[cfg(feature = "server")]
            serve: lookup("RESMON_SERVE")?,
            #[cfg(feature = "server")]
            serve_metrics: lookup("RESMON_SERVE_METRICS")?,
            labels,
            from,
        })
    }

    /// Puts them over what the code says, and tells which variables did.
    pub(super) fn apply(self, settings: &mut Settings) -> Variables {
        settings.off |= self.off;
        settings.interval = self.interval.unwrap_or(settings.interval);
        settings.history = self.history.or(settings.history);
        #[cfg(feature = "server")]
        {
            settings.serve = self.serve.or(settings.serve.take());
            settings.serve_metrics = self.serve_metrics.or(settings.serve_metrics.take());
        }
        let labels = &mut settings.selection.labels;
        for (key, value) in self.labels {
            labels.retain(|(known, _)| *known != key);
            labels.push((key, value));
        }
        self.from
    }
}

fn refused(name: &str, value: &str, wanted: &str) -> Error {
    Error::config(format!("take {name}={value:?}: it is {wanted}"))
}

/// `250ms`, `1s`, `10m`, `24h`.
fn parse_duration(name: &str, value: &str) -> Result<Duration, Error> {
    let wanted = "a number and a unit, such as 250ms, 1s, 10m or 24h";
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let seconds = match unit.trim() {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(refused(name, value, wanted)),
    };
    let number: f64 = number.parse().map_err(|_| refused(name, value, wanted))?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| refused(name, value, wanted))
}

/// `key=value,key=value`.
fn parse_labels(value: &str) -> Result<Vec<(String, String)>, Error> {
    let pair = |pair: &str| {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| refused("RESMON_LABELS", value, "key=value,key=value"))?;
        Ok((key.trim().to_owned(), value.trim().to_owned()))
    };
    value.split(',').filter(|text| !text.trim().is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overrides(variables: &[(&str, &str)]) -> Result<Overrides, Error> {
        Overrides::from_lookup(|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        })
    }

    #[test]
    fn the_environment_wins_over_the_code() {
        let mut settings = Settings::default();
        settings.selection.labels = vec![("service_name".to_owned(), "code".to_owned())];
        let variables = [
            ("RESMON_INTERVAL", "250ms"),
            ("RESMON_HISTORY", "1.5h"),
            ("RESMON_LABELS", "zone = a, tier=web"),
            ("OTEL_SERVICE_NAME", "pay"),
        ];
        overrides(&variables).unwrap().apply(&mut settings);
        assert_eq!(settings.interval, Duration::from_millis(250));
        assert_eq!(settings.history(), Duration::from_mins(90));
        let labels = [("zone", "a"), ("tier", "web"), ("service_name", "pay")];
        let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(settings.selection.labels, labels);
    }

    #[test]
    fn what_it_cannot_take_is_refused_by_name() {
        for (name, value) in [
            ("RESMON_INTERVAL", "fast"),
            ("RESMON_INTERVAL", "10"),
            ("RESMON_HISTORY", "-1s"),
            ("RESMON_HISTORY", "1e400s"),
            ("RESMON_OFF", "maybe"),
            ("RESMON_LABELS", "novalue"),
        ] {
            let error = overrides(&[(name, value)]).unwrap_err();
            assert!(error.is_config() && error.to_string().contains(name), "{error}");
        }
    }
}
