//! The scripts of a database's first start: its entrypoint names them, and they run in its container.

use super::Runtime;
use super::deed::Wake;
use super::ground::Ground;
use super::inside::Inside;
use super::program::{Program, to_ms};
use super::reach::Far;
use crate::api::Uid;
use crate::programs::outcome::Outcome;
use crate::programs::postgres::InitScript;
use crate::programs::shell::{Dialect, Shell};

impl Runtime {
    /// Runs the scripts that a server's entrypoint has come to, one after the other, and returns who is to be called.
    pub(super) fn first_scripts(
        &mut self,
        ground: &mut Ground<'_>,
        node: &str,
        pod: Uid,
        place: usize,
        pid: u32,
    ) -> Vec<Wake> {
        let mut wakes = Vec::new();
        let now_ms = to_ms(ground.now);
        let far = Far {
            node: node.into(),
            pod,
            container: place,
            pid,
            address: "".into(),
        };
        loop {
            let process = self
                .container_mut(node, pod, place)
                .and_then(|container| container.process_mut(pid));
            let Some(Program::Postgres(server)) = process.map(|process| &mut process.program) else {
                break;
            };
            let Some(script) = server.next_script(now_ms) else {
                break;
            };
            let Some(mut inside) = Inside::new(self, ground, node, pod, place) else {
                break;
            };
            let outcome = run(&script, &mut inside);
            wakes.append(&mut inside.wakes);
            let told = self.with_program(ground, &far, |program, files| {
                if let Program::Postgres(server) = program {
                    server.script_ran(&outcome, files, now_ms);
                }
            });
            wakes.extend(told.map(|((), wakes)| wakes).unwrap_or_default());
        }
        wakes
    }
}

fn run(script: &InitScript, inside: &mut Inside<'_, '_>) -> Outcome {
    match Shell::new(&script.text, &[], &script.env, Dialect::Bash) {
        Ok(mut shell) => shell.run(inside),
        Err(words) => {
            let mut outcome = Outcome::default();
            outcome.err(&words);
            outcome.code = 2;
            outcome
        }
    }
}
