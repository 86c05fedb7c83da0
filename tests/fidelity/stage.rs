//! The cluster of a play: a world that remembers what was done to it, so that it can be done once more.
//!
//! `kubectl get -w` looks on while other commands run. Here it looks on at a second performance: the same world from its
//! beginning, with the same deeds at the same steps.

use pglab::api::{Key, Object, Time};
use pglab::kubectl::Cluster;
use pglab::programs::outcome::Outcome;
use pglab::sim::{Fault, World};
use pglab::store::{DeleteOptions, Refusal, Store};

/// Something that changes a world from outside, or lets it go on.
#[derive(Clone, Debug)]
enum Deed {
    Pass(Time),
    Create(Box<Object>),
    Update(Box<Object>),
    UpdateStatus(Box<Object>),
    Delete(Key, DeleteOptions),
    Evict(Key, Option<i64>),
    Exec(Key, String, Vec<String>, String),
    Fault(Fault),
}

/// What a deed led to.
enum Came {
    Passed(bool),
    Wrote(Result<Option<Object>, Refusal>),
    Ran(Result<Outcome, String>),
}

/// A world and what was done to it.
pub struct Stage {
    first: World,
    world: World,
    deeds: Vec<Deed>,
    /// How long a request that writes is under way, in milliseconds: meanwhile the cluster goes on.
    round_trip_ms: i64,
    /// When whoever waits is stopped.
    end: Option<Time>,
}

impl Stage {
    /// Begins with a world as it is now.
    pub fn new(world: World, round_trip_ms: i64) -> Self {
        Self {
            first: world.clone(),
            world,
            deeds: Vec::new(),
            round_trip_ms,
            end: None,
        }
    }

    /// Says when the command that runs now is stopped, if it is.
    pub fn ends_at(&mut self, end: Option<Time>) {
        self.end = end;
    }

    /// Returns the world, to read.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Lets something go wrong, or right again.
    pub fn befall(&mut self, fault: Fault) {
        self.act(Deed::Fault(fault));
    }

    /// Lets time pass.
    pub fn wait(&mut self, ms: i64) {
        let until = self.world.now() + ms.max(0);
        while self.pass(until) {}
    }

    /// Returns the same play once more, as somebody sees it who begins to look on at an instant.
    pub fn again(&self, from: Time) -> Again<'_> {
        let (mut world, mut deeds) = (self.first.clone(), self.deeds.iter());
        while world.now() < from
            && let Some(deed) = deeds.next()
        {
            perform(&mut world, deed);
        }
        Again { world, deeds }
    }

    fn act(&mut self, deed: Deed) -> Came {
        let came = perform(&mut self.world, &deed);
        self.deeds.push(deed);
        came
    }

    fn write(&mut self, deed: Deed) -> Result<Option<Object>, Refusal> {
        let Came::Wrote(result) = self.act(deed) else {
            unreachable!("a write leads to a write")
        };
        self.wait(self.round_trip_ms);
        result
    }
}

fn perform(world: &mut World, deed: &Deed) -> Came {
    let some = |result: Result<Object, Refusal>| Came::Wrote(result.map(Some));
    match deed.clone() {
        Deed::Pass(until) => Came::Passed(Cluster::pass(world, until)),
        Deed::Create(object) => some(Cluster::create(world, *object)),
        Deed::Update(object) => some(Cluster::update(world, *object)),
        Deed::UpdateStatus(object) => some(Cluster::update_status(world, *object)),
        Deed::Delete(key, options) => Came::Wrote(Cluster::delete(world, &key, &options)),
        Deed::Evict(key, grace) => Came::Wrote(Cluster::evict(world, &key, grace).map(|()| None)),
        Deed::Fault(fault) => Came::Passed(world.befall(&fault)),
        Deed::Exec(pod, container, command, stdin) => {
            Came::Ran(Cluster::exec(world, &pod, &container, &command, &stdin))
        }
    }
}

