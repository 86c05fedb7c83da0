//! pglab against a real Kubernetes 1.36 control plane: whole recorded scenarios are played, and everything that was
//! printed, said and written is compared.
//!
//! The denominators are counted from the recordings. What differs is listed in `DIFFERENCES.md`, each difference with an
//! explanation from `explanations.yaml`; one without an explanation fails the test, and so does a score below its floor
//! in `floors.yaml`.
//!
//! To accept new scores and a new list: `PGLAB_ACCEPT=1 cargo test --test fidelity`, and read the difference. To look at
//! some scenarios only: `PGLAB_ONLY=s01,s02 cargo test --test fidelity -- --nocapture`.

mod clock;
mod lines;
mod names;
mod player;
mod recording;
mod report;
mod scenario;
mod score;
mod screen;
mod shell;
mod stage;
mod volumes;
mod writes;

use player::House;
use scenario::Scenario;
use score::Score;
use std::collections::BTreeMap;

const SCENARIOS: [&str; 19] = [
    "s01", "s02", "s03", "s04", "s05", "s06", "s07", "s07b", "s08", "s09", "s10", "s11", "s12", "s13", "s14", "s15",
    "s16", "s17", "s18",
];

fn play(name: &str, house: &House) -> Score {
    let scenario = Scenario::read(name);
    let played = player::play(&scenario, house);
    score::judge(&scenario, &played)
}

fn play_all(names: &[&str]) -> BTreeMap<String, Score> {
    let house: House = scenario::data("house.yaml");
    names
        .iter()
        .map(|name| ((*name).to_owned(), play(name, &house)))
        .collect()
}

#[test]
fn recorded_scenarios_come_out_as_recorded() {
    if let Ok(only) = std::env::var("PGLAB_ONLY") {
        let scores = play_all(&only.split(',').collect::<Vec<_>>());
        let differences = report::differences(&scores);
        return println!("{}\n{}", differences.text, differences.unexplained.join("\n"));
    }
    let scores = play_all(&SCENARIOS);
    println!("{}", report::table(&scores));
    let differences = report::differences(&scores);
    if std::env::var("PGLAB_ACCEPT").is_ok() {
        report::raise_floors(&scores);
        report::list(&differences.text);
    }
    let fallen = report::fallen(&scores);
    assert!(fallen.is_empty(), "worse than before:\n{}", fallen.join("\n"));
    let unexplained = &differences.unexplained;
    assert!(
        unexplained.is_empty(),
        "{} differences that explanations.yaml does not explain:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
    for why in &differences.idle {
        println!("explanations.yaml explains what is not there any more: {why}");
    }
    assert!(
        report::is_listed(&differences.text),
        "DIFFERENCES.md is not what was found: PGLAB_ACCEPT=1 cargo test --test fidelity"
    );
}
