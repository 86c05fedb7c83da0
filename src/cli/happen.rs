//! How what befalls a cluster is let happen and told: once, by names that a person knows, and not at all where it would
//! change nothing.

use super::error::{Exit, Failure};
use super::place::Place;
use super::terminal;
use crate::api::PersistentVolume;
use crate::programs::runtime::Rule;
use crate::sim::{Fault, Input, Taken, World, images, misfortune};
use crate::why::Said;
use crate::workspace::Session;

/// Lets things happen in the cluster of the folder; each must befall something.
pub(super) fn happen(
    place: &Place,
    words: &str,
    inputs: impl FnOnce(&Session<'_>) -> Result<Vec<Input>, Failure>,
) -> Result<Exit, Failure> {
    let mut session = place.open(words)?;
    let inputs = inputs(&session)?;
    let (mut said, mut unchanged) = (String::new(), String::new());
    for input in inputs {
        if let Some(why) = nothing_to_do(session.world(), &input) {
            unchanged.push_str(&named(session.world(), &input, why.text(place.lang())));
            unchanged.push('\n');
            continue;
        }
        let told = match &input {
            Input::Fault(fault) => misfortune(&fault.to_string(), place.lang()),
            Input::AddNode(name, machine) => place.say(
                format!("{name} is put up in {}", machine.zone),
                format!("{name}: {}에 추가됨", machine.zone),
            ),
            Input::RemoveNode(name) => misfortune(&format!("{name} is taken away"), place.lang()),
            Input::Images(pattern, rule) => images(pattern, rule.as_ref(), place.lang()),
            _ => continue,
        };
        let mut told = named(session.world(), &input, &told);
        if let Some(aside) = aside(session.world(), &input) {
            told.push('\n');
            told.push_str(aside.text(place.lang()));
        }
        if !matches!(session.take(input), Taken::Nothing) {
            said.push_str(&told);
            said.push('\n');
        }
    }
    session.close()?;
    // What was done tells enough; where nothing was, that is told.
    terminal::print(if said.is_empty() { &unchanged } else { &said })
}

/// Returns what a person should know who lays a rule down for images.
fn aside(world: &World, input: &Input) -> Option<Said> {
    let Input::Images(pattern, Some(rule)) = input else {
        return None;
    };
    if !world.runtime.knows(pattern) {
        return Some(Said::new(
            "  no image that was asked for so far is called that; the rule holds for those to come",
            "  지금까지 요청된 이미지 가운데 이런 이름은 없음, 앞으로 올 이미지에 적용됨",
        ));
    }
    let holders = world.runtime.holders(pattern, world.now());
    if *rule != Rule::Missing || holders.is_empty() {
        return None;
    }
    let nodes = holders.join(", ");
    Some(Said::new(
        format!(
            "  {nodes} keep what was pulled: a pod there starts all the same, unless it always pulls (imagePullPolicy: Always)"
        ),
        format!(
            "  {nodes}에는 받아 둔 이미지가 남아 있음: 그곳의 Pod는 항상 받지(imagePullPolicy: Always) 않는 한 그대로 시작됨"
        ),
    ))
}

/// Says why an input would change nothing; None where it would.
fn nothing_to_do(world: &World, input: &Input) -> Option<Said> {
    let (what, (en, ko)) = match input {
        Input::Fault(fault) if !world.would_change(fault) => match fault {
            Fault::StopNode(node) | Fault::CrashNode(node) => (node.to_string(), ("it is off", "이미 꺼져 있음")),
            Fault::StartNode(node) => (node.to_string(), ("it is switched on", "이미 켜져 있음")),
            Fault::Partition(node) => (
                node.to_string(),
                ("it is cut off from the network", "이미 네트워크가 끊겨 있음"),
            ),
            Fault::Heal(node) => (
                node.to_string(),
                ("it reaches the network", "이미 네트워크에 연결되어 있음"),
            ),
            Fault::SlowDisk(id) => (id.to_string(), ("it is slow", "이미 느림")),
            Fault::FailDisk(id) => (id.to_string(), ("it fails", "이미 고장 나 있음")),
            Fault::HealDisk(id) => (id.to_string(), ("it is fast and sound", "이미 빠르고 멀쩡함")),
            Fault::Crash { .. } | Fault::Restart(_) | Fault::Stall(..) => return None,
        },
        Input::Images(pattern, rule) => {
            let mut rules = world.runtime.images.iter();
            let now = rules.find(|(known, _)| known == pattern).map(|(_, rule)| rule);
            let same = (now == rule.as_ref()).then_some(("it was so before", "전과 같음"))?;
            return Some(Said::new(
                format!("images {pattern} unchanged: {}", same.0),
                format!("이미지 {pattern}: 바뀐 것 없음({})", same.1),
            ));
        }
        _ => return None,
    };
    Some(Said::new(
        format!("{what} unchanged: {en}"),
        format!("{what}: 바뀐 것 없음({ko})"),
    ))
}

/// Names a disk as a person knows it, its claim first, where a sentence has its id.
fn named(world: &World, input: &Input, told: &str) -> String {
    let Input::Fault(Fault::SlowDisk(id) | Fault::FailDisk(id) | Fault::HealDisk(id)) = input else {
        return told.to_owned();
    };
    let mut volumes = world.store().list::<PersistentVolume>("");
    let volume = volumes.find(|volume| volume.csi().is_some_and(|(_, handle)| *handle == **id));
    let Some(volume) = volume else { return told.to_owned() };
    let name = &volume.metadata.name;
    let named = match &volume.spec.claim_ref {
        Some(claim) => format!("pvc/{} (pv/{name}, {id})", claim.name),
        None => format!("pv/{name} ({id})"),
    };
    told.replacen(&**id, &named, 1)
}
