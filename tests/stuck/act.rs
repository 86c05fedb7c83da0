//! The acts of an answer, done as a person would do them.

use pglab::cloud::Settings;
use pglab::kubectl::{self, NoFiles, Window};
use pglab::sim::{ClusterSpec, Input, World};
use pglab::why::Remedy;

/// Makes a cluster at rest.
pub fn world() -> World {
    let mut world = ClusterSpec::default().world(1, Settings::default());
    world.settle(60_000);
    world
}

/// Does an act, as a person would.
pub fn take(world: &mut World, act: &Remedy) -> Result<(), String> {
    let (code, said) = match act {
        Remedy::Command(words) => kubectl(world, words, ""),
        Remedy::ApplyManifest(manifest) => kubectl(world, &["apply", "-f", "-"].map(str::to_owned), manifest),
        Remedy::Fault(fault) if world.befall(fault) => (0, String::new()),
        Remedy::Fault(_) => (1, "it befalls nothing".to_owned()),
        Remedy::ImagesAsBefore(pattern) => {
            world.take(&Input::Images(pattern.clone(), None));
            (0, String::new())
        }
        Remedy::JustWait(ms) => {
            world.run_for(*ms);
            (0, String::new())
        }
    };
    match code {
        0 => Ok(()),
        _ => Err(format!("{act} is refused: {said}")),
    }
}

/// Gives a command, with what is piped in: its exit code, and what it said.
pub fn kubectl(world: &mut World, words: &[String], stdin: &str) -> (i32, String) {
    let mut window = Window {
        cluster: world,
        files: &NoFiles,
        namespace: "default",
        stdin,
    };
    let outcome = kubectl::run(&mut window, words);
    (outcome.code, format!("{outcome:?}"))
}