impl Cluster for Stage {
    fn store(&self) -> &Store {
        self.world.store()
    }

    fn now(&self) -> Time {
        self.world.now()
    }

    fn lease(&self, node: &str) -> Option<Time> {
        Cluster::lease(&self.world, node)
    }

    fn create(&mut self, object: Object) -> Result<Object, Refusal> {
        let written = self.write(Deed::Create(Box::new(object)))?;
        Ok(written.expect("a creation leaves an object"))
    }

    fn update(&mut self, object: Object) -> Result<Object, Refusal> {
        let written = self.write(Deed::Update(Box::new(object)))?;
        Ok(written.expect("an update leaves an object"))
    }

    fn update_status(&mut self, object: Object) -> Result<Object, Refusal> {
        let written = self.write(Deed::UpdateStatus(Box::new(object)))?;
        Ok(written.expect("an update leaves an object"))
    }

    fn delete(&mut self, key: &Key, options: &DeleteOptions) -> Result<Option<Object>, Refusal> {
        self.write(Deed::Delete(key.clone(), options.clone()))
    }

    fn evict(&mut self, pod: &Key, grace_seconds: Option<i64>) -> Result<(), Refusal> {
        self.write(Deed::Evict(pod.clone(), grace_seconds)).map(drop)
    }

    fn pass(&mut self, until: Time) -> bool {
        let until = self.end.map_or(until, |end| until.min(end));
        matches!(self.act(Deed::Pass(until)), Came::Passed(true))
    }

    fn is_quiet(&self) -> bool {
        self.end.is_some_and(|end| self.now() >= end) || Cluster::is_quiet(&self.world)
    }

    fn exec(&mut self, pod: &Key, container: &str, command: &[String], stdin: &str) -> Result<Outcome, String> {
        let (pod, container) = (pod.clone(), container.to_owned());
        match self.act(Deed::Exec(pod, container, command.to_vec(), stdin.to_owned())) {
            Came::Ran(ran) => ran,
            _ => unreachable!("a run leads to a run"),
        }
    }

    fn logs(&self, pod: &Key, container: &str, previous: bool) -> Result<Vec<(Time, String)>, String> {
        Cluster::logs(&self.world, pod, container, previous)
    }
}

/// A play that is seen once more: time passes as it passed, and whoever looks on can do nothing.
pub struct Again<'a> {
    world: World,
    deeds: std::slice::Iter<'a, Deed>,
}

impl Again<'_> {
    fn forbidden<T>(&self) -> Result<T, Refusal> {
        Err(Refusal::BadRequest("this play is only looked at".to_owned()))
    }
}

impl Cluster for Again<'_> {
    fn store(&self) -> &Store {
        self.world.store()
    }

    fn now(&self) -> Time {
        self.world.now()
    }

    fn create(&mut self, _: Object) -> Result<Object, Refusal> {
        self.forbidden()
    }

    fn update(&mut self, _: Object) -> Result<Object, Refusal> {
        self.forbidden()
    }

    fn update_status(&mut self, _: Object) -> Result<Object, Refusal> {
        self.forbidden()
    }

    fn delete(&mut self, _: &Key, _: &DeleteOptions) -> Result<Option<Object>, Refusal> {
        self.forbidden()
    }

    fn evict(&mut self, _: &Key, _: Option<i64>) -> Result<(), Refusal> {
        self.forbidden()
    }

    fn pass(&mut self, _until: Time) -> bool {
        let Some(deed) = self.deeds.next() else {
            return false;
        };
        perform(&mut self.world, deed);
        true
    }

    fn is_quiet(&self) -> bool {
        self.deeds.as_slice().is_empty()
    }

    fn exec(&mut self, _: &Key, _: &str, _: &[String], _: &str) -> Result<Outcome, String> {
        Err("this play is only looked at".to_owned())
    }

    fn logs(&self, _: &Key, _: &str, _: bool) -> Result<Vec<(Time, String)>, String> {
        Err("this play is only looked at".to_owned())
    }
}
