//! Time zones whose clocks never change: the others need tables that pglab does not carry, and are refused by name.

/// Returns how far the clocks of a zone are ahead of UTC, in milliseconds.
pub(super) fn offset_ms(zone: &str) -> Option<i64> {
    let minutes = match zone {
        "" | "UTC" | "Etc/UTC" | "GMT" | "Etc/GMT" | "Africa/Abidjan" | "Atlantic/Reykjavik" => 0,
        "Asia/Dubai" => 4 * 60,
        "Asia/Karachi" => 5 * 60,
        "Asia/Kolkata" | "Asia/Calcutta" => 5 * 60 + 30,
        "Asia/Kathmandu" => 5 * 60 + 45,
        "Asia/Dhaka" => 6 * 60,
        "Asia/Bangkok" | "Asia/Jakarta" | "Asia/Ho_Chi_Minh" => 7 * 60,
        "Asia/Shanghai" | "Asia/Singapore" | "Asia/Hong_Kong" | "Asia/Taipei" | "Asia/Manila" | "Australia/Perth" => {
            480
        }
        "Asia/Seoul" | "Asia/Tokyo" | "Asia/Pyongyang" => 9 * 60,
        "Australia/Brisbane" => 10 * 60,
        "America/Sao_Paulo" | "America/Argentina/Buenos_Aires" => -3 * 60,
        "America/Bogota" | "America/Lima" => -5 * 60,
        "America/Phoenix" => -7 * 60,
        "Pacific/Honolulu" => -10 * 60,
        _ => {
            // `Etc/GMT+5` is five hours behind: the sign is the wrong way round, by an old custom.
            let hours: i64 = zone.strip_prefix("Etc/GMT")?.parse().ok()?;
            (-14..=12).contains(&hours).then_some(-hours * 60)?
        }
    };
    Some(minutes * 60_000)
}

#[cfg(test)]
mod tests {
    use super::offset_ms;

    #[test]
    fn clocks_that_never_change_are_known_and_others_are_not() {
        assert_eq!(offset_ms("Asia/Seoul"), Some(9 * 3_600_000));
        assert_eq!(offset_ms("Etc/GMT+5"), Some(-5 * 3_600_000));
        assert_eq!(offset_ms("Europe/Berlin"), None);
        assert_eq!(offset_ms("Etc/GMT+99"), None);
    }
}
