//! Templates against a recording of a real kubectl.

use super::*;
use serde_json::Value;

const RECORDED: &str = include_str!("../../../tests/fixtures/go-templates.json");

/// Returns what kubectl prints of a template's run: its text, and the whole story of an error.
fn printed(template: &str, object: &Value) -> (String, String) {
    match crate::kubectl::output::Form::parse(&format!("go-template={template}")) {
        Err(trouble) => (String::new(), format!("{}\n", trouble.text)),
        Ok(form) => {
            let shown = form.print_tree(object);
            (
                shown.text,
                shown.trouble.map_or(String::new(), |t| format!("{}\n", t.text)),
            )
        }
    }
}

#[test]
fn templates_print_what_the_real_kubectl_prints() {
    let recorded: Value = serde_json::from_str(RECORDED).expect("the recording is JSON");
    let cases = recorded["cases"].as_array().expect("cases");
    let mut different = Vec::new();
    for case in cases {
        let text = |field: &str| case[field].as_str().unwrap_or_default().to_owned();
        let ours = printed(&text("template"), &recorded["object"]);
        if ours != (text("stdout"), text("stderr")) {
            different.push(format!(
                "{}\n--- ours\n{}{}\n--- theirs\n{}{}",
                text("template"),
                ours.0,
                ours.1,
                text("stdout"),
                text("stderr")
            ));
        }
    }
    assert_eq!(cases.len(), 99, "all cases are read");
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn no_text_makes_a_template_panic() {
    let tree = serde_json::json!({"a": [1, null, {"b": "c"}]});
    let pieces = [
        "{{", "}}", "-", " ", ".a", "$", ":=", "|", "(", ")", "\"", "'", "`", "range", "end", "if", "{{end}}",
    ];
    for one in pieces {
        for two in pieces {
            for three in pieces {
                for text in [format!("{one}{two}{three}"), format!("{{{{{one}{two}{three}}}}}")] {
                    if let Ok(template) = Template::parse(&text) {
                        template.run(&tree, true);
                    }
                }
            }
        }
    }
    let deep = "(".repeat(5_000);
    assert!(Template::parse(&format!("{{{{{deep}")).is_err());
    let nested = "{{if .a}}".repeat(5_000);
    assert!(Template::parse(&nested).is_err());
    let endless =
        Template::parse("{{define \"T\"}}{{template \"T\" .}}{{end}}{{template \"T\" .}}").expect("it parses");
    assert!(
        endless
            .run(&tree, false)
            .1
            .is_some_and(|why| why.contains("maximum template depth"))
    );
}
