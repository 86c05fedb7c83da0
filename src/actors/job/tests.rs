//! The Job's rules, each as a short story.

use crate::actors::ActorId;
use crate::actors::stage::Stage;
use crate::api::{Job, Phase, Pod};
use crate::store::DeleteOptions;

fn job(spec: &str) -> Stage {
    let mut stage = Stage::new(&[ActorId::job, ActorId::garbage]);
    stage.apply(&format!(
        "
apiVersion: batch/v1
kind: Job
metadata: {{name: dump}}
spec:
  {spec}
  template:
    spec: {{restartPolicy: Never, containers: [{{name: dump, image: postgres}}]}}
"
    ));
    stage.settle();
    stage
}

fn running(stage: &Stage) -> Vec<String> {
    let pods = stage.store.list::<Pod>("").filter(|pod| pod.is_active());
    pods.map(|pod| pod.metadata.name.to_string()).collect()
}

/// Ends every running pod so, and lets a second pass, in which changes are gathered.
fn end_all(stage: &mut Stage, phase: Phase) {
    for pod in running(stage) {
        stage.run_pod(&pod, "node-a1", true);
        stage.end_pod(&pod, phase);
    }
    stage.pass(1_000);
}

/// Returns active, succeeded and failed.
fn counts(stage: &Stage) -> (i64, i64, i64) {
    let status = &stage.get::<Job>("dump").status;
    (status.active, status.succeeded, status.failed)
}

fn finished(stage: &Stage) -> Option<(String, String)> {
    let job = stage.get::<Job>("dump");
    job.finished().map(|c| (c.kind.to_string(), c.reason.to_string()))
}

#[test]
fn one_pod_that_ends_well_completes_it_and_is_counted_once() {
    let mut stage = job("backoffLimit: 2");
    let pod = running(&stage)[0].clone();
    assert!(pod.starts_with("dump-"));
    assert_eq!(
        stage.take_events(),
        [format!("Normal SuccessfulCreate Created pod: {pod}")]
    );
    assert_eq!(
        stage.get::<Pod>(&pod).metadata.finalizers,
        ["batch.kubernetes.io/job-tracking"]
    );
    assert_eq!(counts(&stage), (1, 0, 0));
    end_all(&mut stage, Phase::Succeeded);
    assert_eq!(counts(&stage), (0, 1, 0));
    assert_eq!(
        finished(&stage),
        Some(("Complete".to_owned(), "CompletionsReached".to_owned()))
    );
    assert!(stage.get::<Pod>(&pod).metadata.finalizers.is_empty());
    assert_eq!(stage.take_events(), ["Normal Completed Job completed"]);
    let kinds: Vec<_> = stage
        .get::<Job>("dump")
        .status
        .conditions
        .iter()
        .map(|c| c.kind.clone())
        .collect();
    assert_eq!(kinds, ["SuccessCriteriaMet", "Complete"]);
    assert!(stage.get::<Job>("dump").status.completion_time.is_some());
}

#[test]
fn after_a_failure_it_waits_ten_seconds_then_twenty_then_it_gives_up() {
    // fidelity s13.
    let mut stage = job("backoffLimit: 2");
    for wait in [10_000, 20_000] {
        end_all(&mut stage, Phase::Failed);
        assert!(running(&stage).is_empty());
        stage.pass(wait - 1_001);
        assert!(running(&stage).is_empty());
        stage.pass(1);
        assert_eq!(running(&stage).len(), 1);
    }
    stage.take_events();
    end_all(&mut stage, Phase::Failed);
    assert_eq!(counts(&stage), (0, 0, 3));
    assert_eq!(
        finished(&stage),
        Some(("Failed".to_owned(), "BackoffLimitExceeded".to_owned()))
    );
    assert_eq!(
        stage.take_events(),
        ["Warning BackoffLimitExceeded Job has reached the specified backoff limit"]
    );
}

#[test]
fn two_at_a_time_until_five_have_succeeded() {
    let mut stage = job("completions: 5\n  parallelism: 2");
    let mut rounds = vec![];
    while finished(&stage).is_none() {
        rounds.push(running(&stage).len());
        end_all(&mut stage, Phase::Succeeded);
    }
    assert_eq!(rounds, [2, 2, 1]);
    assert_eq!(counts(&stage), (0, 5, 0));
}

#[test]
fn past_its_deadline_its_pods_are_deleted_and_the_end_is_told_when_they_are_gone() {
    // fidelity s13: the Job `dead`.
    let mut stage = job("activeDeadlineSeconds: 2");
    let pod = running(&stage)[0].clone();
    stage.ready(&pod);
    stage.pass(2_000);
    assert!(stage.get::<Pod>(&pod).metadata.is_terminating());
    assert!(stage.get::<Pod>(&pod).metadata.finalizers.is_empty());
    assert_eq!(finished(&stage), None);
    assert_eq!(stage.get::<Job>("dump").status.terminating, Some(1));
    assert_eq!(counts(&stage), (0, 0, 1));
    stage.bury();
    stage.pass(2_000);
    assert_eq!(
        finished(&stage),
        Some(("Failed".to_owned(), "DeadlineExceeded".to_owned()))
    );
    let events = stage.take_events();
    assert_eq!(
        events[1..],
        [
            format!("Normal SuccessfulDelete Deleted pod: {pod}"),
            "Warning DeadlineExceeded Job was active longer than specified deadline".to_owned()
        ]
    );
}

