//! Playing a lab: step after step, each shown as it happens.

mod deeds;

use super::step::{Apply, ClientPlan, Expectation, Fault as FaultPlan, Mark, Run, Show, Step, Wait};
use super::{Act, Error, Lab, Lang, Line, Row, Shown, Stage, Text, Verdict, ledger, names, ready, table};
use crate::api::{Pod, Quantity, Uid};
use crate::cloud::Settings;
use crate::manifest;
use crate::sim::{ClusterSpec, Fault, World, misfortune};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where to stop: after an act, or after one of its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Until {
    /// The act.
    pub act: String,
    /// The step, from 1; None: the act's last.
    pub step: Option<usize>,
}

impl std::str::FromStr for Until {
    type Err = String;

    /// Reads `b` or `b.7`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (act, step) = text
            .split_once('.')
            .map_or((text, None), |(act, step)| (act, Some(step)));
        let wrong = |_| format!("`{text}` is neither an act, as `b`, nor a step of one, as `b.7`");
        Ok(Self {
            act: act.to_owned(),
            step: step.map(|step| step.parse().map_err(wrong)).transpose()?,
        })
    }
}

/// A pod that was marked, as it was then.
#[derive(Clone, Debug)]
pub(super) struct Marked {
    pub name: String,
    pub uid: Uid,
    pub claim: Option<String>,
    pub volume: Option<String>,
}

/// Plays a lab. The library never prints: what is to be seen is handed, piece by piece, to whoever asked.
pub struct Player<'a> {
    lab: &'a Lab,
    lang: Lang,
    seed: u64,
    settings: Settings,
    pub(super) world: World,
    pub(super) marks: BTreeMap<String, Marked>,
    /// The revision and the step up to which the timeline was shown.
    told: (u64, u32),
    rows: Vec<Row>,
    checks: usize,
    otherwise: usize,
}

impl<'a> Player<'a> {
    /// Makes ready to play a lab. Fails when the lab's cluster makes no sense.
    pub fn new(lab: &'a Lab, seed: u64, lang: Lang, settings: Settings) -> Result<Self, Error> {
        let world = cluster_of(lab)?.world(seed, settings.clone());
        Ok(Self {
            lab,
            lang,
            seed,
            settings,
            world,
            marks: BTreeMap::new(),
            told: (0, 0),
            rows: Vec::new(),
            checks: 0,
            otherwise: 0,
        })
    }

    /// Returns the world of the act that is played, or was last.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Plays the lab, or as much of it as is asked for, and hands each piece to `show`. Returns whether everything came
    /// out as predicted; an error is a fault of the lab, and names its place.
    pub fn play(&mut self, until: Option<&Until>, show: &mut dyn FnMut(Shown)) -> Result<bool, Error> {
        if let Some(until) = until {
            self.refuse_unknown(until)?;
        }
        show(Shown::Lab {
            id: self.lab.id.clone(),
            title: self.say(&self.lab.title),
            question: self.lab.question.as_ref().map(|text| self.say(text)),
        });
        for (number, act) in self.lab.acts.iter().enumerate() {
            let last = until.filter(|until| until.act == act.id);
            let count = last.and_then(|until| until.step).unwrap_or(act.steps.len());
            self.begin(number == 0, act)?;
            self.play_act(act, count, show)?;
            if last.is_some() {
                return Ok(self.end(Some(format!("{}.{count}", act.id)), show));
            }
        }
        if let Some(table) = &self.lab.table {
            show(Shown::Table {
                title: self.say(&table.title),
                rows: self.rows.clone(),
            });
        }
        if let Some(ending) = &self.lab.ending {
            show(Shown::Ending { text: self.say(ending) });
        }
        Ok(self.end(None, show))
    }

    fn play_act(&mut self, act: &Act, count: usize, show: &mut dyn FnMut(Shown)) -> Result<(), Error> {
        show(Shown::Act {
            id: act.id.clone(),
            title: self.say(&act.title),
        });
        for word in self.lab.words_of(act) {
            show(Shown::Word {
                word: self.say(&word.word),
                means: self.say(&word.means),
            });
        }
        for (number, step) in (1..).zip(act.steps.iter().take(count)) {
            self.step(act, step, show).map_err(|what| {
                let again = format!(
                    "see it again: pglab run {} --seed {} --until {}.{number}",
                    self.lab.id, self.seed, act.id
                );
                Error::new(
                    format!("{} act {} step {number} ({}): {what}", self.lab.id, act.id, step.kind()),
                    again,
                )
            })?;
        }
        if let Some(row) = act.row.as_ref().filter(|_| count == act.steps.len()) {
            self.rows
                .push(table::row(self, &act.id, self.say(&row.label), &row.pod, &row.client));
        }
        Ok(())
    }

    fn end(&self, stopped_after: Option<String>, show: &mut dyn FnMut(Shown)) -> bool {
        show(Shown::End {
            stopped_after,
            checks: self.checks,
            otherwise: self.otherwise,
        });
        self.otherwise == 0
    }

    fn refuse_unknown(&self, until: &Until) -> Result<(), Error> {
        let act = self.lab.act(&until.act)?;
        match until.step {
            Some(step) if step == 0 || step > act.steps.len() => Err(Error::new(
                format!("act {} of {} has no step {step}", act.id, self.lab.id),
                format!("it has the steps 1 to {}", act.steps.len()),
            )),
            _ => Ok(()),
        }
    }

