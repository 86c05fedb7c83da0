//! The tables of flags against those of the real kubectl.

use crate::kubectl::flags::{GLOBAL, flag_table};
use crate::kubectl::{Done, Flag, Takes, VERBS};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const RECORDED: &str = include_str!("../../../tests/fixtures/kubectl-flags.tsv");
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/kubectl-flags.md");

/// Verbs that only print a page and have no flags of their own; the recording holds no line of them.
const PAGES: [&str; 3] = ["alpha", "help", "options"];

/// What the real kubectl says of a flag.
struct Real {
    long: &'static str,
    short: Option<char>,
    kind: &'static str,
}

fn recorded() -> BTreeMap<&'static str, Vec<Real>> {
    let mut verbs: BTreeMap<&str, Vec<Real>> = BTreeMap::new();
    for line in RECORDED.lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [verb, long, short, kind, _] = cells.as_slice() else {
            panic!("a line has five cells: {line}");
        };
        let flags = verbs.entry(verb).or_default();
        if *long != "-" {
            flags.push(Real {
                long,
                short: short.chars().next().filter(|c| *c != '-'),
                kind,
            });
        }
    }
    verbs
}

fn fits(flag: &Flag, real: &Real) -> bool {
    let kind = match flag.takes {
        Takes::Bool => real.kind == "bool",
        Takes::Int => matches!(real.kind, "int" | "uint"),
        Takes::Duration => real.kind == "duration",
        Takes::Text => matches!(real.kind, "text" | "list" | "float"),
        Takes::Optional(_) => real.kind == "optional",
    };
    kind && flag.short == real.short
}

#[test]
fn every_flag_of_kubectl_stands_in_the_tables() {
    let recorded = recorded();
    let mut wrong = Vec::new();
    let (mut done, mut moot, mut refused) = (0, 0, 0);
    let tables = VERBS.iter().map(|verb| (verb.name, verb.flags));
    for (verb, flags) in tables.chain([("(all)", GLOBAL)]) {
        if PAGES.contains(&verb) && flags.is_empty() {
            continue;
        }
        let Some(reals) = recorded.get(verb) else {
            wrong.push(format!("kubectl has no verb `{verb}`"));
            continue;
        };
        for real in reals {
            match flags.iter().find(|flag| flag.long == real.long) {
                Some(flag) if fits(flag, real) => match flag.done {
                    Done::Yes => done += 1,
                    Done::Moot => moot += 1,
                    Done::No => refused += 1,
                },
                Some(flag) => wrong.push(format!(
                    "{verb} --{}: {:?}, but a {} there",
                    real.long, flag.takes, real.kind
                )),
                None => wrong.push(format!("{verb} --{} is missing", real.long)),
            }
        }
        let known: BTreeSet<&str> = reals.iter().map(|real| real.long).collect();
        let extra = flags.iter().filter(|flag| !known.contains(flag.long));
        wrong.extend(extra.map(|flag| format!("{verb} --{} is no flag of kubectl", flag.long)));
    }
    let missing: Vec<&str> = recorded
        .keys()
        .copied()
        .filter(|name| *name != "(all)" && !VERBS.iter().any(|verb| verb.name == *name))
        .collect();
    println!("flags of verbs that are here: {done} done, {moot} make no difference, {refused} refused by name");
    assert!(missing.is_empty(), "verbs that are not here: {}", missing.join(", "));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(done > 200, "{done} flags are done");
}

#[test]
fn the_table_of_flags_is_the_accepted_one() {
    let table = flag_table();
    if std::env::var_os("PGLAB_BLESS").is_some() {
        fs::write(TABLE, &table).expect("the table can be written");
    }
    let accepted = fs::read_to_string(TABLE).unwrap_or_default();
    assert!(
        accepted == table,
        "{TABLE} is stale; renew it with: PGLAB_BLESS=1 cargo test --lib kubectl::tests::flags"
    );
}
