//! `\if`, `\elif`, `\else` and `\endif`.

use super::meta::skip;
use super::variables::truth;
use super::{Branch, Psql, words};

impl Psql<'_, '_> {
    /// Obeys one of them; returns whether it went well.
    pub(super) fn branch(&mut self, name: &str, line: &str, at: &mut usize) -> bool {
        let outer = self
            .branches
            .split_last()
            .is_none_or(|(_, outer)| outer.iter().all(|branch| branch.active));
        let asked = |at: &mut usize, this: &mut Self| -> Option<bool> {
            let words = words::all(line, at, &this.variables).unwrap_or_default().join(" ");
            let value = truth(&words);
            if value.is_none() {
                this.complain(&format!(
                    "unrecognized value \"{words}\" for \"\\{name} expression\": Boolean expected"
                ));
            }
            value
        };
        match (name, self.branches.last().copied()) {
            ("if", _) => {
                let reached = self.is_active();
                let value = if reached {
                    asked(at, self)
                } else {
                    skip(line, at);
                    Some(false)
                };
                self.branches.push(Branch {
                    active: reached && value == Some(true),
                    done: !reached || value != Some(false),
                    in_else: false,
                });
                value.is_some()
            }
            (_, None) => {
                skip(line, at);
                self.complain(&format!("\\{name}: no matching \\if"));
                false
            }
            ("elif" | "else", Some(branch)) if branch.in_else => {
                skip(line, at);
                self.complain(&format!("\\{name}: cannot occur after \\else"));
                false
            }
            ("elif", Some(branch)) => {
                let value = if branch.done {
                    skip(line, at);
                    Some(false)
                } else {
                    asked(at, self)
                };
                if let Some(branch) = self.branches.last_mut() {
                    branch.active = outer && !branch.done && value == Some(true);
                    branch.done |= value != Some(false);
                }
                value.is_some()
            }
            ("else", Some(_)) => {
                skip(line, at);
                if let Some(branch) = self.branches.last_mut() {
                    branch.active = outer && !branch.done;
                    branch.done = true;
                    branch.in_else = true;
                }
                true
            }
            _ => {
                skip(line, at);
                self.branches.pop();
                true
            }
        }
    }
}
