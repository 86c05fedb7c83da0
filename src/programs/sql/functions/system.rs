//! Functions about the server, the session, sequences and sizes.

use rusqlite::types::Value;

use super::{Function, Give, Take, boolean, decimal_of, function, int, int_of, text, text_of};
use crate::programs::sql::parameters;
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::Base;

const T: Take = Take::Is(Base::Text);
const I: Take = Take::Is(Base::Int4);
const I8: Take = Take::Is(Base::Int8);
const BOOL: Give = Give::Is(Base::Bool);
const TEXT: Give = Give::Is(Base::Text);
const BIG: Give = Give::Is(Base::Int8);

/// Functions about the system. Those that only read the session are the binder's: it writes their answers down.
pub const FUNCTIONS: &[Function] = &[
    // Sequences are told by their oid, which the binder finds.
    function("nextval", &[I8], BIG, |runtime, a| {
        runtime.next(oid(&a[0])).and_then(int)
    })
    .volatile(),
    function("currval", &[I8], BIG, |runtime, a| {
        match runtime.drawn.get(&oid(&a[0])) {
            Some(value) => int(*value),
            None => {
                let name = runtime.sequences.get(&oid(&a[0])).map_or("", |(name, _)| name.as_str());
                Err(Report::error(
                    "55000",
                    format!("currval of sequence \"{name}\" is not yet defined in this session"),
                ))
            }
        }
    })
    .volatile(),
    function("lastval", &[], BIG, |runtime, _| {
        match runtime.last_drawn.and_then(|oid| runtime.drawn.get(&oid)) {
            Some(value) => int(*value),
            None => Err(Report::error("55000", "lastval is not yet defined in this session")),
        }
    })
    .volatile(),
    function("setval", &[I8, I8], BIG, |runtime, a| {
        runtime.set(oid(&a[0]), int_of(&a[1]), true).and_then(int)
    })
    .volatile(),
    function("setval", &[I8, I8, Take::Is(Base::Bool)], BIG, |runtime, a| {
        runtime.set(oid(&a[0]), int_of(&a[1]), int_of(&a[2]) != 0).and_then(int)
    })
    .volatile(),
    function("gen_random_uuid", &[], Give::Is(Base::Uuid), |runtime, _| {
        let (high, low) = (runtime.draw(), runtime.draw());
        // Version 4, variant 1.
        let (high, low) = (high & !0xf000 | 0x4000, low & !(0b11 << 62) | 1 << 63);
        let hex = format!("{high:016x}{low:016x}");
        text(format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        ))
    })
    .volatile(),
    function("current_setting", &[T], TEXT, |runtime, a| {
        setting(runtime, text_of(&a[0]), false)
    })
    .volatile(),
    function("current_setting", &[T, Take::Is(Base::Bool)], TEXT, |runtime, a| {
        setting(runtime, text_of(&a[0]), int_of(&a[1]) != 0)
    })
    .volatile(),
    function("set_config", &[T, T, Take::Is(Base::Bool)], TEXT, |runtime, a| {
        let name = text_of(&a[0]);
        let value = match parameters::find(name) {
            Some(parameter) => parameter.accept(text_of(&a[1]))?,
            None if name.contains('.') => text_of(&a[1]).to_owned(),
            None => return Err(parameters::unknown(name)),
        };
        runtime.set_parameters.push((name.to_owned(), value.clone()));
        runtime.parameters.insert(name, value.clone());
        text(value)
    })
    .volatile(),
    function("pg_terminate_backend", &[I], BOOL, |runtime, a| {
        let pid = oid(&a[0]);
        if !known(runtime, pid) {
            return boolean(false);
        }
        runtime.terminated.push(pid);
        boolean(true)
    })
    .volatile(),
    // Statements here are over before another session can cancel them.
    function("pg_cancel_backend", &[I], BOOL, |runtime, a| {
        boolean(known(runtime, oid(&a[0])))
    })
    .volatile(),
    function("pg_size_pretty", &[I8], TEXT, |_, a| {
        text(size_text(int_of(&a[0]).into()))
    }),
    function("pg_size_pretty", &[Take::Is(Base::Numeric)], TEXT, |_, a| {
        text(size_text(decimal_of(&a[0]).to_int().unwrap_or(0).into()))
    }),
    function("pg_encoding_to_char", &[I], TEXT, |_, a| {
        text(if int_of(&a[0]) == 6 { "UTF8" } else { "" })
    }),
    function("pg_advisory_lock", &[I8], Give::Is(Base::Void), |_, _| text("")).volatile(),
    function("pg_advisory_unlock", &[I8], BOOL, |_, _| boolean(true)).volatile(),
    function("pg_try_advisory_lock", &[I8], BOOL, |_, _| boolean(true)).volatile(),
    function("txid_current", &[], BIG, |_, _| int(742)).volatile(),
];

/// Tells whether a session has this process, and warns if none has.
fn known(runtime: &mut super::Runtime, pid: u32) -> bool {
    let found = runtime.backends.contains(&pid);
    if !found {
        runtime
            .warnings
            .push(format!("PID {pid} is not a PostgreSQL backend process"));
    }
    found
}

fn oid(value: &Value) -> u32 {
    u32::try_from(int_of(value)).unwrap_or(0)
}

fn setting(runtime: &super::Runtime, name: &str, missing_ok: bool) -> Result<Value, Report> {
    match (runtime.parameters.find(name), parameters::find(name)) {
        (Some(value), _) => text(value.clone()),
        (None, Some(parameter)) => text(parameter.default),
        (None, None) if missing_ok => Ok(Value::Null),
        (None, None) => Err(parameters::unknown(name)),
    }
}

/// Prints a size as `pg_size_pretty` does: a unit serves up to ten thousand of it (utils/adt/dbsize.c).
pub fn size_text(bytes: i128) -> String {
    let mut value = bytes;
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB"];
    let mut half = false;
    for (at, unit) in units.iter().enumerate() {
        let limit = if at == 0 { 10 * 1024 } else { 20 * 1024 - 1 };
        if value.abs() < limit || at == units.len() - 1 {
            if half {
                value = (value + value.signum()) / 2;
            }
            return format!("{value} {unit}");
        }
        // One bit more than needed is kept, to round by.
        let bits = if at == 0 { 9 } else { 10 };
        value /= 1 << bits;
        half = true;
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_pretty() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (10_239, "10239 bytes"),
            (10_240, "10 kB"),
            (7_708_007, "7527 kB"),
            (20_971_520, "20 MB"),
            (-12_345, "-12 kB"),
            (1 << 40, "1024 GB"),
        ] {
            assert_eq!(size_text(bytes), words, "{bytes}");
        }
    }
}
