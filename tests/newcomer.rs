//! What somebody meets who has never seen a cluster: disks with faults, watches that end, journals to choose from, and one
//! language throughout.

mod living;

use living::Cluster;

#[test]
fn a_slow_disk_is_felt_by_whoever_writes_and_by_nobody_once_it_is_healed() {
    let cluster = Cluster::with_database();
    cluster.done(&["psql", "db-0", "-c", "create table t(i int)"]);
    let insert = || {
        let since = cluster.done(&["cluster", "status"]);
        let said = cluster.done(&["psql", "db-0", "-c", "\\timing", "-c", "insert into t values (1)"]);
        let until = cluster.done(&["cluster", "status"]);
        let clock = |status: &str| status.lines().find(|line| line.starts_with("time:")).map(str::to_owned);
        let time = said.lines().last().expect("it is timed").to_owned();
        (time, clock(&since) != clock(&until))
    };
    assert_eq!(insert(), ("Time: 0.000 ms".to_owned(), false));
    cluster.done(&["disk", "slow", "data-db-0"]);
    assert_eq!(
        insert(),
        ("Time: 300.000 ms".to_owned(), true),
        "virtual time passes meanwhile"
    );
    cluster.done(&["cluster", "settings", "--set", "slow-disk-io=2s"]);
    assert_eq!(insert(), ("Time: 2000.000 ms (00:02.000)".to_owned(), true));
    cluster.done(&["disk", "heal", "data-db-0"]);
    assert_eq!(insert(), ("Time: 0.000 ms".to_owned(), false));
}

#[test]
fn a_disk_that_fails_keeps_its_rows_through_a_new_pod() {
    let cluster = Cluster::with_database();
    cluster.done(&[
        "psql",
        "db-0",
        "-c",
        "create table t(i int)",
        "-c",
        "insert into t values (1), (2)",
    ]);
    cluster.done(&["disk", "fail", "data-db-0"]);
    cluster.done(&["kubectl", "delete", "pod", "db-0"]);
    cluster.done(&["time", "advance", "20s"]);
    let why = cluster.done(&["why", "db-0"]);
    for words in [
        "fails: writes, and reads that must go to the disk",
        "what a server holds in memory can still be read until it restarts",
        "mkdir: cannot create directory",
        "$ pglab disk fail data-db-0",
        "pglab disk heal vol-",
    ] {
        assert!(why.contains(words), "{words}: {why}");
    }
    assert!(!why.contains("removing contents"), "{why}");
    // The container ends again and again; the disk is why, and comes first.
    assert!(why.find(" fails: writes") < why.find("ends again and again"), "{why}");
    let heal = why
        .lines()
        .find(|line| line.contains("pglab disk heal"))
        .expect("it is named")
        .trim();
    cluster.done(&heal.split(' ').skip(1).collect::<Vec<_>>());
    cluster.done(&["time", "advance", "60s"]);
    assert_eq!(
        cluster.done(&["psql", "db-0", "-c", "select count(*) from t", "--", "-tA"]),
        "2\n"
    );
}

#[test]
fn a_commit_to_a_disk_that_fails_ends_the_server_and_what_was_acknowledged_stays() {
    let cluster = Cluster::with_database();
    let sql = |sql: &str| cluster.run(&["kubectl", "exec", "db-0", "--", "psql", "-U", "postgres", "-tAc", sql]);
    assert_eq!(sql("create table t(i int)").0, Some(0));
    assert_eq!(sql("insert into t values (1), (2)").0, Some(0));
    cluster.done(&["disk", "fail", "data-db-0"]);
    assert_eq!(sql("select count(*) from t").1, "2\n", "what is in memory can be read");
    let (code, _, err) = sql("insert into t values (3)");
    assert_eq!(code, Some(2), "{err}");
    assert!(err.starts_with("PANIC:  could not fdatasync file"), "{err}");
    assert!(err.contains("connection to server was lost"), "{err}");
    let pod = || cluster.done(&["kubectl", "get", "pod", "db-0", "--no-headers"]);
    assert!(pod().contains(" Error "), "{}", pod());
    cluster.done(&["time", "advance", "60s"]);
    assert!(pod().contains("CrashLoopBackOff"), "{}", pod());
    cluster.done(&["disk", "heal", "data-db-0"]);
    cluster.done(&["time", "advance", "5m"]);
    assert!(pod().contains("1/1"), "{}", pod());
    assert_eq!(sql("select i from t order by i").1, "1\n2\n");
}

