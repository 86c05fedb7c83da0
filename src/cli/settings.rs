//! Settings as a person writes them: `volume-attach=200ms`, `unreachable-toleration-seconds=20`.

use super::place::read_span;
use crate::cloud::Settings;
use crate::cloud::settings::{Setting, TABLE};

/// Reads NAME=VALUE; the error says what is wrong and what there is.
pub(super) fn read(text: &str) -> Result<(String, i64), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is not NAME=VALUE"))?;
    let Some(setting) = TABLE.iter().find(|setting| setting.name == name) else {
        let near = TABLE
            .iter()
            .min_by_key(|setting| strsim::damerau_levenshtein(setting.name, name));
        let near = near.map_or("", |setting| setting.name);
        return Err(format!(
            "there is no setting `{name}`: did you mean `{near}`? `pglab cluster settings` lists them all"
        ));
    };
    Ok((name.to_owned(), value_of(setting, value)?))
}

/// Reads the value of one setting: a span for milliseconds, a number or a span for seconds.
fn value_of(setting: &Setting, text: &str) -> Result<i64, String> {
    let value = match (setting.unit, text.parse::<i64>()) {
        ("ms", Ok(0)) => 0,
        ("ms", Ok(_)) => return Err(format!("{} needs a unit: {text}ms or {text}s", setting.name)),
        ("ms", Err(_)) => read_span(text)?,
        ("s", Err(_)) => read_span(text)? / 1000,
        (_, Ok(number)) => number,
        (_, Err(_)) => return Err(format!("{} is a whole number, not `{text}`", setting.name)),
    };
    // A period of nothing would let the simulated world do nothing else.
    let period = setting.name.ends_with("-period")
        || setting.name.ends_with("-poll")
        || setting.name.ends_with("-loop")
        || setting.name.ends_with("-resync");
    if value < 0 || (period && value == 0) {
        return Err(format!("{} cannot be {text}", setting.name));
    }
    Ok(value)
}

/// Writes a value with its unit, as [`read`] takes it.
pub(super) fn written(setting: &Setting, value: i64) -> String {
    match setting.unit {
        "ms" if value > 0 && value % 60_000 == 0 => format!("{}m", value / 60_000),
        "ms" if value > 0 && value % 1000 == 0 => format!("{}s", value / 1000),
        "ms" => format!("{value}ms"),
        _ => value.to_string(),
    }
}

/// Returns the table of all settings: name, value, default, source.
pub(super) fn table(settings: &Settings) -> String {
    let rows: Vec<[String; 4]> = TABLE
        .iter()
        .map(|setting| {
            let value = settings.get(setting.name).unwrap_or(setting.default);
            let mark = if value == setting.default { "" } else { " *" };
            [
                setting.name.to_owned(),
                format!("{}{mark}", written(setting, value)),
                written(setting, setting.default),
                setting.source.to_owned(),
            ]
        })
        .collect();
    let width = |column: usize, heading: &str| {
        rows.iter()
            .map(|row| row[column].len())
            .max()
            .unwrap_or(0)
            .max(heading.len())
    };
    let (name, value, default) = (width(0, "NAME"), width(1, "VALUE"), width(2, "DEFAULT"));
    let mut text = format!(
        "{:name$}  {:value$}  {:default$}  WHAT AND WHENCE\n",
        "NAME", "VALUE", "DEFAULT"
    );
    for row in &rows {
        text.push_str(&format!(
            "{:name$}  {:value$}  {:default$}  {}\n",
            row[0], row[1], row[2], row[3]
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_read_as_it_is_written() {
        for setting in TABLE {
            let text = format!("{}={}", setting.name, written(setting, setting.default));
            assert_eq!(read(&text), Ok((setting.name.to_owned(), setting.default)), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(read("volume-atach=3s").unwrap_err().contains("`volume-attach`"));
        assert!(read("volume-attach").unwrap_err().contains("NAME=VALUE"));
        assert!(read("volume-attach=200").unwrap_err().contains("200ms"));
        assert!(read("attach-loop=0s").unwrap_err().contains("cannot be"));
        assert_eq!(read("unreachable-toleration-seconds=20s").unwrap().1, 20);
        assert_eq!(read("image-pull=0").unwrap().1, 0);
    }
}
