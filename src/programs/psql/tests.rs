//! What psql prints, held against what a real one prints.

use super::options::Options;
use super::{print, statements};
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
    assert_eq!(print::rows(&sample(), &options("psql")), expected);
}

#[test]
fn scripts_ask_for_bare_values() {
    let options = options("psql -U shop -tAc SELECT");
    assert_eq!((options.tuples_only, options.unaligned), (true, true));
    assert_eq!(options.commands, ["SELECT"]);
    assert_eq!(print::rows(&sample(), &options), "1|alice\n20|\n");
}

#[test]
fn a_record_stands_below_the_other_when_asked_for() {
    let expected = "-[ RECORD 1 ]\nid   | 1\nname | alice\n-[ RECORD 2 ]\nid   | 20\nname | \n\n";
    assert_eq!(print::rows(&sample(), &options("psql -x")), expected);
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
    let target = options("psql postgresql://shop:tea@db:6432/orders").target(&Env::new());
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
    let script = "SELECT ';' ; -- no; not here\nINSERT INTO t VALUES (1);\n\\dt\nSELECT 2";
    assert_eq!(
        statements::split(script),
        ["SELECT ';' ;", "INSERT INTO t VALUES (1);", "\\dt", "SELECT 2"]
    );
}