#[test]
fn whoever_looks_on_while_time_is_paused_is_told_why_it_ends() {
    let cluster = Cluster::with_database();
    for args in [
        &["kubectl", "get", "pods", "-w"][..],
        &["kubectl", "logs", "-f", "db-0"],
        &["kubectl", "attach", "db-0"],
        &["kubectl", "events", "-w"],
    ] {
        let (code, out, err) = cluster.run(args);
        assert_eq!(code, Some(0), "{args:?}: {err}");
        // Whoever attaches hears what is said from now on: nothing.
        assert_eq!(out.is_empty(), args[1] == "attach", "{args:?}: {out}");
        assert!(
            err.contains("time is paused") && err.contains("pglab time advance"),
            "{args:?}: {err}"
        );
        assert_eq!(err.lines().count(), 1, "{args:?}: {err}");
    }
    let (_, _, err) = cluster.run(&["--lang", "ko", "kubectl", "get", "pods", "-w"]);
    assert!(err.contains("시간이 멈춰 있고"), "{err}");
}

#[test]
fn journals_are_listed_with_folder_and_time_and_a_folder_that_is_gone_says_so() {
    let cluster = Cluster::new(&["--pace", "paused"]);
    cluster.done(&["time", "advance", "90s"]);
    let line = || {
        let list = cluster.done(&["cluster", "restore"]);
        let lines: Vec<&str> = list.lines().collect();
        assert!(
            lines[0].contains("AGO") && lines[0].contains("TIME") && lines[0].contains("FOLDER"),
            "{list}"
        );
        assert_eq!(lines.len(), 2, "{list}");
        lines[1].to_owned()
    };
    let dir = cluster.dir().canonicalize().expect("it is there");
    let there = line();
    assert!(there.contains(&format!(" {} ", dir.display())), "{there}");
    assert!(
        there.contains("+02:30.000") && there.ends_with("pglab time advance 1m30s"),
        "{there}"
    );
    cluster.done(&["cluster", "delete"]);
    assert!(line().contains("(no cluster there now)"), "{}", line());
    let id = there.split(' ').next().expect("it begins with its name").to_owned();
    cluster.done(&["cluster", "restore", "again", "--from", &id]);
    let moved = line();
    assert!(
        moved.contains(&format!("{}/again ", dir.display())) && !moved.contains("no cluster"),
        "{moved}"
    );
    // A folder that is damaged is made again from its own journal, without more words.
    std::fs::write(cluster.dir().join("again/pglab.db"), "damaged").expect("it can be written");
    let told = cluster.done(&["cluster", "restore", "again"]);
    assert!(told.contains("made again"), "{told}");
    // The journal goes on where it was.
    cluster.done(&["--cluster", "again", "time", "advance", "30s"]);
    assert!(line().contains("+03:00.000"), "{}", line());
    assert!(
        cluster
            .done(&["--cluster", "again", "cluster", "verify"])
            .contains("byte for byte")
    );
}

