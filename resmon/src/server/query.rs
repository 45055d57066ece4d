//! What a request asks for behind its question mark.

use std::{
    str::FromStr,
    time::{Duration, SystemTime},
};

/// The longest past that is asked for: what a monitor keeps is far less.
const LONGEST: Duration = Duration::from_hours(24 * 366);

/// Names and values; the first value of a name counts, but for those of which there are many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// Every value of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A value of a name, where there is one.
    ///
    /// # Errors
    ///
    /// A value that is none, with what is wrong for whoever asked.
    pub(crate) fn get<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refused> {
        let value = self.all(name).next().map(|value| {
            value.parse().map_err(|_| Refused::bad(format!("{name}={value:?} is not understood")))
        });
        value.transpose()
    }

    /// A length of time in seconds.
    ///
    /// # Errors
    ///
    /// A value that is none.
    pub(crate) fn seconds(&self, name: &str) -> Result<Option<Duration>, Refused> {
        let Some(seconds) = self.get::<f64>(name)? else { return Ok(None) };
        let time = Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero());
        let time =
            time.ok_or_else(|| Refused::bad(format!("{name}={seconds} is not a valid time")))?;
        Ok(Some(time.min(LONGEST)))
    }

    /// A moment, in seconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// A value that is none.
    pub(crate) fn moment(&self, name: &str) -> Result<Option<SystemTime>, Refused> {
        let Some(seconds) = self.get::<f64>(name)? else { return Ok(None) };
        let since = Duration::try_from_secs_f64(seconds).ok();
        let moment = since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since));
        moment
            .map(Some)
            .ok_or_else(|| Refused::bad(format!("{name}={seconds} is not a valid time")))
    }
}

/// Why a request that is allowed gets nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(super) not_found: bool,
    /// For whoever asked.
    pub(super) reason: String,
}

impl Refused {
    /// What was asked for cannot be.
    pub(crate) fn bad(reason: impl Into<String>) -> Self {
        Self { not_found: false, reason: reason.into() }
    }

    /// What was asked for is not there.
    pub(crate) fn not_found(reason: impl Into<String>) -> Self {
        Self { not_found: true, reason: reason.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_and_nonsense_is_told() {
        let query = Query::parse("figure=a%7Bx%3D%22y%22%7D&last=60&figure=b&last=7&odd&w=x%ff+y");
        assert_eq!(query.all("figure").collect::<Vec<_>>(), ["a{x=\"y\"}", "b"]);
        assert_eq!(query.seconds("last"), Ok(Some(Duration::from_mins(1))));
        assert_eq!(query.get::<u32>("none"), Ok(None));
        let refused = query.get::<u32>("w").unwrap_err();
        assert_eq!(refused.reason, "w=\"x\u{fffd} y\" is not understood");
        for odd in ["last=-1", "last=0", "last=NaN", "last=inf", "last=1e300", "last="] {
            assert!(Query::parse(odd).seconds("last").is_err(), "{odd}");
        }
        let moment = Query::parse("at=1.5").moment("at");
        assert_eq!(moment, Ok(Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1_500))));
        for odd in ["at=-1", "at=NaN", "at=1e300", "at=yesterday"] {
            assert!(Query::parse(odd).moment("at").is_err(), "{odd}");
        }
        assert_eq!(Query::parse("last=1e18").seconds("last"), Ok(Some(LONGEST)));
    }
}
