//! Arithmetic: `$((…))`. Whole numbers, the usual operators, variables by name. Assignments inside are left out.

/// Works out an expression; the error is what dash says of it.
pub fn evaluate(text: &str, value_of: &dyn Fn(&str) -> String) -> Result<i64, String> {
    let mut reader = Reader {
        letters: text.chars().collect(),
        at: 0,
        value_of,
    };
    let value = reader.level(0)?;
    reader.blanks();
    if reader.at < reader.letters.len() {
        return Err(format!("arithmetic expression: expecting EOF: \"{text}\""));
    }
    Ok(value)
}

struct Reader<'v> {
    letters: Vec<char>,
    at: usize,
    value_of: &'v dyn Fn(&str) -> String,
}

/// The operators by how tightly they bind, loosest first.
const LEVELS: [&[&str]; 8] = [
    &["||"],
    &["&&"],
    &["|"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Reader<'_> {
    fn blanks(&mut self) {
        while self.letters.get(self.at).is_some_and(|letter| letter.is_whitespace()) {
            self.at += 1;
        }
    }

    fn operator(&mut self, level: usize) -> Option<&'static str> {
        self.blanks();
        let found = LEVELS[level].iter().find(|operator| {
            let len = operator.len();
            let here: String = self.letters.iter().skip(self.at).take(len).collect();
            let next = self.letters.get(self.at + len);
            // `|` is not half of `||`.
            here == **operator && !(len == 1 && "|&".contains(**operator) && next == operator.chars().next().as_ref())
        })?;
        self.at += found.len();
        Some(found)
    }

    fn level(&mut self, level: usize) -> Result<i64, String> {
        if level == LEVELS.len() {
            return self.unary();
        }
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.operator(level) {
            let right = self.level(level + 1)?;
            left = apply(operator, left, right)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.blanks();
        match self.letters.get(self.at) {
            Some('-') => {
                self.at += 1;
                Ok(self.unary()?.wrapping_neg())
            }
            Some('+') => {
                self.at += 1;
                self.unary()
            }
            Some('!') => {
                self.at += 1;
                Ok(i64::from(self.unary()? == 0))
            }
            Some('(') => {
                self.at += 1;
                let value = self.level(0)?;
                self.blanks();
                if self.letters.get(self.at) != Some(&')') {
                    return Err("arithmetic expression: expecting ')'".to_owned());
                }
                self.at += 1;
                Ok(value)
            }
            _ => self.primary(),
        }
    }

    fn primary(&mut self) -> Result<i64, String> {
        let from = self.at;
        while self
            .letters
            .get(self.at)
            .is_some_and(|l| l.is_ascii_alphanumeric() || *l == '_')
        {
            self.at += 1;
        }
        let word: String = self.letters[from..self.at].iter().collect();
        if word.is_empty() {
            return Err("arithmetic expression: expecting primary".to_owned());
        }
        if word.starts_with(|letter: char| letter.is_ascii_digit()) {
            return number(&word).ok_or_else(|| format!("Illegal number: {word}"));
        }
        let value = (self.value_of)(&word);
        if value.trim().is_empty() {
            return Ok(0);
        }
        number(value.trim()).ok_or_else(|| format!("Illegal number: {value}"))
    }
}

fn number(text: &str) -> Option<i64> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let value = match digits.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok()?,
        None if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8).ok()?,
        None => digits.parse().ok()?,
    };
    Some(if negative { -value } else { value })
}

fn apply(operator: &str, left: i64, right: i64) -> Result<i64, String> {
    let truth = |holds: bool| i64::from(holds);
    Ok(match operator {
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" | "%" if right == 0 => return Err("arithmetic expression: division by zero".to_owned()),
        "/" => left.wrapping_div(right),
        "%" => left.wrapping_rem(right),
        "==" => truth(left == right),
        "!=" => truth(left != right),
        "<" => truth(left < right),
        "<=" => truth(left <= right),
        ">" => truth(left > right),
        ">=" => truth(left >= right),
        "&&" => truth(left != 0 && right != 0),
        "||" => truth(left != 0 || right != 0),
        "&" => left & right,
        _ => left | right,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_worked_out() {
        let value_of = |name: &str| if name == "x" { "4".to_owned() } else { String::new() };
        for (text, value) in [
            ("1 + 2 * 3", 7),
            ("(1+2)*3", 9),
            ("x % 3", 1),
            ("x >= 4 && 1", 1),
            ("-x", -4),
            ("none", 0),
        ] {
            assert_eq!(evaluate(text, &value_of), Ok(value), "{text}");
        }
        assert!(evaluate("1/0", &value_of).is_err());
        assert!(evaluate("1 +", &value_of).is_err());
    }
}
