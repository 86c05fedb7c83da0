//! The grammar of a CronJob's schedule, with the complaints of Kubernetes' parser (robfig/cron v3, ParseStandard).

/// Says what is wrong with a schedule.
pub fn check(schedule: &str) -> Result<(), String> {
    if schedule.contains("TZ") {
        return Err("cannot use TZ or CRON_TZ in schedule, use timeZone field instead".to_owned());
    }
    if schedule.starts_with('@') {
        let known = [
            "@yearly",
            "@annually",
            "@monthly",
            "@weekly",
            "@daily",
            "@midnight",
            "@hourly",
        ];
        let every = schedule
            .strip_prefix("@every ")
            .is_some_and(|period| period.starts_with(|c: char| c.is_ascii_digit()));
        return if known.contains(&schedule) || every {
            Ok(())
        } else {
            Err(format!("unrecognized descriptor: {schedule}"))
        };
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let ranges = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
    if fields.len() != ranges.len() {
        return Err(format!(
            "expected exactly 5 fields, found {}: [{}]",
            fields.len(),
            fields.join(" ")
        ));
    }
    for (position, (field, range)) in fields.iter().zip(ranges).enumerate() {
        for part in field.split(',') {
            check_part(part, range, position)?;
        }
    }
    Ok(())
}

/// `5`, `1-5`, `*/15`, `mon-fri/2`.
fn check_part(part: &str, (least, most): (u32, u32), position: usize) -> Result<(), String> {
    let (range, step) = match part.split('/').collect::<Vec<_>>()[..] {
        [range] => (range, None),
        [range, step] => (range, Some(step)),
        _ => return Err(format!("too many slashes: {part}")),
    };
    let ends: Vec<&str> = range.split('-').collect();
    let (from, to) = match ends[..] {
        ["*" | "?"] => (least, most),
        [one] => {
            let one = number(one, position)?;
            (one, if step.is_some() { most } else { one })
        }
        [from, to] => (number(from, position)?, number(to, position)?),
        _ => return Err(format!("too many hyphens: {part}")),
    };
    if step.map(|step| number(step, 0)).transpose()? == Some(0) {
        return Err(format!("step of range should be a positive number: {part}"));
    }
    if from < least {
        return Err(format!("beginning of range ({from}) below minimum ({least}): {part}"));
    }
    if to > most {
        return Err(format!("end of range ({to}) above maximum ({most}): {part}"));
    }
    if from > to {
        return Err(format!(
            "beginning of range ({from}) beyond end of range ({to}): {part}"
        ));
    }
    Ok(())
}

fn number(text: &str, position: usize) -> Result<u32, String> {
    let names: &[&str] = match position {
        3 => &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
        4 => &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
        _ => &[],
    };
    let named = names.iter().position(|name| text.eq_ignore_ascii_case(name));
    if let Some(index) = named.and_then(|index| u32::try_from(index).ok()) {
        return Ok(if position == 3 { index + 1 } else { index });
    }
    text.parse()
        .map_err(|_| format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_judged_as_by_the_real_parser() {
        for good in [
            "* * * * *",
            "*/5 0-6 1,15 jan-jun MON",
            "@hourly",
            "@every 1h",
            "0 3 ? * 0",
            "5/10 * * * *",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, words) in [
            ("every minute", "expected exactly 5 fields, found 2: [every minute]"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("1/2/3 * * * *", "too many slashes: 1/2/3"),
            (
                "x * * * *",
                "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax",
            ),
            ("@never", "unrecognized descriptor: @never"),
        ] {
            assert_eq!(check(bad), Err(words.to_owned()), "{bad}");
        }
    }
}
