//! The CronJob's rules, each as a short story. The world begins on Monday at nine sharp.

use crate::actors::ActorId;
use crate::actors::stage::Stage;
use crate::api::{CronJob, Job, Phase, Pod};
use crate::store::DeleteOptions;

/// The minutes since 1970 at which the world begins.
const NINE: i64 = 29_460_060;

fn cron(spec: &str) -> Stage {
    let mut stage = Stage::new(&[ActorId::cronjob, ActorId::job, ActorId::garbage]);
    stage.apply(&format!(
        "
apiVersion: batch/v1
kind: CronJob
metadata: {{name: backup}}
spec:
  schedule: '* * * * *'
  {spec}
  jobTemplate:
    metadata: {{labels: {{app: backup}}}}
    spec:
      backoffLimit: 0
      template:
        spec: {{restartPolicy: Never, containers: [{{name: dump, image: postgres}}]}}
"
    ));
    stage.settle();
    stage
}

fn end_all(stage: &mut Stage, phase: Phase) {
    let pods = stage.store.list::<Pod>("").filter(|pod| pod.is_active());
    for pod in pods.map(|pod| pod.metadata.name.to_string()).collect::<Vec<_>>() {
        stage.end_pod(&pod, phase);
    }
    stage.pass(1_000);
}

fn name(minute: i64) -> String {
    format!("backup-{}", NINE + minute)
}

fn cron_events(stage: &mut Stage) -> Vec<String> {
    let of_pods = |event: &String| event.contains("pod: ") || event.contains("Completed Job");
    stage
        .take_events()
        .into_iter()
        .filter(|event| !of_pods(event))
        .collect()
}

#[test]
fn a_job_is_started_right_after_the_full_minute_and_named_after_it() {
    let mut stage = cron("suspend: false");
    stage.pass(60_099);
    assert!(stage.names::<Job>().is_empty());
    stage.pass(1);
    assert_eq!(stage.names::<Job>(), [name(1)]);
    assert_eq!(
        cron_events(&mut stage),
        [format!("Normal SuccessfulCreate Created job {}", name(1))]
    );
    let job = stage.get::<Job>(&name(1));
    assert_eq!(job.metadata.labels.value("app"), "backup");
    assert_eq!(
        job.metadata
            .annotations
            .value("batch.kubernetes.io/cronjob-scheduled-timestamp"),
        "2026-01-05T09:01:00Z"
    );
    let status = &stage.get::<CronJob>("backup").status;
    assert_eq!(
        (&*status.active[0].name, status.active[0].uid),
        (&*name(1), job.metadata.uid)
    );
    assert_eq!(status.last_schedule_time.unwrap().to_string(), "2026-01-05T09:01:00Z");
    end_all(&mut stage, Phase::Succeeded);
    assert_eq!(
        cron_events(&mut stage),
        [format!(
            "Normal SawCompletedJob Saw completed job: {}, condition: Complete",
            name(1)
        )]
    );
    let status = &stage.get::<CronJob>("backup").status;
    assert!(status.active.is_empty() && status.last_successful_time.is_some());
}

#[test]
fn forbid_waits_and_the_missed_run_starts_the_moment_the_old_one_is_over() {
    // fidelity s13.
    let mut stage = cron("concurrencyPolicy: Forbid");
    stage.pass(60_100);
    cron_events(&mut stage);
    stage.pass(60_000);
    assert_eq!(
        cron_events(&mut stage),
        [
            "Normal JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid"
        ]
    );
    stage.pass(20_000);
    end_all(&mut stage, Phase::Succeeded);
    assert_eq!(stage.names::<Job>(), [name(1), name(2)]);
}

#[test]
fn replace_deletes_the_old_one_first() {
    let mut stage = cron("concurrencyPolicy: Replace");
    stage.pass(120_100);
    assert_eq!(stage.names::<Job>(), [name(2)]);
    let events = cron_events(&mut stage);
    assert_eq!(
        events[1..],
        [
            format!("Normal SuccessfulDelete Deleted job {}", name(1)),
            format!("Normal SuccessfulCreate Created job {}", name(2))
        ]
    );
}

#[test]
fn allow_lets_them_run_side_by_side() {
    let mut stage = cron("concurrencyPolicy: Allow");
    stage.pass(120_100);
    assert_eq!(stage.get::<CronJob>("backup").status.active.len(), 2);
}

