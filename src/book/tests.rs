//! Stories of chapters and their directives, played without a simulator.

use super::*;
use crate::lab::{Error, Folder, Lab, Lang, Line, Row, Shown, Verdict};
use std::path::{Path, PathBuf};

/// A player without a simulator: each act shows one screen, and each act with a row makes one.
struct Reader {
    verdict: Verdict,
}

const HONEST: Reader = Reader {
    verdict: Verdict::Holds,
};

impl Player for Reader {
    fn play(&mut self, lab: &Lab, lang: Lang) -> Result<Vec<Shown>, Error> {
        let mut shown = Vec::new();
        let mut rows = Vec::new();
        for act in &lab.acts {
            shown.push(Shown::Act {
                id: act.id.clone(),
                title: act.title.in_lang(lang).to_string(),
            });
            shown.push(screen_of(&format!("kubectl get pods in {}", act.id)));
            shown.push(verdict_of(self.verdict));
            if let Some(row) = &act.row {
                rows.push(Row {
                    act: act.id.clone(),
                    label: row.label.in_lang(lang).to_string(),
                    name_kept: true,
                    claim_kept: None,
                    acknowledged: 60,
                    surviving: Some(29),
                    silent_ms: 4_350,
                });
            }
        }
        shown.push(Shown::Table {
            title: "What was kept".into(),
            rows,
        });
        Ok(shown)
    }

    fn screens(&mut self, manifests: &[(&str, &str)], commands: &[String]) -> Result<Vec<Shown>, Error> {
        assert!(!manifests.is_empty());
        Ok(commands.iter().map(|command| screen_of(command)).collect())
    }
}

fn screen_of(command: &str) -> Shown {
    Shown::Screen {
        at_ms: 0,
        command: command.into(),
        output: "NAME   READY\ndb-0   1/1\n".into(),
        exit: 0,
    }
}

fn verdict_of(verdict: Verdict) -> Shown {
    Shown::Verdict {
        check: "one-writer".into(),
        claim: "A claim is never written by two pods at once.".into(),
        of: Some("sts/db".into()),
        verdict,
        predicted: Verdict::Holds,
        reason: None,
        why: "One pod at a time.".into(),
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn labs() -> Vec<Lab> {
    let folders = Folder::read_all(&root().join("labs")).unwrap();
    folders.iter().map(|folder| Lab::load(folder).unwrap()).collect()
}

fn chapters(book: &str) -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(root().join("book").join(book))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(path).unwrap(),
            )
        })
        .collect();
    found.sort();
    found
}

#[test]
fn a_chapter_is_cut_at_its_directives() {
    let text = "# A\n\n{{#pglab play lab9 solution/a 'kubectl get pods' 'kubectl get pvc'}}\nOf {{fact lab9 b lost}} and {{db}}.";
    let play = Directive::Play {
        lab: "lab9".into(),
        folder: "solution/a".into(),
        commands: vec!["kubectl get pods".into(), "kubectl get pvc".into()],
    };
    let fact = Directive::Fact {
        lab: "lab9".into(),
        act: "b".into(),
        name: "lost".into(),
    };
    assert_eq!(
        pieces(text).unwrap(),
        vec![
            Piece::Text("# A\n\n"),
            Piece::Run(play, 3),
            Piece::Text("\nOf "),
            Piece::Run(fact, 4),
            Piece::Text(" and {{db}}."),
        ]
    );
}

#[test]
fn a_directive_that_nobody_knows_is_named_with_its_line() {
    let wrong = |text: &str| pieces(text).unwrap_err().what;
    assert_eq!(
        wrong("\n{{#pglab ac lab9 a}}"),
        "line 2: no directive is written `ac lab9 a`"
    );
    assert_eq!(wrong("{{#pglab act lab9"), "line 1: a directive without its `}}`");
    assert_eq!(
        wrong("{{#pglab play lab9 a 'kubectl}}"),
        "line 1: a quote that is not closed"
    );
    assert_eq!(wrong("{{fact lab9 b}}"), "line 1: no directive is written `lab9 b`");

    let labs = labs();
    let unknown = Expander::new(&labs, Lang::En, HONEST)
        .chapter("x.md", "\n{{#pglab act lab99 a}}")
        .unwrap_err();
    assert_eq!(unknown.what, "x.md:2: there is no lab `lab99`");
}

