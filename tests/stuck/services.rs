//! Services: whom they select, where they send connections, and who listens there.

use super::{Case, Draw, apply, deployment, deployment_with, key, of_its_pod, run};
use pglab::api::{EndpointSlice, Kind};
use pglab::kubectl::{self, NoFiles, Window};
use pglab::sim::World;
use pglab::why::Stuck;

fn service(name: &str, selector: &str, port: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {selector}}}, ports: [{{port: 80, targetPort: {port}}}]}}\n"
    )
}

/// Says whether traffic has somewhere to go.
fn serves(name: &str) -> Box<dyn Fn(&World) -> bool> {
    let name = name.to_owned();
    Box::new(move |world| {
        let mut slices = world
            .store()
            .list::<EndpointSlice>("default")
            .filter(|slice| slice.metadata.labels.value("kubernetes.io/service-name") == name);
        slices.any(|slice| !slice.ports.is_empty() && slice.endpoints.iter().any(|e| e.conditions.ready))
    })
}

fn of_service(draw: &mut Draw, more: &str, wrong: bool, port: &str, expected: Stuck) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    apply(&mut world, &deployment(&name, draw.below(2) + 1, "idle:1", more));
    let selector = if wrong { format!("{name}x") } else { name.clone() };
    apply(&mut world, &service(&name, &selector, port));
    world.settle(120_000);
    Case {
        world,
        asked: key(Kind::Service, &name),
        expected: vec![expected],
        healed: serves(&name),
    }
}

pub fn selector(draw: &mut Draw) -> Case {
    of_service(draw, "", true, "8080", Stuck::NoSelection)
}

pub fn named_port(draw: &mut Draw) -> Case {
    of_service(draw, "", false, "web", Stuck::NamedPort)
}

pub fn pods_not_ready(draw: &mut Draw) -> Case {
    let map = draw.name();
    let more = format!("      volumes: [{{name: conf, configMap: {{name: {map}}}}}]");
    of_service(draw, &more, false, "8080", Stuck::PodsNotReady)
}

/// Says whether somebody in another pod gets an answer.
fn answered(client: &str, words: &str) -> Box<dyn Fn(&World) -> bool> {
    let line = format!("exec {client} -- {words}");
    Box::new(move |world| {
        let mut world = world.clone();
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let mut window = Window {
            cluster: &mut world,
            files: &NoFiles,
            namespace: "default",
            stdin: "",
        };
        kubectl::run(&mut window, &args).code == 0
    })
}

pub fn target_port(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    apply(&mut world, &deployment(&name, draw.below(2) + 1, "nginx:1.25", ""));
    apply(
        &mut world,
        &service(&name, &name, ["81", "8080", "443"][draw.below(3) as usize]),
    );
    run(&mut world, "run client --image=busybox -- sleep 100000");
    world.settle(120_000);
    Case {
        world,
        asked: key(Kind::Service, &name),
        expected: vec![Stuck::RefusedPort],
        healed: answered("client", &format!("wget -q -T 2 -O- http://{name}")),
    }
}

/// A database that a configuration of its own, or its arguments, let listen to its own pod only.
fn inward(draw: &mut Draw, probe: &str) -> (World, String) {
    let mut world = draw.world();
    let name = draw.name();
    let args = [
        "listen_addresses=localhost",
        "config_file=/conf/pg.conf",
        "listen_addresses=127.0.0.1",
    ];
    let args = args[draw.below(3) as usize];
    apply(
        &mut world,
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {pg.conf: 'max_connections = 50'}\n",
    );
    let container = format!(
        "        args: [-c, '{args}']
        env: [{{name: POSTGRES_PASSWORD, value: x}}]
        volumeMounts: [{{name: conf, mountPath: /conf}}]
        {probe}
      volumes: [{{name: conf, configMap: {{name: conf}}}}]"
    );
    apply(&mut world, &deployment_with(&name, "postgres:16", &container));
    apply(
        &mut world,
        &service(&name, &name, "5432").replace("port: 80", "port: 5432"),
    );
    run(&mut world, "run client --image=postgres:16 -- sleep 100000");
    world.run_for(60_000);
    (world, name)
}

pub fn inward_database(draw: &mut Draw) -> Case {
    let (world, name) = inward(draw, "");
    Case {
        world,
        asked: key(Kind::Service, &name),
        expected: vec![Stuck::RefusedPort],
        healed: answered("client", &format!("pg_isready -h {name}")),
    }
}

pub fn knocked_in_vain(draw: &mut Draw) -> Case {
    let (world, name) = inward(draw, "readinessProbe: {tcpSocket: {port: 5432}, periodSeconds: 2}");
    of_its_pod(world, &name, Stuck::NotReady)
}
