//! The program as a person meets it: exit codes, words, and the same story wherever it runs.

use std::path::Path;
use std::process::{Command, Output};

fn pglab(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pglab"));
    command
        .args(args)
        .env("NO_COLOR", "1")
        .env("LANG", "C")
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES");
    command
}

fn run(args: &[&str]) -> (Option<i32>, String, String) {
    told(pglab(args).output().expect("pglab runs"))
}

fn told(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn manifests(folder: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/manifests")
        .join(folder)
        .display()
        .to_string()
}

#[test]
fn every_lab_comes_out_as_it_predicts() {
    let (code, list, _) = run(&["list", "--format", "json"]);
    assert_eq!(code, Some(0));
    for line in list.lines() {
        let lab: serde_json::Value = serde_json::from_str(line).expect("one object a line");
        let id = lab["id"].as_str().expect("a lab has an id");
        for lang in ["en", "ko"] {
            let (code, out, err) = run(&["run", id, "--lang", lang, "--quiet"]);
            assert_eq!(code, Some(0), "{id} in {lang}: {out}{err}");
            assert!(!out.contains('\u{1b}'), "NO_COLOR is honoured");
        }
    }
}

#[test]
fn the_same_seed_tells_the_same_story_whatever_the_time_zone_language_and_folder() {
    let here = told(
        pglab(&["run", "lab3", "--lang", "en", "--format", "json"])
            .output()
            .unwrap(),
    );
    let mut elsewhere = pglab(&["run", "lab3", "--lang", "en", "--format", "json"]);
    elsewhere
        .env("TZ", "Asia/Seoul")
        .env("LANG", "ko_KR.UTF-8")
        .current_dir(std::env::temp_dir());
    assert_eq!(here, told(elsewhere.output().unwrap()));
    let other_seed = run(&["run", "lab3", "--lang", "en", "--format", "json", "--seed", "2"]);
    assert_eq!(other_seed.0, Some(0), "another seed, the same lesson: {}", other_seed.2);
    assert_ne!(here.1, other_seed.1);
}

#[test]
fn a_lab_that_is_not_there_is_guessed() {
    let (code, out, err) = run(&["run", "lab99"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("there is no lab `lab99`") && err.contains("lab3"), "{err}");
}

#[test]
fn the_public_tutorial_and_published_manifests_go_in_unchanged() {
    let (code, out, err) = run(&["run", "--manifests", &manifests("statefulset-basics")]);
    assert!(matches!(code, Some(0 | 1)), "{out}{err}");
    assert!(!err.contains("error:"), "{err}");
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !path.is_dir() || name == "notes" {
            continue;
        }
        let (code, out, err) = run(&["run", "--manifests", &path.display().to_string(), "--quiet"]);
        assert!(
            matches!(code, Some(0 | 1)),
            "{name} is taken, well or not: {code:?}\n{out}{err}"
        );
    }
}

#[test]
fn the_notes_as_they_stand_are_refused_and_once_mended_they_run() {
    let (code, out, err) = run(&["run", "--manifests", &manifests("notes/as-they-stand")]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    assert!(err.contains("`name` belongs under `metadata`: indent it"), "{err}");
    let (code, out, err) = run(&["run", "--manifests", &manifests("notes/mended")]);
    assert_eq!(code, Some(0), "{out}{err}");
}

#[test]
fn the_chart_of_the_readme_plays_to_a_good_end_and_a_claim_without_a_default_class_is_helped() {
    let chart = manifests("bitnami-postgresql");
    let (code, out, err) = run(&["run", "--manifests", &chart]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("gp3 was made the default"), "{out}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let own = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: gp3}\nprovisioner: ebs.csi.aws.com\n---\n\
               apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\n\
               spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n";
    std::fs::write(folder.path().join("own.yaml"), own).expect("it can be written");
    let path = folder.path().display().to_string();
    let (code, out, _) = run(&["run", "--manifests", &path]);
    assert_eq!(code, Some(1), "{out}");
    assert!(
        out.contains("What would help:")
            && out.contains("make gp3 the default class")
            && out.contains("kubectl patch storageclass gp3"),
        "{out}"
    );
    let (_, korean, _) = run(&["run", "--manifests", &path, "--lang", "ko"]);
    assert!(
        korean.contains("푸는 방법:") && korean.contains("기본 클래스로 지정"),
        "{korean}"
    );
}

#[test]
fn a_volume_made_by_hand_finds_its_claim_in_whatever_order_they_are_written() {
    let (code, out, err) = run(&["run", "--manifests", &manifests("deployment-with-claim")]);
    assert_eq!(code, Some(0), "{out}{err}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let volume = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: by-hand}\nspec: {storageClassName: manual, \
                  capacity: {storage: 10Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /mnt/data}}\n";
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {storageClassName: manual, \
                 accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n";
    let file = folder.path().join("all.yaml");
    for text in [format!("{volume}---\n{claim}"), format!("{claim}---\n{volume}")] {
        std::fs::write(&file, &text).expect("it can be written");
        let (code, out, err) = run(&["run", "--manifests", &file.display().to_string()]);
        assert_eq!(code, Some(0), "{text}{out}{err}");
        assert!(out.contains("persistentvolumeclaim/data: Bound"), "{out}");
    }
}

#[test]
fn two_databases_on_one_shared_folder_are_ready_and_not_well() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shared = "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: efs}\nspec: {storageClassName: efs-sc, \
                  capacity: {storage: 5Gi}, accessModes: [ReadWriteMany], csi: {driver: efs.csi.aws.com, volumeHandle: fs-1}}\n---\n\
                  apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: shared}\nspec: {storageClassName: efs-sc, \
                  accessModes: [ReadWriteMany], resources: {requests: {storage: 5Gi}}}\n---\n";
    let database = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pg}\nspec:\n  replicas: REPLICAS\n  \
                    selector: {matchLabels: {app: pg}}\n  template:\n    metadata: {labels: {app: pg}}\n    spec:\n      \
                    containers:\n      - name: pg\n        image: postgres:16\n        env: [{name: POSTGRES_PASSWORD, value: x}, \
                    {name: PGDATA, value: /data/pg}]\n        volumeMounts: [{name: data, mountPath: /data}]\n      \
                    volumes: [{name: data, persistentVolumeClaim: {claimName: shared}}]\n";
    let file = folder.path().join("all.yaml");
    let path = file.display().to_string();
    let play = |replicas: &str| {
        std::fs::write(&file, format!("{shared}{}", database.replace("REPLICAS", replicas)))
            .expect("it can be written");
        run(&["run", "--manifests", &path])
    };
    let (code, out, err) = play("1");
    assert_eq!(code, Some(0), "{out}{err}");
    let (code, out, err) = play("2");
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(
        out.contains("✗ deployment/pg: 2/2 ready") && out.contains("write to the same files (fs-1:/, /pg)"),
        "{out}"
    );
}

#[test]
fn a_file_without_an_object_is_no_success() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("empty.yaml");
    std::fs::write(&file, "# nothing here\n---\n").expect("it can be written");
    let (code, out, err) = run(&["run", "--manifests", &file.display().to_string()]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    assert!(err.contains("there is no object in"), "{err}");
}

#[test]
fn of_many_pods_that_find_no_room_a_few_are_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("many.yaml");
    let many = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: many}\nspec:\n  replicas: 700\n  \
                selector: {matchLabels: {app: many}}\n  template:\n    metadata: {labels: {app: many}}\n    \
                spec: {containers: [{name: web, image: nginx}]}\n";
    std::fs::write(&file, many).expect("it can be written");
    let (code, out, err) = run(&["run", "--manifests", &file.display().to_string(), "--quiet"]);
    assert_eq!(code, Some(1), "{out}{err}");
    assert_eq!(out.matches("Too many pods").count(), 3, "{out}");
    assert!(out.contains("and 37 more say the same"), "{out}");
}

#[test]
fn a_probe_that_begins_late_is_waited_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("late.yaml");
    let set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: zk}\nspec:\n  replicas: 3\n  serviceName: zk\n  \
               selector: {matchLabels: {app: zk}}\n  template:\n    metadata: {labels: {app: zk}}\n    spec:\n      \
               containers:\n      - name: zk\n        image: registry.k8s.io/kubernetes-zookeeper:1.0\n        \
               readinessProbe: {exec: {command: [sh, -c, zookeeper-ready 2181]}, initialDelaySeconds: 45}\n";
    std::fs::write(&file, set).expect("it can be written");
    let (code, out, err) = run(&["run", "--manifests", &file.display().to_string(), "--quiet"]);
    assert_eq!(code, Some(0), "{out}{err}");
}
