//! Pods that get no node, or do not start on the one they have.

use super::{
    Case, Draw, apply, claim, claim_of, deployment, deployment_with, key, of_its_pod, only_pod, pod, pod_key, run,
    stateful_set, volume, well,
};
use pglab::api::{Kind, Node, PersistentVolumeClaim, Resource};
use pglab::sim::World;
use pglab::why::Stuck;

/// A Deployment whose pods get stuck for what its spec says; its pod is asked about.
fn of_deployment(draw: &mut Draw, mut world: World, image: &str, more: &str, expected: Stuck) -> Case {
    let name = draw.name();
    let replicas = draw.below(3) + 1;
    apply(&mut world, &deployment(&name, replicas, image, more));
    world.settle(120_000);
    let asked = only_pod(&world, &name).key();
    Case {
        world,
        asked,
        expected: vec![expected],
        healed: well(key(Kind::Deployment, &name)),
    }
}

fn asking(draw: &mut Draw, request: &str, expected: Stuck) -> Case {
    let world = draw.world();
    let name = draw.name();
    let mut case_world = world;
    let manifest = pod(&name, "", &format!("    resources: {{requests: {{{request}}}}}"));
    apply(&mut case_world, &manifest);
    case_world.settle(60_000);
    Case {
        world: case_world,
        asked: pod_key(&name),
        expected: vec![expected],
        healed: well(pod_key(&name)),
    }
}

pub fn cpu(draw: &mut Draw) -> Case {
    let cpus = draw.below(20) + 5;
    asking(draw, &format!("cpu: {cpus}"), Stuck::Cpu)
}

pub fn memory(draw: &mut Draw) -> Case {
    let gib = draw.below(40) + 17;
    asking(draw, &format!("memory: {gib}Gi"), Stuck::Memory)
}

/// The nodes are full to the last bit: somebody has to go.
pub fn full(draw: &mut Draw) -> Case {
    let zones = draw.below(2) as usize + 1;
    let mut world = draw.world_of(zones, 1, 25);
    for n in 0..zones {
        apply(
            &mut world,
            &pod(&format!("filler-{n}"), "", "    resources: {requests: {cpu: 4}}"),
        );
    }
    world.settle(60_000);
    let name = draw.name();
    apply(&mut world, &pod(&name, "", "    resources: {requests: {cpu: 2}}"));
    world.settle(60_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::Cpu],
        healed: well(pod_key(&name)),
    }
}

fn nodes(world: &World) -> Vec<String> {
    world
        .store()
        .list::<Node>("")
        .map(|node| node.metadata.name.to_string())
        .collect()
}

pub fn taints(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let taint = draw.name();
    for node in nodes(&world) {
        run(&mut world, &format!("taint nodes {node} team={taint}:NoSchedule"));
    }
    of_deployment(draw, world, "idle:1", "", Stuck::Tainted)
}

pub fn cordon(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    for node in nodes(&world) {
        run(&mut world, &format!("cordon {node}"));
    }
    of_deployment(draw, world, "idle:1", "", Stuck::Cordoned)
}

pub fn selector(draw: &mut Draw) -> Case {
    let world = draw.world();
    let disk = draw.name();
    of_deployment(
        draw,
        world,
        "idle:1",
        &format!("      nodeSelector: {{disk: {disk}}}"),
        Stuck::Affinity,
    )
}

pub fn anti_affinity(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let replicas = nodes(&world).len() as u64 + 1;
    let rule = format!(
        "      affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: kubernetes.io/hostname, labelSelector: {{matchLabels: {{app: {name}}}}}}}]}}}}"
    );
    apply(&mut world, &deployment(&name, replicas, "idle:1", &rule));
    world.settle(120_000);
    let pods = world.store().list::<pglab::api::Pod>("default");
    let asked = pods
        .filter(|pod| !pod.is_scheduled())
        .map(|pod| pod.key())
        .next()
        .expect("one has no node");
    Case {
        world,
        asked,
        expected: vec![Stuck::PodAffinity],
        healed: well(key(Kind::Deployment, &name)),
    }
}

/// The node with the volume's zone is cordoned, and the volume cannot go elsewhere.
pub fn zone(draw: &mut Draw) -> Case {
    let mut world = draw.world_of(2, 1, 25);
    let name = draw.name();
    apply(&mut world, &stateful_set(&name, 1, "idle:1", ""));
    world.settle(120_000);
    let node = only_pod(&world, &name).spec.node_name.clone();
    run(&mut world, &format!("cordon {node}"));
    run(&mut world, &format!("delete pod {name}-0"));
    world.settle(60_000);
    Case {
        world,
        asked: pod_key(&format!("{name}-0")),
        expected: vec![Stuck::VolumeZone, Stuck::Cordoned],
        healed: well(pod_key(&format!("{name}-0"))),
    }
}

pub fn unbound_claim(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let (name, class) = (draw.name(), draw.name());
    apply(
        &mut world,
        &claim_of("data", "ReadWriteOnce", &format!("storageClassName: {class},")),
    );
    apply(&mut world, &pod(&name, &volume("data"), ""));
    world.settle(60_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::UnboundClaim],
        healed: well(pod_key(&name)),
    }
}

pub fn missing_claim(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let (name, data) = (draw.name(), draw.name());
    apply(&mut world, &pod(&name, &volume(&data), ""));
    world.settle(60_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::MissingClaim],
        healed: well(pod_key(&name)),
    }
}