#[test]
fn three_good_and_one_bad_are_kept() {
    let mut stage = cron("suspend: false");
    for _ in 0..5 {
        stage.pass(60_100);
        end_all(&mut stage, Phase::Succeeded);
    }
    assert_eq!(stage.names::<Job>().len(), 3);
    for _ in 0..2 {
        stage.pass(60_100);
        end_all(&mut stage, Phase::Failed);
    }
    assert_eq!(stage.names::<Job>().len(), 4);
    assert!(
        stage
            .take_events()
            .iter()
            .any(|event| event.starts_with("Normal SuccessfulDelete Deleted job backup-"))
    );
}

#[test]
fn a_suspended_one_starts_nothing_and_catches_up_once() {
    let mut stage = cron("suspend: true");
    stage.pass(600_000);
    assert!(stage.names::<Job>().is_empty());
    stage.edit::<CronJob>("backup", |cron| cron.spec.suspend = false);
    stage.settle();
    assert_eq!(
        stage.names::<Job>(),
        [name(10)],
        "the newest time that was missed, and no other"
    );
}

#[test]
fn after_more_than_a_hundred_missed_times_it_warns() {
    let mut stage = cron("suspend: true");
    stage.pass(6_120_000);
    stage.edit::<CronJob>("backup", |cron| cron.spec.suspend = false);
    stage.settle();
    assert!(stage.take_events()[0].starts_with("Warning TooManyMissedTimes too many missed start times"));
    assert_eq!(stage.names::<Job>(), [name(102)]);
}

#[test]
fn too_late_is_too_late() {
    let mut stage = cron("suspend: true\n  startingDeadlineSeconds: 20");
    stage.pass(90_000);
    stage.edit::<CronJob>("backup", |cron| cron.spec.suspend = false);
    stage.settle();
    assert!(stage.names::<Job>().is_empty());
    stage.pass(30_100);
    assert_eq!(stage.names::<Job>(), [name(2)]);
}

#[test]
fn a_job_made_by_hand_is_unexpected() {
    let mut stage = cron("suspend: true");
    let mut job = Job::default();
    (job.metadata.name, job.metadata.namespace) = ("manual".into(), "default".into());
    job.metadata.owner_references = vec![crate::api::Resource::as_controller(&**stage.get::<CronJob>("backup"))];
    stage.put(job);
    stage.settle();
    assert!(
        stage.take_events().contains(
            &"Warning UnexpectedJob Saw a job that the controller did not create or forgot: manual".to_owned()
        )
    );
}

#[test]
fn a_running_job_that_is_deleted_goes_missing() {
    let mut stage = cron("suspend: false");
    stage.pass(60_100);
    stage.delete::<Job>(&name(1), DeleteOptions::default());
    stage.settle();
    assert!(
        stage
            .take_events()
            .contains(&format!("Normal MissingJob Active job went missing: {}", name(1)))
    );
    assert!(stage.get::<CronJob>("backup").status.active.is_empty());
}

#[test]
fn a_schedule_is_read_on_the_clocks_of_its_zone() {
    let mut stage = cron("timeZone: Asia/Seoul");
    stage.edit::<CronJob>("backup", |cron| cron.spec.schedule = "30 18 * * *".to_owned());
    stage.pass(1_800_100);
    assert_eq!(
        stage.names::<Job>(),
        [name(30)],
        "half past six in Seoul is half past nine in the evening less twelve"
    );
    let job = stage.get::<Job>(&name(30));
    assert_eq!(
        job.metadata
            .annotations
            .value("batch.kubernetes.io/cronjob-scheduled-timestamp"),
        "2026-01-05T18:30:00+09:00"
    );
    stage.edit::<CronJob>("backup", |cron| cron.spec.time_zone = Some("Europe/Berlin".to_owned()));
    stage.settle();
    assert!(
        stage
            .take_events()
            .last()
            .unwrap()
            .starts_with("Warning UnknownTimeZone invalid timeZone: \"Europe/Berlin\"")
    );
}

#[test]
fn a_schedule_that_makes_no_sense_is_said_and_left_alone() {
    let mut stage = cron("suspend: false");
    stage.edit::<CronJob>("backup", |cron| cron.spec.schedule = "61 * * * *".to_owned());
    stage.settle();
    assert_eq!(
        stage.take_events(),
        ["Warning UnparseableSchedule unparseable schedule: \"61 * * * *\" : end of range (61) above maximum (59): 61"]
    );
}
