//! What each kind of step does to the world, and what it shows of that.

use super::*;

impl Player<'_> {
    pub(super) fn apply(&mut self, apply: &Apply, show: &mut dyn FnMut(Shown)) -> Result<(), String> {
        if apply.refused {
            return self.refusal(&apply.files, show);
        }
        let files: Vec<String> = apply.files.iter().map(|file| format!("-f {file}")).collect();
        match self.command(&format!("kubectl apply {}", files.join(" ")), show)? {
            0 => Ok(()),
            exit => Err(format!("the manifests were refused (exit code {exit})")),
        }
    }

    /// Shows what the rim says of manifests that it refuses: each mistake with its place, which kubectl does not tell.
    pub(super) fn refusal(&self, files: &[String], show: &mut dyn FnMut(Shown)) -> Result<(), String> {
        let mut sources = Vec::new();
        for path in files {
            let text = self.lab.file(path).map_err(|error| error.what)?;
            sources.push(manifest::Source::new(path.as_str(), text));
        }
        let troubles = manifest::judge(&manifest::read(&sources), &manifest::Policy::default());
        if !troubles.iter().any(manifest::Trouble::is_error) {
            return Err("the manifests were to be refused, and were not".to_owned());
        }
        let told: Vec<String> = troubles.iter().map(ToString::to_string).collect();
        show(Shown::Screen {
            at_ms: self.at_ms(),
            command: format!("pglab run --manifests {}", files.join(" ")),
            output: told.join("\n"),
            exit: 2,
        });
        Ok(())
    }

    pub(super) fn run(&mut self, run: &Run, show: &mut dyn FnMut(Shown)) -> Result<(), String> {
        let command = self.fill(&run.command);
        let exit = self.command(&command, show)?;
        if exit == run.exit {
            Ok(())
        } else {
            Err(format!("`{command}` ended with {exit}, not with {}", run.exit))
        }
    }

    /// Gives a command in the window, shows its screen and returns its exit code.
    pub(super) fn command(&mut self, command: &str, show: &mut dyn FnMut(Shown)) -> Result<i32, String> {
        let at_ms = self.at_ms();
        let outcome = crate::lab::command(&mut self.world, command, &self.lab.files)?;
        let (output, exit) = (outcome.terminal(), outcome.code);
        show(Shown::Screen {
            at_ms,
            command: command.to_owned(),
            output,
            exit,
        });
        Ok(exit)
    }

    pub(super) fn client(&mut self, plan: &ClientPlan, show: &mut dyn FnMut(Shown)) -> Result<(), String> {
        let at_ms = self.at_ms();
        let text = match (plan, self.lang) {
            (
                ClientPlan::Start {
                    name,
                    service,
                    port,
                    login,
                    every_ms,
                },
                lang,
            ) => {
                let wish = ledger::Wish {
                    name,
                    service,
                    port: *port,
                    login,
                    every_ms: *every_ms,
                };
                ledger::start(&mut self.world, &wish)?;
                match lang {
                    Lang::En => format!("client {name} begins to write orders through service/{service}"),
                    Lang::Ko => format!("클라이언트 {name}: service/{service}를 통해 주문을 쓰기 시작합니다"),
                }
            }
            (ClientPlan::Stop(name), lang) => {
                ledger::stop(&mut self.world, name)?;
                match lang {
                    Lang::En => format!("client {name} stops"),
                    Lang::Ko => format!("클라이언트 {name}: 멈춥니다"),
                }
            }
        };
        show(Shown::Done { at_ms, text });
        Ok(())
    }

    pub(super) fn wait(&mut self, wait: &Wait) -> Result<(), String> {
        match wait {
            Wait::For { ms } => self.world.run_for(*ms),
            Wait::Settled => {
                self.world.settle(600_000);
            }
            Wait::Ready { of, at_most_ms } => {
                let key = ready::key_of(&self.fill(of))?;
                let deadline = self.world.now() + *at_most_ms;
                if !self.world.run_till(deadline, |world| ready::is_ready(world, &key)) {
                    return Err(format!("{key} was not ready within {} s", at_most_ms / 1000));
                }
            }
        }
        Ok(())
    }

    pub(super) fn fault(&mut self, plan: &FaultPlan, show: &mut dyn FnMut(Shown)) -> Result<(), String> {
        let at_ms = self.at_ms();
        let fault = match plan {
            FaultPlan::Crash { pod, container } => Fault::Crash {
                namespace: "default".into(),
                pod: self.fill(pod).into(),
                container: container.clone(),
            },
            FaultPlan::StopNode(node) => Fault::StopNode(self.fill(node).into()),
            FaultPlan::StartNode(node) => Fault::StartNode(self.fill(node).into()),
        };
        if !self.world.befall(&fault) {
            return Err(format!("there is nothing that this could befall: {fault}"));
        }
        show(Shown::Done {
            at_ms,
            text: misfortune(&fault.to_string(), self.lang),
        });
        Ok(())
    }

    pub(super) fn mark(&mut self, mark: &Mark) -> Result<(), String> {
        let labels: Vec<(&str, &str)> = mark.pod.split(',').filter_map(|pair| pair.split_once('=')).collect();
        let besides: Vec<Uid> = mark
            .besides
            .iter()
            .filter_map(|name| Some(self.marks.get(name)?.uid))
            .collect();
        let pods = self.world.store().list::<Pod>("default");
        let found: Vec<&Arc<Pod>> = pods
            .filter(|pod| {
                labels
                    .iter()
                    .all(|(key, value)| pod.metadata.labels.value(key) == *value)
            })
            .filter(|pod| !besides.contains(&pod.metadata.uid) && !pod.metadata.is_terminating())
            .collect();
        let [pod] = found.as_slice() else {
            return Err(format!(
                "{} pods are labelled {}, and a mark means one",
                found.len(),
                mark.pod
            ));
        };
        let claim = pod.claims().next().map(|claim| claim.into_owned());
        let volume = claim.as_deref().and_then(|claim| table::volume_of(&self.world, claim));
        let marked = Marked {
            name: pod.metadata.name.to_string(),
            uid: pod.metadata.uid,
            claim,
            volume,
        };
        self.marks.insert(mark.name.clone(), marked);
        Ok(())
    }
}