    /// Begins an act, with an empty cluster unless it goes on where the one before ended.
    fn begin(&mut self, first: bool, act: &Act) -> Result<(), Error> {
        if act.cluster == Stage::Same && !first {
            // What came before was another act's to show.
            self.told = (self.world.store().head(), self.world.newest_step());
            return Ok(());
        }
        if !first {
            self.world = cluster_of(self.lab)?.world(self.seed, self.settings.clone());
        }
        self.marks.clear();
        // The nodes register before the story begins: nobody wants to read of it.
        self.world.settle(60_000);
        self.told = (self.world.store().head(), self.world.newest_step());
        Ok(())
    }

    /// Returns words in the language of the play, with marked pods' names in their holes.
    fn say(&self, text: &Text) -> String {
        self.fill(text.in_lang(self.lang))
    }

    fn fill(&self, text: &str) -> String {
        names::fill(text, |hole| {
            let (mark, part) = hole.split_once('.').unwrap_or((hole, ""));
            let marked = self.marks.get(mark)?;
            match part {
                "" => Some(marked.name.clone()),
                "claim" => marked.claim.clone(),
                "volume" => marked.volume.clone(),
                "node" => {
                    let pod = self.world.store().get::<Pod>("default", &marked.name)?;
                    Some(pod.spec.node_name.to_string())
                }
                _ => None,
            }
        })
    }

    fn at_ms(&self) -> i64 {
        self.world.now() - self.world.began()
    }

    fn step(&mut self, act: &Act, step: &Step, show: &mut dyn FnMut(Shown)) -> Result<(), String> {
        match step {
            Step::Say(text) => show(Shown::Say { text: self.say(text) }),
            Step::Means(text) => show(Shown::Means { text: self.say(text) }),
            Step::Predict(asked) => show(Shown::Ask {
                id: asked.id.clone(),
                question: self.say(&asked.question),
                choices: asked.choices.iter().map(|choice| self.say(choice)).collect(),
            }),
            Step::Answer(id) => show(self.answer(act, id)),
            Step::Apply(apply) => self.apply(apply, show)?,
            Step::Run(run) => self.run(run, show)?,
            Step::Client(plan) => self.client(plan, show)?,
            Step::Wait(wait) => self.wait(wait)?,
            Step::Fault(fault) => self.fault(fault, show)?,
            Step::Mark(mark) => self.mark(mark)?,
            Step::Show(Show::Timeline) => show(self.timeline()),
            Step::Show(Show::Ledger) => ledger::all(&self.world).into_iter().for_each(show),
            Step::Expect(expected) => show(self.judge(expected)?),
        }
        Ok(())
    }

    fn answer(&self, act: &Act, id: &str) -> Shown {
        let asked = act.steps.iter().find_map(|step| match step {
            Step::Predict(asked) if asked.id == id => Some(asked),
            _ => None,
        });
        let asked = asked.expect("a lab is checked when it is loaded: each answer has its question");
        Shown::Answer {
            id: id.to_owned(),
            number: asked.answer,
            choice: self.say(&asked.choices[asked.answer - 1]),
            why: self.say(&asked.why),
        }
    }

    fn timeline(&mut self) -> Shown {
        let (revision, step) = self.told;
        let story = self.world.story(revision, step);
        self.told = (self.world.store().head(), self.world.newest_step());
        let began = self.world.began();
        let line = |line: &crate::sim::Line| Line {
            at_ms: line.at - began,
            text: line.text(self.lang),
        };
        Shown::Timeline {
            lines: story.iter().map(line).collect(),
        }
    }

    fn judge(&mut self, expected: &Expectation) -> Result<Shown, String> {
        let check = crate::checks::find(&expected.check).ok_or_else(|| {
            let there: Vec<&str> = crate::checks::ALL.iter().map(|check| check.name).collect();
            format!("there is no check `{}`; there are {}", expected.check, there.join(", "))
        })?;
        let of = expected.of.as_ref().map(|of| self.fill(of));
        let about = of.as_deref().map(ready::key_of).transpose()?;
        let (verdict, reason) = match (check.holds)(&self.world, about.as_ref()) {
            Ok(seen) => (Verdict::Holds, seen),
            Err(why) => (Verdict::Broken, why),
        };
        self.checks += 1;
        self.otherwise += usize::from(verdict != expected.verdict);
        Ok(Shown::Verdict {
            check: check.name.to_owned(),
            claim: crate::checks::KOREAN.tell(check.claim, self.lang),
            of,
            verdict,
            predicted: expected.verdict,
            reason: Some(crate::checks::KOREAN.tell(&reason, self.lang)),
            why: self.say(&expected.why),
        })
    }
}

/// Returns the shape of the lab's cluster.
fn cluster_of(lab: &Lab) -> Result<ClusterSpec, Error> {
    let amount = |what: &str, text: &str| -> Result<Quantity, Error> {
        let wrong = |e| {
            Error::new(
                format!("{}: cluster.{what} `{text}`: {e}", lab.id),
                "write it as in `4` or `16Gi`",
            )
        };
        text.parse().map_err(wrong)
    };
    Ok(ClusterSpec {
        zones: lab.cluster.zones.clone(),
        nodes_per_zone: lab.cluster.nodes_per_zone as usize,
        cpu: amount("cpu", &lab.cluster.cpu)?,
        memory: amount("memory", &lab.cluster.memory)?,
        ..ClusterSpec::default()
    })
}