pub fn going_claim(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let (name, data) = (draw.name(), draw.name());
    apply(&mut world, &claim(&data, "ReadWriteOnce"));
    apply(&mut world, &pod("first", &volume(&data), ""));
    world.settle(120_000);
    run(&mut world, &format!("delete pvc {data} --wait=false"));
    apply(&mut world, &pod(&name, &volume(&data), ""));
    world.settle(60_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::ClaimGoing],
        healed: well(pod_key(&name)),
    }
}

pub fn volume_limit(draw: &mut Draw) -> Case {
    let limit = draw.below(2) as i64 + 1;
    let mut world = draw.world_of(1, 1, limit);
    for n in 0..limit {
        apply(&mut world, &claim(&format!("disk-{n}"), "ReadWriteOnce"));
        apply(
            &mut world,
            &pod(&format!("holder-{n}"), &volume(&format!("disk-{n}")), ""),
        );
    }
    world.settle(120_000);
    let name = draw.name();
    apply(&mut world, &claim("more", "ReadWriteOnce"));
    apply(&mut world, &pod(&name, &volume("more"), ""));
    world.settle(60_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::VolumeLimit],
        healed: well(pod_key(&name)),
    }
}

pub fn one_pod(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let (name, data) = (draw.name(), draw.name());
    apply(&mut world, &claim(&data, "ReadWriteOncePod"));
    apply(&mut world, &pod("first", &volume(&data), ""));
    world.settle(120_000);
    apply(&mut world, &pod(&name, &volume(&data), ""));
    world.settle(60_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::InUseByOnePod],
        healed: well(pod_key(&name)),
    }
}

pub fn gate(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let (name, gate) = (draw.name(), draw.name());
    apply(
        &mut world,
        &pod(&name, &format!("  schedulingGates: [{{name: example.com/{gate}}}]"), ""),
    );
    world.settle(60_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::Gated],
        healed: well(pod_key(&name)),
    }
}

pub fn scheduler(draw: &mut Draw) -> Case {
    let world = draw.world();
    let other = draw.name();
    of_deployment(
        draw,
        world,
        "idle:1",
        &format!("      schedulerName: {other}"),
        Stuck::UnknownScheduler,
    )
}

pub fn node_name(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let (name, node) = (draw.name(), draw.name());
    apply(&mut world, &pod(&name, &format!("  nodeName: {node}"), ""));
    world.settle(10_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::NoSuchNode],
        healed: well(pod_key(&name)),
    }
}

pub fn secret(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let (name, secret) = (draw.name(), draw.name());
    let env = format!("    env: [{{name: WORD, valueFrom: {{secretKeyRef: {{name: {secret}, key: word}}}}}}]");
    apply(&mut world, &pod(&name, "", &env));
    world.settle(60_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::MissingSecret],
        healed: well(pod_key(&name)),
    }
}

pub fn config_map(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let (name, map) = (draw.name(), draw.name());
    apply(
        &mut world,
        &pod(
            &name,
            &format!("  volumes: [{{name: conf, configMap: {{name: {map}}}}}]"),
            "",
        ),
    );
    world.settle(60_000);
    Case {
        world,
        asked: pod_key(&name),
        expected: vec![Stuck::MissingConfigMap],
        healed: well(pod_key(&name)),
    }
}

pub fn image(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let image = ["redis", "nginx", "memcached"][draw.below(3) as usize];
    let image = format!("{image}:9.{}", draw.below(90));
    world
        .runtime
        .images
        .set(&image, Some(pglab::programs::runtime::Rule::Missing));
    of_deployment(draw, world, &image, "", Stuck::ImagePull)
}

pub fn password(draw: &mut Draw) -> Case {
    let world = draw.world();
    let version = 14 + draw.below(4);
    let mut case = of_deployment(draw, world, &format!("postgres:{version}"), "", Stuck::CrashLoop);
    case.world.run_for(60_000);
    case
}

pub fn lost_found(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let env = "        env: [{name: POSTGRES_PASSWORD, value: tea}]";
    apply(&mut world, &stateful_set(&name, 1, "postgres:16.4", env));
    world.settle(120_000);
    world.run_for(60_000);
    let claims = world.store().list::<PersistentVolumeClaim>("default").count();
    assert_eq!(claims, 1);
    Case {
        world,
        asked: pod_key(&format!("{name}-0")),
        expected: vec![Stuck::CrashLoop],
        healed: well(pod_key(&format!("{name}-0"))),
    }
}

/// A web server is asked for a page that it has not, or at a port where it does not listen.
pub fn probe(draw: &mut Draw) -> Case {
    let mut world = draw.world();
    let name = draw.name();
    let probes = [
        "readinessProbe: {httpGet: {path: /healthz, port: 80}, periodSeconds: 2}",
        "readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 2}",
        "readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 2}",
        "startupProbe: {httpGet: {path: /ready, port: 81}, failureThreshold: 300}\n        livenessProbe: {httpGet: {path: /ready, port: 81}}",
    ];
    let probe = probes[draw.below(probes.len() as u64) as usize];
    apply(
        &mut world,
        &deployment_with(&name, "nginx:1.25", &format!("        {probe}")),
    );
    world.run_for(60_000);
    of_its_pod(world, &name, Stuck::NotReady)
}
