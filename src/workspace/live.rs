//! An open folder as the cluster that kubectl reaches. While a command waits, it lets go of the folder, so that others can
//! change it meanwhile.

use super::session::Session;
use super::state::Pace;
use super::trouble::Trouble;
use super::vault::Vault;
use super::wall::Wall;
use crate::api::{Key, Object, Time};
use crate::kubectl::Cluster;
use crate::programs::files::Files;
use crate::programs::outcome::Outcome;
use crate::programs::runtime::{Spoken, Typed};
use crate::sim::{Input, Lang, Taken, World};
use crate::store::{DeleteOptions, Refusal, Store};

/// How long a command that waits sleeps at a time, in milliseconds of the wall clock.
const TICK_MS: i64 = 100;

/// For how long a person looks on that nobody stops: a year. What ends it is Ctrl-C.
const FOR_EVER_MS: i64 = 365 * 24 * 3_600_000;

impl Session<'_> {
    fn object(&mut self, input: Input) -> Result<Option<Object>, Refusal> {
        match self.take(input) {
            Taken::Object(object) => Ok(object),
            Taken::Refused(refusal) => Err(refusal),
            other => unreachable!("a write has an object or a refusal, not {other:?}"),
        }
    }

    fn written(&mut self, input: Input) -> Result<Object, Refusal> {
        self.object(input)
            .map(|object| object.expect("what was written is there"))
    }

    /// Lets go of the folder for a tick and takes it again; the world may have been changed by others.
    fn tick(&mut self, until: Time) -> Result<(), Trouble> {
        let nap = self.nap(until);
        self.let_go(|wall| wall.sleep(nap))?;
        self.catch_up(Some(until));
        Ok(())
    }

    /// Lets go of the folder while something is done outside, and takes it again as it is by then.
    fn let_go<R>(&mut self, meanwhile: impl FnOnce(&dyn Wall) -> R) -> Result<R, Trouble> {
        self.land()?;
        self.lock = None;
        let result = meanwhile(self.wall);
        self.lock = Some(self.folder.lock(&self.words, self.wall)?);
        if self.vault.head()? == self.head {
            // Nothing but time came in, which the clock will tell again.
            self.state = self.vault.state()?;
        } else {
            // The file itself may be another one by now: somebody may have made the cluster again.
            self.vault = Vault::open(&self.folder.database())?;
            self.state = self.vault.state()?;
            self.world = self.vault.world()?;
            let before = std::mem::replace(&mut self.head, self.vault.head()?);
            self.inputs.clear();
            if self.went_back(before)? {
                self.turns += 1;
                self.tell_of_the_turn();
            }
        }
        Ok(result)
    }

    /// Says whether the present world does not go on from the one of an entry: somebody went back in time.
    fn went_back(&self, before: u32) -> Result<bool, Trouble> {
        if self.head < before {
            return Ok(true);
        }
        for number in before + 1..=self.head {
            if self.vault.entry(number)?.is_some_and(|entry| entry.travels()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn tell_of_the_turn(&self) {
        let clock = self.world.clock(self.world.now());
        self.wall.tell(&match self.wall.lang() {
            Lang::En => format!(
                "another terminal went back in time: it is {clock} again, and what was shown of later has not happened"
            ),
            Lang::Ko => {
                format!("다른 터미널에서 시간을 되돌림: 다시 {clock}, 그 뒤의 일로 보인 것은 일어나지 않은 일이 됨")
            }
        });
    }

    /// Returns how long to sleep: until something is due, and never longer than a tick.
    fn nap(&self, until: Time) -> i64 {
        let Pace::Wall(times) = self.state.pace else { return 0 };
        let due = self.world.due().next().map_or(until, |(at, _)| at).min(until);
        ((due - self.world.now()) / times).clamp(10, TICK_MS)
    }
}

impl Cluster for Session<'_> {
    fn store(&self) -> &Store {
        self.world.store()
    }

    fn now(&self) -> Time {
        self.world.now()
    }

    fn lang(&self) -> Lang {
        self.wall.lang()
    }

    fn lease(&self, node: &str) -> Option<Time> {
        Cluster::lease(&self.world, node)
    }

    fn reported(&self, node: &str, written: Time) -> Option<Time> {
        Cluster::reported(&self.world, node, written)
    }

    fn create(&mut self, object: Object) -> Result<Object, Refusal> {
        self.written(Input::Create(object))
    }

    fn update(&mut self, object: Object) -> Result<Object, Refusal> {
        self.written(Input::Update(object))
    }

    fn update_status(&mut self, object: Object) -> Result<Object, Refusal> {
        self.written(Input::UpdateStatus(object))
    }

    fn delete(&mut self, key: &Key, options: &DeleteOptions) -> Result<Option<Object>, Refusal> {
        self.object(Input::Delete(key.clone(), options.clone()))
    }

    fn evict(&mut self, pod: &Key, grace_seconds: Option<i64>) -> Result<(), Refusal> {
        self.object(Input::Evict(pod.clone(), grace_seconds)).map(drop)
    }

    fn pass(&mut self, until: Time) -> bool {
        if self.failed.is_some() {
            self.world.run_until(until);
            return false;
        }
        if self.state.pace == Pace::Paused {
            // Whole instants pass, so that the journal can tell of them by their time alone.
            let next = self.world.due().next().map(|(at, _)| at).filter(|at| *at <= until);
            self.pass_until(next.unwrap_or(until));
            return next.is_some();
        }
        if let Err(trouble) = self.tick(until) {
            // It never lands: time passes in memory only, so that whatever waits comes to its end.
            self.failed = Some(trouble);
            self.world.run_until(until);
            return false;
        }
        self.world.now() < until
    }

    fn is_quiet(&self) -> bool {
        self.state.pace == Pace::Paused && World::is_quiet(&self.world)
    }

    fn why_quiet(&self) -> Option<String> {
        Some(match self.wall.lang() {
            Lang::En => "it ends here: time is paused, and nothing is about to happen (`pglab time advance 1m` lets time pass, \
                         `pglab time pace wall` lets it go by itself)",
            Lang::Ko => "여기서 끝남: 시간이 멈춰 있고 곧 일어날 일이 없음(`pglab time advance 1m`으로 시간을 보내거나 `pglab time \
                         pace wall`로 저절로 가게 하기)",
        }
        .to_owned())
    }

    fn turns_back(&self) -> u64 {
        self.turns
    }

    fn patience_ms(&self) -> i64 {
        match self.state.pace {
            Pace::Paused => Cluster::patience_ms(&self.world),
            Pace::Wall(_) => FOR_EVER_MS,
        }
    }

    fn exec(&mut self, pod: &Key, container: &str, command: &[String], stdin: &str) -> Result<Outcome, String> {
        let input = Input::Exec {
            pod: pod.clone(),
            container: container.to_owned(),
            command: command.to_vec(),
            stdin: stdin.to_owned(),
        };
        match self.take(input) {
            Taken::Ran(outcome) => Ok(outcome),
            Taken::NoWay(why) => Err(why),
            other => unreachable!("a command runs or does not, but {other:?}"),
        }
    }

    fn attach(&mut self, pod: &Key, container: &str, stdin: &str) -> Result<Outcome, String> {
        match self.take(Input::Attach(pod.clone(), container.to_owned(), stdin.to_owned())) {
            Taken::Ran(outcome) => Ok(outcome),
            Taken::NoWay(why) => Err(why),
            other => unreachable!("a process reads or does not, but {other:?}"),
        }
    }

    fn has_keyboard(&self) -> bool {
        self.wall.has_keyboard()
    }

    fn ask(&mut self, prompt: &str) -> Option<String> {
        let line = self.let_go(|wall| wall.ask(prompt));
        match line {
            Ok(line) => {
                self.catch_up(None);
                line
            }
            Err(trouble) => {
                self.failed = Some(trouble);
                None
            }
        }
    }

    fn typed(&mut self, pod: &Key, container: &str, typed: Typed) -> Result<Spoken, String> {
        match self.take(Input::Type(pod.clone(), container.to_owned(), typed)) {
            Taken::Typed(spoken) => Ok(spoken),
            Taken::NoWay(why) => Err(why),
            other => unreachable!("a program listens or does not, but {other:?}"),
        }
    }

    fn files(&mut self, pod: &Key, container: &str, look: &mut dyn FnMut(&Files<'_>)) -> Result<(), String> {
        // Looking leaves no trace: it is done in a copy.
        Cluster::files(&mut self.world.clone(), pod, container, look)
    }

    fn unpack(
        &mut self,
        pod: &Key,
        container: &str,
        path: &str,
        base: &str,
        files: &[(String, Vec<u8>)],
    ) -> Result<Result<(), String>, String> {
        let input = Input::Unpack {
            pod: pod.clone(),
            container: container.to_owned(),
            path: path.to_owned(),
            base: base.to_owned(),
            files: files.to_vec(),
        };
        match self.take(input) {
            Taken::Unpacked(unpacked) => Ok(unpacked),
            Taken::NoWay(why) => Err(why),
            other => unreachable!("files are written or not, but {other:?}"),
        }
    }

    fn logs(&self, pod: &Key, container: &str, previous: bool) -> Result<Vec<(Time, String)>, String> {
        Cluster::logs(&self.world, pod, container, previous)
    }
}
