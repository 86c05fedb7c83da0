//! What goes on by itself while nobody writes: heartbeats, and containers that somebody looks on at.

use super::living::{say, world};
use super::verbs::Desk;
use crate::api::Time;
use crate::sim::{Fault, World};

fn heartbeat(world: &mut World, desk: &Desk, node: &str) -> Time {
    let line = format!("kubectl get node {node} -o jsonpath={{.status.conditions[3].lastHeartbeatTime}}");
    let text = desk.say(world, &line, "").stdout();
    Time(text.parse::<jiff::Timestamp>().expect(&text).as_millisecond())
}

#[test]
fn a_kubelet_reports_every_five_minutes_and_nothing_is_written_for_it() {
    let (mut world, desk) = world();
    let revision = world.store().head();
    let first = heartbeat(&mut world, &desk, "node-a1");
    world.run_for(10 * 3_600_000);
    let last = heartbeat(&mut world, &desk, "node-a1");
    assert_eq!((last - first) % 300_000, 0);
    assert!((world.now() - last) < 300_000, "at most five minutes old");
    let told = desk.say(&mut world, "kubectl describe node node-a1", "").stdout();
    let hour = last.timestamp().strftime("%H:%M:%S").to_string();
    assert_eq!(
        told.matches(&hour).count(),
        4,
        "all conditions are told at once: {told}"
    );
    assert_eq!(world.store().head(), revision);
    // One that is cut off is heard no more: its last report stays.
    world.befall(&Fault::Partition("node-a1".into()));
    world.run_for(3_600_000);
    assert_eq!(heartbeat(&mut world, &desk, "node-a1"), last);
    world.befall(&Fault::Heal("node-a1".into()));
    world.run_for(10_000);
    assert!((world.now() - heartbeat(&mut world, &desk, "node-a1")) < 10_000);
}

#[test]
fn a_machine_that_is_switched_on_boots_before_its_node_is_ready() {
    let (mut world, desk) = world();
    let ready = |world: &mut World| {
        let line = "kubectl get node node-a1 --no-headers";
        desk.say(world, line, "")
            .stdout()
            .split_whitespace()
            .nth(1)
            .map(str::to_owned)
    };
    world.befall(&Fault::StopNode("node-a1".into()));
    world.run_for(120_000);
    assert_eq!(ready(&mut world).as_deref(), Some("NotReady"));
    world.befall(&Fault::StartNode("node-a1".into()));
    world.run_for(29_000);
    assert_eq!(ready(&mut world).as_deref(), Some("NotReady"));
    world.run_for(2_000);
    assert_eq!(ready(&mut world).as_deref(), Some("Ready"));
    // The plug is pulled while it boots: then it does not come up by itself.
    for fault in [Fault::CrashNode("node-a1".into()), Fault::StopNode("node-a1".into())] {
        world.befall(&fault);
    }
    world.run_for(300_000);
    assert_eq!(ready(&mut world).as_deref(), Some("NotReady"));
}

#[test]
fn a_new_machine_of_an_old_name_begins_without_images() {
    let (mut world, desk) = world();
    let run = |world: &mut World, name: &str| {
        let pod = format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{nodeName: node-c2, containers: [{{name: c, \
             image: shop/web:1}}]}}}}"
        );
        desk.say(world, "kubectl apply -f -", &pod);
        world.run_for(30_000);
        let line = format!("kubectl events --for pod/{name} --types=Normal");
        let told = desk.say(world, &line, "").stdout();
        (
            told.contains("Successfully pulled"),
            told.contains("already present on machine"),
        )
    };
    assert_eq!(run(&mut world, "first"), (true, false));
    assert_eq!(run(&mut world, "second"), (false, true));
    let machine = world.cloud.machines["node-c2"].clone();
    assert!(world.remove_node("node-c2"));
    world.run_for(60_000);
    world.switch_on("node-c2", machine);
    world.run_for(60_000);
    assert_eq!(run(&mut world, "third"), (true, false));
}

#[test]
fn whoever_attaches_hears_the_container_until_it_ends_or_nothing_more_comes() {
    let (mut world, desk) = world();
    let mut run = |line: &str| say(&mut world, &desk, line, "");
    run("kubectl run y --image=busybox --restart=Never -- sh -c 'echo one; sleep 5; echo two; sleep 5; echo three'");
    run("kubectl wait --for=condition=Ready pod/y --timeout=60s");
    assert_eq!(run("kubectl attach y"), "two\nthree\n=== 0");
    assert_eq!(
        run("kubectl attach web-0"),
        "=== 0",
        "a web server at rest says nothing more"
    );
}

#[test]
fn a_command_that_is_not_there_is_an_error_of_the_runtime() {
    let (mut world, desk) = world();
    let said = say(&mut world, &desk, "kubectl exec web-0 -- nosuch", "");
    let (before, after) = said.split_once("start exec \"").expect("it names its attempt");
    assert_eq!(
        before,
        "error: Internal error occurred: Internal error occurred: error executing command in container: failed to exec \
         in container: failed to "
    );
    assert_eq!(
        &after[64..],
        "\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"nosuch\": executable file \
         not found in $PATH\n=== 1"
    );
}
