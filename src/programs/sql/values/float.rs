//! real and double precision: the shortest text that means the same number.

/// Returns a double precision number as PostgreSQL prints it.
pub fn print_f64(value: f64) -> String {
    print(value, format!("{value:e}"), 15)
}

/// Returns a real number as PostgreSQL prints it; it is kept as the double of the same value.
pub fn print_f32(value: f64) -> String {
    let value = value as f32;
    print(f64::from(value), format!("{value:e}"), 6)
}

fn print(value: f64, scientific: String, plain_digits: i32) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 {
            "Infinity".into()
        } else {
            "-Infinity".into()
        };
    }
    let (mantissa, exponent) = scientific.split_once('e').expect("the e format has an e");
    let exponent: i32 = exponent.parse().expect("the e format ends in a number");
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    if value == 0.0 {
        return format!("{sign}0");
    }
    if exponent < -4 || exponent >= plain_digits {
        let fraction = if digits.len() > 1 {
            format!(".{}", &digits[1..])
        } else {
            String::new()
        };
        let direction = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{}{fraction}e{direction}{:02}", &digits[..1], exponent.abs());
    }
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1));
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        format!("{sign}{digits}{}", "0".repeat(whole - digits.len()))
    } else {
        format!("{sign}{}.{}", &digits[..whole], &digits[whole..])
    }
}

/// Reads a number as PostgreSQL does; `None` when it is none.
pub fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.to_lowercase().as_str() {
        "nan" => return Some(f64::NAN),
        "infinity" | "inf" | "+infinity" | "+inf" => return Some(f64::INFINITY),
        "-infinity" | "-inf" => return Some(f64::NEG_INFINITY),
        _ => (),
    }
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_look_as_postgresql_prints_them() {
        for (value, text) in [
            (0.1 + 0.2, "0.30000000000000004"),
            (1.0, "1"),
            (1e15, "1e+15"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (-2.5, "-2.5"),
            (1.5e300, "1.5e+300"),
            (f64::INFINITY, "Infinity"),
        ] {
            assert_eq!(print_f64(value), text);
        }
        assert_eq!(print_f32(f64::from(1.1_f32)), "1.1");
        assert_eq!(print_f32(1e6), "1e+06");
        assert_eq!(parse(" 1.5e3 "), Some(1500.0));
        assert_eq!(parse("12x"), None);
    }
}
