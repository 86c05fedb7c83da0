//! How long ago, as kubectl says it.

use crate::api::Time;

/// Returns a duration as `kubectl get` prints ages (apimachinery `duration.HumanDuration`): `17s`, `2m5s`, `3h`, `4d`.
pub fn human(ms: i64) -> String {
    let seconds = ms.div_euclid(1000);
    // A clock that runs a little ahead is forgiven; one that runs ahead by more is not.
    if ms < -1999 {
        return "<invalid>".to_owned();
    }
    if ms < 0 {
        return "0s".to_owned();
    }
    if seconds < 60 * 2 {
        return format!("{seconds}s");
    }
    let minutes = seconds / 60;
    if minutes < 10 {
        return with_rest(minutes, "m", seconds % 60, "s");
    }
    if minutes < 60 * 3 {
        return format!("{minutes}m");
    }
    let hours = minutes / 60;
    if hours < 8 {
        return with_rest(hours, "h", minutes % 60, "m");
    }
    if hours < 48 {
        return format!("{hours}h");
    }
    if hours < 24 * 8 {
        return with_rest(hours / 24, "d", hours % 24, "h");
    }
    if hours < 24 * 365 * 2 {
        return format!("{}d", hours / 24);
    }
    if hours < 24 * 365 * 8 {
        return with_rest(hours / 24 / 365, "y", (hours / 24) % 365, "d");
    }
    format!("{}y", hours / 24 / 365)
}

fn with_rest(big: i64, big_unit: &str, small: i64, small_unit: &str) -> String {
    if small == 0 {
        format!("{big}{big_unit}")
    } else {
        format!("{big}{big_unit}{small}{small_unit}")
    }
}

/// Returns how long ago `then` is, or `<unknown>` (`translateTimestampSince`). Objects carry whole seconds.
pub fn since(then: Option<Time>, now: Time) -> String {
    match then {
        Some(then) => human(now - Time(then.0.div_euclid(1000) * 1000)),
        None => "<unknown>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_lose_detail_as_they_grow() {
        let cases = [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (600, "10m"),
            (3 * 3600 - 1, "179m"),
            (3 * 3600, "3h"),
            (3 * 3600 + 60, "3h1m"),
            (8 * 3600, "8h"),
            (47 * 3600, "47h"),
            (49 * 3600, "2d1h"),
            (8 * 86400, "8d"),
            (800 * 86400, "2y70d"),
        ];
        for (seconds, text) in cases {
            assert_eq!(human(seconds * 1000), text);
        }
        assert_eq!(human(-500), "0s");
        assert_eq!(human(-5000), "<invalid>");
        assert_eq!(since(None, Time::EPOCH), "<unknown>");
    }
}
