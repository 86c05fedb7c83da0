//! Texts that nobody would write: the rim says what is wrong with them, and where, and never falls over.

use crate::manifest::judge::{Foreign, Policy, judge};
use crate::manifest::korean::KOREAN;
use crate::manifest::read::read;
use crate::manifest::source::Source;
use crate::manifest::trouble::{Rule, Trouble};
use crate::manifest::words;
use proptest::prelude::*;

/// Manifests that are good, to be broken.
const GOOD: [&str; 4] = [
    include_str!("../../tests/manifests/statefulset-basics/web.yaml"),
    include_str!("../../tests/manifests/notes/mended/pvc.yaml"),
    include_str!("../../tests/manifests/deployment-with-claim/postgres-deployment.yaml"),
    include_str!("../../tests/manifests/kubectl-dump/list.yaml"),
];

/// Pieces that mean something to YAML or to Kubernetes.
const PIECES: [&str; 28] = [
    "\t",
    "  ",
    "\n",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "&a ",
    "*a",
    "<<: *a\n",
    "---\n",
    "...\n",
    "|\n",
    "!!binary ",
    "kind: List\nitems:\n",
    "metadata:\n",
    "name: ",
    "spec:\n",
    "-1",
    "99999999999999999999",
    "\u{feff}",
    "한",
    "\0",
    "\r",
];

/// Asserts that the words which are ours are known in Korean; the API server's own words stay as they are, and so do those
/// of the YAML parser that no kind of error stands for.
fn is_told_in_korean(trouble: &Trouble) {
    let hangul = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
    let foreign = match &trouble.rule {
        Rule::Refused(error) => !["", "must be unique"].contains(&&*error.detail),
        // The tests of `diagnose` hold what it says itself.
        Rule::Syntax(_) => true,
        Rule::Warned(_) | Rule::Advice => trouble.what.contains(" (the object is taken"),
        _ => false,
    };
    let told = KOREAN.korean(&trouble.what);
    assert!(foreign || told.is_some_and(|told| hangul(&told)), "`{}`", trouble.what);
    if let Some(hint) = &trouble.hint {
        assert!(KOREAN.korean(hint).is_some_and(|told| hangul(&told)), "`{hint}`");
    }
}

/// Reads and judges a text in every way there is, and checks that each trouble stands inside of it.
fn survive(name: &str, text: &str) {
    let source = Source::new(name, text);
    let lines = u32::try_from(text.lines().count())
        .expect("a test's text is short")
        .max(1);
    let reading = read(std::slice::from_ref(&source));
    for foreign in [Foreign::Carry, Foreign::Refuse] {
        let policy = Policy {
            foreign,
            declared: Vec::new(),
        };
        for trouble in judge(&reading, &policy) {
            let place = trouble.place;
            assert!(
                (1..=lines).contains(&place.line),
                "line {} of {lines}: {trouble}",
                place.line
            );
            let columns = source.line(place.line).chars().count() + 1;
            assert!(
                (1..=columns).contains(&(place.column as usize)),
                "column {} of {columns}: {trouble}",
                place.column
            );
            assert!(trouble.to_string().contains(&trouble.what));
            is_told_in_korean(&trouble);
        }
        for document in &reading.documents {
            let _ = words::of_apply(document, "default", &policy);
            let _ = document.locate("spec.template.spec.containers[0].image");
        }
    }
}

/// One change to a text: somewhere something is cut out, and a piece is put in.
#[derive(Clone, Debug)]
struct Change {
    at: prop::sample::Index,
    cut: usize,
    piece: prop::sample::Index,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (any::<prop::sample::Index>(), 0..12usize, any::<prop::sample::Index>());
    prop::collection::vec(change.prop_map(|(at, cut, piece)| Change { at, cut, piece }), 1..6)
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    for change in changes {
        let at = change.at.index(characters.len().max(1)).min(characters.len());
        let end = (at + change.cut).min(characters.len());
        characters.splice(at..end, change.piece.get(&PIECES[..]).chars());
    }
    characters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_judged(text in "\\PC{0,200}") {
        survive("any.yaml", &text);
    }

    #[test]
    fn any_pieces_are_judged(pieces in prop::collection::vec(any::<prop::sample::Index>(), 0..40)) {
        let text: String = pieces.iter().map(|piece| *piece.get(&PIECES[..])).collect();
        survive("pieces.yaml", &text);
        survive("pieces.json", &format!("{{{text}"));
    }

    #[test]
    fn a_broken_manifest_is_judged(good in prop::sample::select(GOOD.to_vec()), changes in changes()) {
        survive("broken.yaml", &changed(good, &changes));
    }
}

#[test]
fn deep_and_self_made_giants_are_refused_not_unfolded() {
    survive("deep.yaml", &"a: {".repeat(10_000));
    survive("deep.json", &"{\"a\":".repeat(100_000));
    survive(
        "steps.yaml",
        &(0..2000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>(),
    );
    let ladder = (1..400).map(|n| format!("l{n}: &l{n} [*l{}]\n", n - 1));
    survive("ladder.yaml", &format!("l0: &l0 x\n{}", ladder.collect::<String>()));
    // Nine lines that stand for a thousand million values.
    let laughs = (1..10).map(|n| format!("l{n}: &l{n} [{}]\n", vec![format!("*l{}", n - 1); 10].join(", ")));
    let text = format!("l0: &l0 x\n{}", laughs.collect::<String>());
    survive("laughs.yaml", &text);
    let troubles = read(&[Source::new("laughs.yaml", text)]).troubles;
    assert_eq!(troubles[0].what, "aliases unfold to more than 100,000 values");
}
