//! Durations given by users as numbers of seconds, from 0 to one day.

use std::time::Duration;

/// The longest time that can be asked for: a day.
pub const LONGEST: Duration = Duration::from_secs(86_400);

/// A time of so many seconds. `None` unless that is a number from 0 to [`LONGEST`].
///
/// ```
/// use std::time::Duration;
/// use wsproof_scenarios::time;
///
/// assert_eq!(time::from_seconds(0.25), Some(Duration::from_millis(250)));
/// assert_eq!(time::from_seconds(-1.0), None);
/// assert_eq!(time::from_seconds(f64::NAN), None);
/// assert_eq!(time::from_seconds(86_401.0), None);
/// ```
pub fn from_seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().filter(|time| *time <= LONGEST)
}

/// The same for an argument of a function.
///
/// # Errors
///
/// Which argument is wrong, and how.
pub fn seconds(name: &str, value: f64) -> Result<Duration, String> {
    from_seconds(value).ok_or_else(|| format!("{name}: seconds from 0 to 86400 are wanted, not {value}"))
}

/// The same for an argument in milliseconds.
///
/// # Errors
///
/// Which argument is wrong, and how.
///
/// ```
/// use wsproof_scenarios::time;
///
/// let error = time::milliseconds("timeout", -1.0).unwrap_err();
/// assert_eq!(error, "timeout: milliseconds from 0 to 86400000 are wanted, not -1");
/// ```
pub fn milliseconds(name: &str, value: f64) -> Result<Duration, String> {
    from_seconds(value / 1e3)
        .ok_or_else(|| format!("{name}: milliseconds from 0 to 86400000 are wanted, not {value}"))
}