#[test]
fn one_option_makes_every_command_speak_korean() {
    let cluster = Cluster::with_database();
    let korean = |args: &[&str]| cluster.done(&[args, &["--lang", "ko"]].concat());
    assert_eq!(korean(&["node", "stop", "node-b1"]), "node-b1: 전원 꺼짐\n");
    assert_eq!(
        korean(&["zone", "heal", "zone-b"]).lines().next(),
        Some("node-b1: 전원 다시 켜짐")
    );
    assert!(korean(&["disk", "slow", "data-db-0"]).ends_with(": 느려짐\n"));
    assert_eq!(
        korean(&["image", "set", "nginx*", "missing"]),
        "이미지 nginx*: 어느 레지스트리에도 없음\n  \
         지금까지 요청된 이미지 가운데 이런 이름은 없음, 앞으로 올 이미지에 적용됨\n"
    );
    assert_eq!(korean(&["image", "list"]), "nginx*: 어느 레지스트리에도 없음\n");
    assert!(korean(&["time", "advance", "5s"]).starts_with("지금은 +"));
    assert!(korean(&["time", "back", "-1s"]).ends_with("시점으로 돌아옴\n"));
    assert!(korean(&["undo"]).starts_with("되돌린 명령: "));
    for args in [
        &["events"][..],
        &["why", "node/node-b1"],
        &["why", "pvc/data-db-0"],
        &["map"],
    ] {
        let said = korean(args);
        for english in ["loses power", "becomes slow", "switched on", "slow disk"] {
            assert!(!said.contains(english), "{args:?} says `{english}`: {said}");
        }
    }
    assert!(korean(&["why", "pvc/data-db-0"]).contains("디스크"));
    // The environment says it too, and the option wins over it.
    let in_seoul = |args: &[&str]| {
        let output = living::pglab(cluster.dir(), args)
            .env("LANG", "ko_KR.UTF-8")
            .output()
            .expect("pglab runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(in_seoul(&["node", "partition", "node-c1"]), "node-c1: 네트워크 끊김\n");
    assert_eq!(
        in_seoul(&["--lang", "en", "node", "heal", "node-c1"]).lines().last(),
        Some("node-c1 reaches the network again")
    );
}

#[test]
fn why_of_what_never_was_says_so_and_fails() {
    let cluster = Cluster::new(&["--pace", "paused"]);
    let (code, out, _) = cluster.run(&["why", "pod/nobody"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("there never was such an object"), "{out}");
}

#[test]
fn a_node_that_is_back_and_still_vouched_dead_is_told_of() {
    let cluster = Cluster::new(&["--pace", "paused", "--nodes-per-zone", "1", "--zones", "zone-a,zone-b"]);
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: c, image: nginx}]\n";
    cluster.file("a.yaml", pod);
    let taint = "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute";
    cluster.done(&["kubectl", "taint", "nodes", "node-b1", taint]);
    cluster.done(&["node", "stop", "node-a1"]);
    cluster.done(&["time", "advance", "2m"]);
    cluster.done(&["kubectl", "apply", "-f", "a.yaml"]);
    cluster.done(&["time", "advance", "5s"]);
    let why = cluster.done(&["why", "pod/a"]);
    let off = "kubectl taint nodes node-b1 node.kubernetes.io/out-of-service:NoExecute-";
    let node = cluster.done(&["why", "node/node-b1"]);
    assert!(node.contains("still bears the taint") && node.contains(off), "{node}");
    assert!(!node.contains("as it was asked to be"), "{node}");
    let (first, second) = (why.find(off), why.find("pglab node start node-a1"));
    assert!(first.is_some() && first < second, "{why}");
}

#[test]
fn a_fault_that_changes_nothing_says_so_and_is_no_moment() {
    let cluster = Cluster::with_database();
    let moments = || cluster.done(&["time", "log"]).lines().count();
    cluster.done(&["node", "stop", "node-b1"]);
    let before = moments();
    for (args, en, ko) in [
        (
            &["node", "start", "node-a1"][..],
            "node-a1 unchanged: it is switched on",
            "node-a1: 바뀐 것 없음(이미 켜져 있음)",
        ),
        (
            &["node", "stop", "node-b1"],
            "node-b1 unchanged: it is off",
            "node-b1: 바뀐 것 없음(이미 꺼져 있음)",
        ),
        (
            &["node", "heal", "node-a1"],
            "node-a1 unchanged: it reaches the network",
            "node-a1: 바뀐 것 없음",
        ),
        (
            &["zone", "heal", "zone-a"],
            "node-a2 unchanged: it reaches the network",
            "node-a2: 바뀐 것 없음",
        ),
        (
            &["disk", "heal", "data-db-0"],
            "unchanged: it is fast and sound",
            "바뀐 것 없음(이미 빠르고 멀쩡함)",
        ),
        (
            &["image", "set", "ghost*", "default"],
            "images ghost* unchanged",
            "이미지 ghost*: 바뀐 것 없음",
        ),
    ] {
        let said = cluster.done(args);
        assert!(said.contains(en), "{args:?}: {said}");
        let said = cluster.done(&[args, &["--lang", "ko"]].concat());
        assert!(said.contains(ko), "{args:?}: {said}");
    }
    assert_eq!(moments(), before, "nothing was noted");
    let slow = cluster.done(&["disk", "slow", "data-db-0"]);
    assert!(
        slow.starts_with("pvc/data-db-0 (pv/pvc-") && slow.contains("vol-") && slow.ends_with("becomes slow\n"),
        "{slow}"
    );
    assert_eq!(moments(), before + 1);
}

#[test]
fn a_folder_that_was_moved_is_listed_where_it_is() {
    let cluster = Cluster::new(&["--pace", "paused"]);
    let there = cluster.dir().join("there");
    std::fs::create_dir(&there).expect("a folder");
    for file in std::fs::read_dir(cluster.dir()).expect("it is read").flatten() {
        if file.path() != there {
            std::fs::rename(file.path(), there.join(file.file_name())).expect("it is moved");
        }
    }
    assert!(cluster.done(&["cluster", "restore"]).contains("(no cluster there now)"));
    cluster.done(&["--cluster", "there", "time", "advance", "1s"]);
    let list = cluster.done(&["cluster", "restore"]);
    assert!(list.contains("/there ") && !list.contains("no cluster there"), "{list}");
}

#[test]
fn the_language_may_be_given_behind_the_verb_of_kubectl() {
    let cluster = Cluster::new(&["--pace", "paused"]);
    let (code, out, err) = cluster.run(&["kubectl", "get", "nodes", "--lang", "ko"]);
    assert!(code == Some(0) && out.contains("node-a1"), "{out}{err}");
    let (code, _, err) = cluster.run(&["kubectl", "get", "nodes", "--lang", "fr"]);
    assert!(code == Some(2) && err.contains("--lang ko"), "{err}");
}

#[test]
fn what_is_wrong_is_told_in_the_persons_language() {
    let cluster = Cluster::new(&["--pace", "paused"]);
    cluster.file(
        "typo.yaml",
        "apiVersion: v1\nkind: Pdo\nmetadata: {name: p}\nspec: {containers: [{name: a, image: b}]}\n",
    );
    let korean = |args: &[&str]| {
        let (_, out, err) = cluster.run(&[args, &["--lang", "ko"]].concat());
        format!("{out}{err}")
    };
    let no_node = korean(&["node", "stop", "node-z9"]);
    assert!(
        no_node.contains("오류: 노드 node-z9가 없습니다\n  힌트: 있는 것: node-a1"),
        "{no_node}"
    );
    assert!(korean(&["time", "back", "99"]).contains("단계는 없습니다"));
    assert!(korean(&["cluster", "verify"]).contains("다시 실행함: 바이트 하나까지 같은 세계"));
    let refused = korean(&["run", "--manifests", "typo.yaml"]);
    assert!(
        refused.contains("오류: typo.yaml:2:7:") && refused.contains("힌트: `Pod`를 뜻하셨습니까?"),
        "{refused}"
    );
    // kubectl's own words stay as they are; pglab's line below them does not.
    let applied = korean(&["kubectl", "apply", "-f", "typo.yaml"]);
    assert!(
        applied.starts_with("error: resource mapping not found") && applied.contains("힌트: typo.yaml:2:7:"),
        "{applied}"
    );
    let played = korean(&["run", "--manifests", "typo.yaml", "--then", "kubectl get pods"]);
    assert!(!played.contains("error"), "{played}");
}
