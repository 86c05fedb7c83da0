//! What psql prints, held against what a real one prints.

use super::options::{Action, Options};
use super::print;
use super::scan::{Scanner, Stop};
use super::settings::Form;
use super::variables::Variables;
use crate::programs::outcome::Env;
use crate::programs::sql::{Column, Report, Rows};

fn options(line: &str) -> Options {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    Options::read(&words, &Env::new()).unwrap_or_else(|error| panic!("{error}"))
}

fn sample() -> Rows {
    let column = |name: &str, right| Column {
        name: name.to_owned(),
        type_name: String::new(),
        right,
    };
    let text = |text: &str| Some(text.to_owned());
    Rows {
        columns: vec![column("id", true), column("name", false)],
        rows: vec![vec![text("1"), text("alice")], vec![text("20"), None]],
        tag: "SELECT 2".to_owned(),
    }
}

#[test]
fn a_table_has_its_header_in_the_middle_and_its_numbers_to_the_right() {
    let expected = " id | name  \n----+-------\n  1 | alice\n 20 | \n(2 rows)\n\n";
    assert_eq!(print::rows(&sample(), &options("psql").settings), expected);
}

#[test]
fn scripts_ask_for_bare_values() {
    let options = options("psql -U shop -tAc SELECT");
    assert_eq!(
        (options.settings.tuples_only, options.settings.form),
        (true, Form::Unaligned)
    );
    assert_eq!(options.actions, [Action::Command("SELECT".to_owned())]);
    assert_eq!(print::rows(&sample(), &options.settings), "1|alice\n20|\n");
}

#[test]
fn a_record_stands_below_the_other_when_asked_for() {
    let expected = "-[ RECORD 1 ]\nid   | 1\nname | alice\n-[ RECORD 2 ]\nid   | 20\nname | \n\n";
    assert_eq!(print::rows(&sample(), &options("psql -x").settings), expected);
}

#[test]
fn an_error_points_at_its_word() {
    let report = Report::error("42P01", "relation \"nosuch\" does not exist").at(15);
    let expected =
        "ERROR:  relation \"nosuch\" does not exist\nLINE 1: SELECT * FROM nosuch\n                      ^\n";
    assert_eq!(print::report(&report, "SELECT * FROM nosuch"), expected);
}

#[test]
fn a_connection_string_says_everything_at_once() {
    let target = options("psql postgresql://shop:tea@db:6432/orders")
        .login
        .target(&Env::new(), "psql");
    let told = (
        target.host.as_str(),
        target.port,
        target.user.as_str(),
        target.database.as_str(),
    );
    assert_eq!(told, ("db", 6432, "shop", "orders"));
    assert_eq!(target.password.as_deref(), Some("tea"));
}

#[test]
fn a_script_is_cut_where_its_statements_end() {
    let mut scanner = Scanner::default();
    let mut variables = Variables::new();
    variables.put("n", "5");
    let mut found = Vec::new();
    for line in [
        "SELECT ';' ; -- no; not here",
        "INSERT INTO t VALUES (1,",
        "  $$;$$);",
        "SELECT :n::int, E'\\';' \\g",
        "/* ; */ SELECT 2",
    ] {
        scanner.begin_line();
        let mut at = 0;
        loop {
            match scanner.scan(line, &mut at, &variables) {
                Stop::Semicolon => found.push(scanner.take()),
                Stop::Backslash => {
                    found.push(format!("{}\\{}", scanner.take(), &line[at..]));
                    break;
                }
                Stop::End => break,
            }
        }
    }
    found.push(scanner.take());
    assert_eq!(
        found,
        [
            "SELECT ';' ;",
            "INSERT INTO t VALUES (1,\n  $$;$$);",
            "SELECT 5::int, E'\\';' \\g",
            "/* ; */ SELECT 2"
        ]
    );
}

#[test]
fn a_long_line_is_cut_around_the_place_of_the_error() {
    let query = "SELECT 'stock'::regclass, to_regclass('nope'), 'nope'::regclass;";
    let report = Report::error("42P01", "relation \"nope\" does not exist").at(48);
    let expected = "ERROR:  relation \"nope\" does not exist\n\
                    LINE 1: SELECT 'stock'::regclass, to_regclass('nope'), 'nope'::regcl...\n\
                    \x20                                                      ^\n";
    assert_eq!(print::report(&report, query), expected);
}
