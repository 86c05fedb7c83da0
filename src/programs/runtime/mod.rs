//! The containers of every machine, and the programs in them.
//! Knows nothing of the API: a kubelet tells it what to do by [`Deed`]s, and it wakes whoever has something to look at.

mod deed;
mod ground;

pub use deed::{Deed, ProbeKind, Sandbox, Signal, Source, Start, Wake, Whom};
pub use ground::{Ground, NoRoutes, Place, Route, Routes};

use crate::api::Uid;
use crate::programs::outcome::Outcome;
use serde::{Deserialize, Serialize};

/// What runs on the machines; plain data.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Runtime {}

impl Runtime {
    /// Does what the kubelet of `node` asks, and returns who is to be called, and when.
    pub fn perform(&mut self, _ground: &mut Ground<'_>, _node: &str, _deed: Deed) -> Vec<Wake> {
        vec![]
    }

    /// Lets the programs of one machine do what is due now, and returns who is to be called, and when.
    pub fn advance(&mut self, _ground: &mut Ground<'_>, _node: &str) -> Vec<Wake> {
        vec![]
    }

    /// Runs a command in a container, as `kubectl exec` does; an unknown container gets an exit code of 126.
    pub fn exec(
        &mut self,
        _ground: &mut Ground<'_>,
        _node: &str,
        _pod: Uid,
        _container: &str,
        _command: &[String],
        _stdin: &str,
    ) -> (Outcome, Vec<Wake>) {
        (Outcome::default(), vec![])
    }

    /// Ends everything on a machine at once, as when the plug is pulled; emptyDirs stay.
    pub fn power_off(&mut self, _node: &str) {}

    /// Brings a machine back: nothing runs until its kubelet starts it. Returns who is to be called.
    pub fn power_on(&mut self, _ground: &mut Ground<'_>, _node: &str) -> Vec<Wake> {
        vec![]
    }

    /// Kills a container's process as by SIGKILL, from outside: a fault.
    pub fn crash(&mut self, _ground: &mut Ground<'_>, _node: &str, _pod: Uid, _container: &str) -> Vec<Wake> {
        vec![]
    }
}