#[test]
fn a_finished_job_is_deleted_when_its_time_to_live_is_over() {
    let mut stage = job("ttlSecondsAfterFinished: 3");
    end_all(&mut stage, Phase::Succeeded);
    stage.pass(2_999);
    assert!(stage.find::<Job>("dump").is_some());
    stage.pass(1_001);
    assert!(stage.find::<Job>("dump").is_none());
    assert!(stage.names::<Pod>().is_empty());
}

#[test]
fn a_suspended_job_has_no_pods_and_a_resumed_one_starts_anew() {
    let mut stage = job("suspend: true");
    assert!(running(&stage).is_empty());
    assert_eq!(stage.take_events(), ["Normal Suspended Job suspended"]);
    assert!(stage.get::<Job>("dump").status.start_time.is_none());
    stage.edit::<Job>("dump", |job| job.spec.suspend = false);
    stage.settle();
    assert_eq!(running(&stage).len(), 1);
    assert!(stage.take_events().contains(&"Normal Resumed Job resumed".to_owned()));
    stage.edit::<Job>("dump", |job| job.spec.suspend = true);
    stage.settle();
    assert!(running(&stage).is_empty());
}

#[test]
fn the_pods_of_a_deleted_job_are_let_go() {
    let mut stage = job("backoffLimit: 2");
    let pod = running(&stage)[0].clone();
    stage.ready(&pod);
    stage.delete::<Job>("dump", DeleteOptions::default());
    stage.pass(1_000);
    stage.bury();
    assert!(stage.names::<Pod>().is_empty(), "no finalizer holds it any more");
}

#[test]
fn a_deleted_pod_counts_as_a_failure_and_is_replaced() {
    let mut stage = job("backoffLimit: 2");
    let pod = running(&stage)[0].clone();
    stage.ready(&pod);
    stage.delete::<Pod>(&pod, DeleteOptions::default());
    stage.pass(12_000);
    assert_eq!(counts(&stage), (1, 0, 1));
    assert_eq!(running(&stage).len(), 1);
}

#[test]
fn a_crash_between_two_writes_counts_nothing_twice() {
    let mut stage = job("completions: 2");
    let pod = running(&stage)[0].clone();
    stage.run_pod(&pod, "node-a1", true);
    stage.end_pod(&pod, Phase::Succeeded);
    let uid = stage.get::<Pod>(&pod).metadata.uid;
    // The uid is announced, and then the controller dies.
    stage.unheard(|stage| {
        stage.status::<Job>("dump", |job| {
            job.status.uncounted_terminated_pods.get_or_insert_default().succeeded = vec![uid];
        });
    });
    stage.pass(5_000);
    assert_eq!(counts(&stage).1, 1);
    assert!(stage.get::<Pod>(&pod).metadata.finalizers.is_empty());
}

#[test]
fn a_refused_pod_is_told() {
    let mut stage = Stage::new(&[ActorId::job]);
    stage.forbidden = vec![("dump-", "exceeded quota: q")];
    stage.apply(
        "
apiVersion: batch/v1
kind: Job
metadata: {name: dump}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: dump, image: postgres}]}}}
",
    );
    stage.settle();
    assert_eq!(
        stage.take_events(),
        ["Warning FailedCreate Error creating: pods \"\" is forbidden: exceeded quota: q"]
    );
    stage.forbidden.clear();
    stage.pass(10_000);
    assert_eq!(running(&stage).len(), 1);
}

#[test]
fn an_indexed_job_has_each_index_succeed_once_lowest_first() {
    let mut stage = job("completions: 4\n  parallelism: 2\n  completionMode: Indexed");
    let bases = |stage: &Stage| -> Vec<String> {
        let names = running(stage).into_iter();
        names.map(|name| name.rsplit_once('-').unwrap().0.to_owned()).collect()
    };
    assert_eq!(bases(&stage), ["dump-0", "dump-1"]);
    let first = running(&stage)[0].clone();
    let pod = stage.get::<Pod>(&first);
    assert_eq!(&*pod.spec.hostname, "dump-0");
    let index = "batch.kubernetes.io/job-completion-index";
    assert_eq!(pod.metadata.annotations.value(index), "0");
    assert_eq!(pod.metadata.labels.value(index), "0");
    assert_eq!(pod.spec.containers[0].env[0].name, "JOB_COMPLETION_INDEX");
    // Index 0 ends well, index 1 does not: it comes again before index 3 does.
    let second = running(&stage)[1].clone();
    for (name, phase) in [(&first, Phase::Succeeded), (&second, Phase::Failed)] {
        stage.run_pod(name, "node-a1", true);
        stage.end_pod(name, phase);
    }
    stage.pass(15_000);
    assert_eq!(&*stage.get::<Job>("dump").status.completed_indexes, "0");
    assert_eq!(bases(&stage), ["dump-1", "dump-2"]);
    end_all(&mut stage, Phase::Succeeded);
    end_all(&mut stage, Phase::Succeeded);
    assert_eq!(counts(&stage), (0, 4, 1));
    assert_eq!(&*stage.get::<Job>("dump").status.completed_indexes, "0-3");
    assert_eq!(
        finished(&stage),
        Some(("Complete".to_owned(), "CompletionsReached".to_owned()))
    );
}