#[test]
fn what_a_lab_shows_is_drawn_as_markdown() {
    let shown = [
        Shown::Word {
            word: "Pod".into(),
            means: "It runs.".into(),
        },
        Shown::Word {
            word: "node".into(),
            means: "A machine.".into(),
        },
        Shown::Ask {
            id: "kill".into(),
            question: "What then?".into(),
            choices: vec!["Nothing.".into(), "A new one.".into()],
        },
        Shown::Screen {
            at_ms: 0,
            command: "kubectl logs db".into(),
            output: "```\n".into(),
            exit: 0,
        },
        Shown::Timeline {
            lines: vec![Line {
                at_ms: 65_250,
                text: "kubelet starts db".into(),
            }],
        },
        Shown::Answer {
            id: "kill".into(),
            number: 2,
            choice: "A new one.\n".into(),
            why: "So it was asked.\n".into(),
        },
        Shown::Ledger {
            client: "shop".into(),
            acknowledged: 6,
            present: Some(2),
            missing: vec![1, 2, 3, 5],
            silent_ms: 4_350,
        },
        verdict_of(Verdict::Holds),
        verdict_of(Verdict::Broken),
    ];
    let expected = "\
**Words**

- **Pod**: It runs.
- **node**: A machine.

> **Predict.** What then?
>
> 1. Nothing.
> 2. A new one.

````console
$ kubectl logs db
```
````

```text
+01:05.250  kubelet starts db
```

<details>
<summary>The answer</summary>

**2. A new one.** So it was asked.

</details>

The ledger of `shop`: 6 orders acknowledged, 2 of them in the database. Missing: 1–3, 5.

- `one-writer` (`sts/db`) holds, as predicted. One pod at a time.
- `one-writer` (`sts/db`) is broken, **which was not predicted**. One pod at a time.";
    assert_eq!(draw(&shown, Lang::En), expected);
}

#[test]
fn every_chapter_of_both_books_can_be_expanded() {
    let labs = labs();
    for (book, lang) in [("src", Lang::En), ("ko/src", Lang::Ko)] {
        let mut expander = Expander::new(&labs, lang, HONEST);
        for (name, text) in chapters(book) {
            let out = expander.chapter(&name, &text).unwrap_or_else(|error| panic!("{error}"));
            assert!(!out.contains("{{"), "{book}/{name} has a hole left: {out}");
        }
        let printed = expander.printed();
        assert!(
            printed
                .iter()
                .any(|piece| piece.name.starts_with("act-") && piece.text.contains("db-0   1/1"))
        );
        assert!(
            printed
                .iter()
                .any(|piece| piece.name.starts_with("fact-") && piece.text == "31")
        );
    }
}

#[test]
fn the_two_books_have_the_same_chapters_headings_and_directives() {
    let shape = |book: &str| -> Vec<_> {
        chapters(book)
            .into_iter()
            .map(|(name, text)| {
                let headings: Vec<_> = text
                    .lines()
                    .filter(|line| line.starts_with('#'))
                    .map(|line| line.find(' '))
                    .collect();
                let runs: Vec<_> = pieces(&text)
                    .unwrap()
                    .into_iter()
                    .filter_map(|piece| match piece {
                        Piece::Run(directive, _) => Some(directive),
                        Piece::Text(_) => None,
                    })
                    .collect();
                (name, headings, runs)
            })
            .collect()
    };
    assert_eq!(shape("src"), shape("ko/src"));
}

#[test]
fn a_story_that_did_not_go_as_its_text_says_is_not_printed() {
    let labs = labs();
    let liar = Reader {
        verdict: Verdict::Broken,
    };
    let text = format!("{{{{#pglab act {} a}}}}", labs[0].id);
    let error = Expander::new(&labs, Lang::En, liar).chapter("x.md", &text).unwrap_err();
    assert!(
        error
            .what
            .contains("`one-writer` is Broken where the lab predicts Holds"),
        "{error}"
    );
}

#[test]
fn output_that_differs_from_the_accepted_is_found_at_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let accepted = Accepted::new([("lab9".to_string(), folder.path().to_path_buf())]);
    let print = |text: &str| {
        [Printed {
            lab: "lab9".into(),
            name: "act-a".into(),
            lang: Lang::Ko,
            text: text.into(),
        }]
    };
    assert_eq!(
        accepted.compare(&print("one")).unwrap().len(),
        1,
        "what was never accepted differs"
    );
    accepted.accept(&print("one\ntwo")).unwrap();
    assert_eq!(accepted.compare(&print("one\ntwo")).unwrap(), vec![]);
    assert_eq!(
        accepted.compare(&print("one\n2\nthree")).unwrap(),
        vec![Difference {
            file: folder.path().join("golden/book/act-a.ko.md"),
            line: 2,
            accepted: Some("two".into()),
            printed: Some("2".into()),
        }]
    );
}

#[test]
fn a_book_is_built_with_its_directives_gone() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let labs = labs();
    // The command must not be run: pglab is here already.
    write(
        "book.toml",
        "[book]\nlanguage = \"ko\"\n[preprocessor.pglab]\ncommand = \"no-such-command\"\n",
    );
    write("src/SUMMARY.md", "[One](one.md)\n");
    write("src/one.md", &format!("# One\n\n{{{{#pglab act {} a}}}}\n", labs[0].id));
    let printed = build(folder.path(), &labs, HONEST).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(printed.len(), 1);
    let html = std::fs::read_to_string(folder.path().join("book/one.html")).unwrap();
    assert!(html.contains("db-0   1/1") && html.contains("성립합니다"), "{html}");
    assert!(!html.contains("#pglab"));
}

#[test]
fn mdbook_itself_can_call_the_preprocessor() {
    let labs = labs();
    let message = r##"[{"root": "/", "config": {"book": {"language": "en"}}, "renderer": "html", "mdbook_version": "0.5.4"},
        {"items": [{"Chapter": {"name": "One", "content": "{{#pglab words}}", "number": null, "sub_items": [],
            "path": "one.md", "source_path": "one.md", "parent_names": []}}]}]"##;
    let mut out = Vec::new();
    preprocess(message.as_bytes(), &mut out, &labs, HONEST).unwrap_or_else(|error| panic!("{error}"));
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains("**Pod**") && !out.contains("#pglab"), "{out}");
    assert!(preprocess("?".as_bytes(), Vec::new(), &labs, HONEST).is_err());
}

#[test]
fn each_folder_with_a_book_toml_is_a_book() {
    let book = root().join("book");
    assert_eq!(books(&book), vec![book.clone(), book.join("ko")]);
    assert!(books(Path::new("/nowhere")).len() == 1);
}
