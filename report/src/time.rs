//! Times and durations as text.

/// `2026-11-22T12:10:45.204Z`, from milliseconds since 1970.
pub(crate) fn utc_millis(ms: u64) -> String {
    let (date, seconds) = (civil(ms / 86_400_000), ms / 1_000 % 86_400);
    let (y, m, d) = date;
    let (h, min, s, ms) = (seconds / 3_600, seconds / 60 % 60, seconds % 60, ms % 1_000);
    format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}.{ms:03}Z")
}

/// `2026-11-22 12:10:45 UTC`, for people.
pub(crate) fn utc_for_people(ms: u64) -> String {
    let iso = utc_millis(ms);
    format!("{} {} UTC", &iso[..iso.len() - 14], &iso[iso.len() - 13..iso.len() - 5])
}

/// Year, month and day in the Gregorian calendar, from days since 1970-01-01.
///
/// Years are counted from March, so that the leap day is the last of its year; 400 of them have 146 097 days.
fn civil(days: u64) -> (u64, u64, u64) {
    let from_march_of_0 = days + 719_468;
    let (era, day) = (from_march_of_0 / 146_097, from_march_of_0 % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day_of_month)
}

/// A length of time in the unit that suits it: `840 µs`, `12.3 ms`, `1.204 s`, `2 min 5 s`.
pub(crate) fn length(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..100_000 => format!("{:.1} ms", us as f64 / 1e3),
        100_000..1_000_000 => format!("{} ms", us / 1_000),
        1_000_000..100_000_000 => format!("{:.3} s", us as f64 / 1e6),
        _ => format!("{} min {} s", us / 60_000_000, us / 1_000_000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right() {
        assert_eq!(utc_millis(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(utc_millis(1_795_349_445_204), "2026-11-22T12:10:45.204Z");
        assert_eq!(utc_millis(951_782_399_999), "2000-02-28T23:59:59.999Z");
        assert_eq!(utc_millis(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(utc_millis(951_868_800_000), "2000-03-01T00:00:00.000Z");
        assert_eq!(utc_millis(4_107_542_399_000), "2100-02-28T23:59:59.000Z");
        assert_eq!(utc_millis(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
        assert_eq!(utc_for_people(1_795_349_445_204), "2026-11-22 12:10:45 UTC");
    }

    #[test]
    fn no_time_is_too_large() {
        assert!(utc_millis(u64::MAX).ends_with('Z'));
        assert!(utc_for_people(u64::MAX).ends_with("UTC"));
        assert!(!length(u64::MAX).is_empty());
    }

    #[test]
    fn lengths_have_a_fitting_unit() {
        let texts = [0, 999, 1_234, 99_999, 100_000, 999_999, 1_204_000, 125_000_000].map(length);
        assert_eq!(
            texts,
            ["0 µs", "999 µs", "1.2 ms", "100.0 ms", "100 ms", "999 ms", "1.204 s", "2 min 5 s"]
        );
    }
}
