//! As much of a shell as the recorded lines need: quotes, `;`, `$(…)`, `for … do … done`, `| head -1`, `| grep word`,
//! and `timeout N`, which is left to kubectl's own patience.

use crate::stage::Stage;
use pglab::kubectl::{Cluster, Window, run};
use pglab::programs::outcome::Outcome;
use pglab::sim::Fault;
use std::collections::BTreeMap;

/// The exit code of a command that saw that nothing more would happen, or whose time was over.
const GAVE_UP: i32 = 130;

/// A person's terminal.
pub struct Terminal<'a> {
    /// The cluster.
    pub stage: &'a mut Stage,
    /// The files in the current folder.
    pub files: &'a BTreeMap<String, String>,
    /// The current namespace.
    pub namespace: &'a str,
}

impl Terminal<'_> {
    /// Runs a line; the error says what this shell does not understand.
    pub fn run(&mut self, line: &str) -> Result<Outcome, String> {
        if let Some((variable, words, body)) = for_loop(line) {
            let mut said = Outcome::default();
            for word in self.expand(words)?.split_whitespace() {
                said.then(self.run(&body.replace(&format!("${variable}"), word))?);
            }
            return Ok(said);
        }
        let mut said = Outcome::default();
        for command in split(line, ';') {
            said.then(self.pipeline(command.trim())?);
        }
        Ok(said)
    }

    fn pipeline(&mut self, line: &str) -> Result<Outcome, String> {
        let stages = split(line, '|');
        let (first, filters) = stages.split_first().ok_or("there is no command")?;
        let first = self.expand(first)?;
        let mut words = words(&first)?;
        let mut patience = None;
        if words.first().is_some_and(|word| word == "timeout") {
            let seconds = words.get(1).and_then(|word| word.parse::<i64>().ok());
            patience = Some(seconds.ok_or_else(|| format!("`{line}` does not say how long"))?);
            words.drain(..2);
        }
        let Some((program, args)) = words.split_first() else {
            return Err(format!("`{line}` has no command"));
        };
        if let ("pglab", [what, verb, node]) = (program.as_str(), args)
            && what == "node"
        {
            let node = node.as_str().into();
            self.stage.befall(match verb.as_str() {
                "partition" => Fault::Partition(node),
                "heal" => Fault::Heal(node),
                _ => return Err(format!("`{line}` is no fault of this shell")),
            });
            return Ok(Outcome::default());
        }
        if program != "kubectl" && program != "kubectl-1.36" {
            return Err(format!("`{program}` is no kubectl"));
        }
        let end = patience.map(|seconds| self.stage.now() + seconds * 1000);
        self.stage.ends_at(end);
        let mut window = Window {
            cluster: &mut *self.stage,
            files: self.files,
            namespace: self.namespace,
            stdin: "",
        };
        let mut said = run(&mut window, args);
        self.stage.ends_at(None);
        // Who waits for what never comes is killed when the time is over; here it gives up before.
        if let Some(end) = end
            && said.code == GAVE_UP
        {
            self.stage.wait(end - self.stage.now());
            said.code = 124;
        }
        for filter in filters {
            let lines = said.stdout();
            let kept: Vec<&str> = match filter.split_whitespace().collect::<Vec<_>>()[..] {
                ["head", "-1"] => lines.lines().take(1).collect(),
                ["grep", word] => lines.lines().filter(|line| line.contains(word)).collect(),
                _ => return Err(format!("`{filter}` is no filter of this shell")),
            };
            let text: String = kept.iter().map(|line| format!("{line}\n")).collect();
            said = Outcome::default();
            said.out(&text);
        }
        Ok(said)
    }

    /// Puts what commands in `$(…)` print in their places.
    fn expand(&mut self, line: &str) -> Result<String, String> {
        let Some(start) = line.find("$(") else {
            return Ok(line.to_owned());
        };
        let mut depth = 0;
        let end = line[start..].char_indices().find_map(|(i, letter)| {
            depth += match letter {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            (letter == ')' && depth == 0).then_some(start + i)
        });
        let end = end.ok_or_else(|| format!("`{line}` opens a parenthesis and does not close it"))?;
        let said = self.pipeline(&line[start + 2..end])?.stdout();
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        self.expand(&format!("{}{said}{}", &line[..start], &line[end + 1..]))
    }
}

/// Takes `for x in WORDS; do BODY; done` apart.
fn for_loop(line: &str) -> Option<(&str, &str, &str)> {
    let (variable, rest) = line.strip_prefix("for ")?.split_once(" in ")?;
    let (words, rest) = rest.split_once("; do ")?;
    Some((variable, words, rest.strip_suffix("; done")?))
}

/// Splits at a letter that stands outside of quotes and parentheses.
fn split(line: &str, at: char) -> Vec<&str> {
    let (mut parts, mut from, mut depth, mut quote) = (Vec::new(), 0, 0, None);
    for (i, letter) in line.char_indices() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            (_, Some(_)) => (),
            ('\'' | '"', None) => quote = Some(letter),
            ('(', None) => depth += 1,
            (')', None) => depth -= 1,
            _ if letter == at && depth == 0 => {
                parts.push(&line[from..i]);
                from = i + 1;
            }
            _ => (),
        }
    }
    parts.push(&line[from..]);
    parts
}

/// Splits a line into words: quotes are taken away.
fn words(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (letter, quote) {
            (_, Some(open)) if letter == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (' ', None) => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    if quote.is_some() {
        return Err(format!("a quote is opened and not closed in `{line}`"));
    }
    words.extend(word);
    Ok(words)
}

#[test]
fn lines_are_taken_apart_as_a_shell_does() {
    assert_eq!(split("a 'x;y' $(b;c); d", ';'), ["a 'x;y' $(b;c)", " d"]);
    assert_eq!(
        words("get pods -o jsonpath='{.a b}' \"c d\"").unwrap(),
        ["get", "pods", "-o", "jsonpath={.a b}", "c d"]
    );
    let parts = for_loop("for p in $(kubectl get pods); do kubectl describe $p; done");
    assert_eq!(parts, Some(("p", "$(kubectl get pods)", "kubectl describe $p")));
}
