//! Jobs and CronJobs: what they wait for, and why they gave up.

use super::answer::{Coming, Finding, Mover, Said, Stuck, Way};
use super::look::Look;
use super::remedy::{apply, command, manifest, merge};
use super::{containers, pod};
use crate::actors::ActorId;
use crate::api::{CronJob, Job, Object, Phase, Resource};
use serde_json::json;
use std::sync::Arc;

/// Finds what keeps a Job from its end.
pub(super) fn of_job(look: &Look<'_>, job: &Arc<Job>) -> Vec<Finding> {
    let key = job.key();
    if let Some(end) = job.finished() {
        return match &*end.kind {
            "Failed" => vec![failed(look, job, &end.reason, &end.message)],
            _ => vec![],
        };
    }
    if job.spec.suspend {
        let text = Said::new("it is suspended: no pod is made", "일시 중지됨, Pod를 만들지 않음");
        let words = Said::new("let it run", "실행하게 하기");
        let act = merge(&key, &json!({"spec": {"suspend": false}}));
        return vec![Finding::new(Stuck::Suspended, key, text).ways([Way::command(words, act)])];
    }
    let deadline = job
        .spec
        .active_deadline_seconds
        .zip(job.status.start_time)
        .map(|(seconds, since)| {
            let at = since + seconds.saturating_mul(1000);
            Coming::new(
                look.now,
                at,
                "the Job gives up (activeDeadlineSeconds)",
                "Job 포기(activeDeadlineSeconds)",
            )
        });
    let pods = look.pods_of(&Object::Job(job.clone()));
    let alive = pods.iter().filter(|pod| pod.is_active());
    let mut below: Vec<Finding> = alive
        .flat_map(|pod| pod::find(look, pod).0)
        .filter(|finding| !matches!(finding.stuck, Stuck::Starting | Stuck::NotReady))
        .collect();
    let next = look
        .world
        .actors()
        .job
        .tries_again_at(job.metadata.uid)
        .filter(|at| *at > look.now);
    if let Some(at) = next.filter(|_| job.status.active == 0) {
        let left = (job.spec.backoff_limit - job.status.failed).max(0);
        let text = Said::new(
            format!(
                "{} of its pods have failed; after {left} more it gives up (backoffLimit {})",
                job.status.failed, job.spec.backoff_limit
            ),
            format!(
                "Pod {}개 실패, {left}개 더 실패하면 포기(backoffLimit {})",
                job.status.failed, job.spec.backoff_limit
            ),
        );
        let coming = Coming::new(look.now, at, "the next pod is made", "다음 Pod 생성");
        let ms = coming.in_ms + 10_000;
        let mut finding = Finding::new(Stuck::JobBackOff, key, text)
            .by_component("job-controller")
            .coming([coming])
            .coming(deadline);
        let last = pods
            .iter()
            .filter(|pod| pod.status.phase == Phase::Failed)
            .max_by_key(|pod| pod.metadata.creation_timestamp);
        finding.log = last
            .map(|pod| containers::last_lines(look, pod, None))
            .unwrap_or_default();
        return vec![finding.ways([Way::wait(ms)])];
    }
    let text = Said::new(
        format!(
            "{} of its pods run, {} have ended well, {} have failed",
            job.status.active, job.status.succeeded, job.status.failed
        ),
        format!(
            "Pod 실행 중 {}, 성공 {}, 실패 {}",
            job.status.active, job.status.succeeded, job.status.failed
        ),
    );
    let mut finding = Finding::new(Stuck::JobRunning, key, text)
        .by_component("job-controller")
        .coming(deadline);
    match below.first() {
        Some(first) => {
            finding.mover = first.mover.clone();
            finding.ways = first.ways.clone();
        }
        None => finding.ways.push(Way::wait(30_000)),
    }
    below.insert(0, finding);
    below
}

fn failed(look: &Look<'_>, job: &Arc<Job>, reason: &str, message: &str) -> Finding {
    let key = job.key();
    let object = Object::Job(job.clone());
    let text = Said::new(
        format!("it has failed for good: {message} ({reason})"),
        format!("완전히 실패함: {message}({reason})"),
    );
    let mut tree = manifest(&object);
    let words = if reason == "DeadlineExceeded" {
        if let Some(spec) = tree["spec"].as_object_mut() {
            spec.remove("activeDeadlineSeconds");
        }
        Said::new("run it once more, without a deadline", "기한 없이 다시 실행")
    } else {
        Said::new(
            "mend what its log tells of, then run it once more",
            "로그가 말하는 것을 고친 뒤 다시 실행",
        )
    };
    let mut finding = Finding::new(Stuck::JobFailed, key.clone(), text);
    let pods = look.pods_of(&object);
    let last = pods
        .iter()
        .filter(|pod| pod.status.phase == Phase::Failed)
        .max_by_key(|pod| pod.metadata.creation_timestamp);
    finding.log = last
        .map(|pod| containers::last_lines(look, pod, None))
        .unwrap_or_default();
    let ttl = job
        .spec
        .ttl_seconds_after_finished
        .and_then(|_| look.coming(ActorId::job, &key, "is cleared away", "치워짐"));
    let acts = [command(&key, &["delete", "job", &key.name]), apply(&tree)];
    finding.coming(ttl).ways([Way::new(words, acts)])
}

/// Finds what keeps a CronJob from its next Job.
pub(super) fn of_cron_job(look: &Look<'_>, cron: &Arc<CronJob>) -> Vec<Finding> {
    let key = cron.key();
    if cron.spec.suspend {
        let text = Said::new("it is suspended: no Job is made", "일시 중지됨, Job을 만들지 않음");
        let words = Said::new("let it go on", "계속하게 하기");
        let act = merge(&key, &json!({"spec": {"suspend": false}}));
        return vec![Finding::new(Stuck::Suspended, key, text).ways([Way::command(words, act)])];
    }
    let running = cron
        .status
        .active
        .iter()
        .filter_map(|active| look.store.get::<Job>(&key.namespace, &active.name));
    let running: Vec<_> = running.filter(|job| job.finished().is_none()).collect();
    let mut found = Vec::new();
    if cron.spec.concurrency_policy == "Forbid"
        && let Some(job) = running.first()
    {
        let text = Said::new(
            format!(
                "it makes no other Job while {} runs (concurrencyPolicy Forbid)",
                job.metadata.name
            ),
            format!(
                "{}이(가) 도는 동안 다른 Job을 만들지 않음(concurrencyPolicy Forbid)",
                job.metadata.name
            ),
        );
        let next = look.coming(ActorId::cronjob, &key, "the next time comes", "다음 차례");
        let below = of_job(look, job);
        let mut finding = Finding::new(Stuck::Barred, key, text)
            .by(Mover::Component("job-controller".into()))
            .coming(next);
        finding.ways = below.first().map(|first| first.ways.clone()).unwrap_or_default();
        found.push(finding);
        found.extend(below);
    }
    found
}
