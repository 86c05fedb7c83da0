//! `kubectl run`: a pod made of words, and a person who may look on until it ends.

use super::attach::{self, Seen};
use super::create::{Made, form, parse_labels, printed, required};
use super::pod_words::{self, stdin_flags};
use super::{DryRun, Verb, dry_run};
use crate::api::{Key, Kind, Object, Pod, Resource};
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::output::{self, Form};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{names, trial};
use crate::store::{DeleteOptions, Propagation};
use serde_json::json;

pub(super) const RUN: Verb = Verb {
    name: "run",
    aliases: &[],
    flags: FLAGS,
    run,
};

const FLAGS: &[Flag] = &[
    flag("image", Takes::Text),
    flag("command", Takes::Bool),
    flag("env", Takes::Text),
    flag("port", Takes::Text),
    flag("expose", Takes::Bool),
    flag("labels", Takes::Text).short('l'),
    flag("annotations", Takes::Text),
    flag("restart", Takes::Text),
    flag("image-pull-policy", Takes::Text),
    flag("privileged", Takes::Bool),
    flag("overrides", Takes::Text),
    flag("override-type", Takes::Text),
    flag("attach", Takes::Bool),
    flag("stdin", Takes::Bool).short('i'),
    flag("tty", Takes::Bool).short('t'),
    flag("rm", Takes::Bool),
    flag("quiet", Takes::Bool).short('q'),
    flag("grace-period", Takes::Int),
    flag("force", Takes::Bool),
    flag("pod-running-timeout", Takes::Duration),
    flag("leave-stdin-open", Takes::Bool),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("output", Takes::Text).short('o'),
    flag("cascade", Takes::Optional("background")).moot(),
    flag("timeout", Takes::Duration).moot(),
    flag("wait", Takes::Bool).moot(),
    flag("save-config", Takes::Bool),
    flag("field-manager", Takes::Text),
    flag("filename", Takes::Text).short('f').refused(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("recursive", Takes::Bool).short('R').refused(),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];

/// How long a person waits for the pod to run, in milliseconds (`--pod-running-timeout`).
const PATIENCE_MS: i64 = 60_000;

fn run(call: &mut Call<'_>) -> Verdict {
    required(call, "image")?;
    let dry = dry_run(&call.flags)?;
    let (stdin, tty) = stdin_flags(&call.flags);
    let attaches = call.flags.is_set("attach") || stdin || tty;
    let Some(name) = call.flags.words.first().cloned().filter(|_| call.flags.dash != Some(0)) else {
        return Err(call.usage("NAME is required for run"));
    };
    if call.flags.is_set("expose") && call.flags.text("port").is_none_or(str::is_empty) {
        return Err(call.usage("--port must be set when exposing a service"));
    }
    if tty && !stdin {
        return Err(call.usage("-i/--stdin is required for containers with -t/--tty=true"));
    }
    if call.flags.is_set("rm") && !attaches {
        return Err(call.usage("--rm should only be used for attached containers"));
    }
    if attaches && dry.is_dry() {
        return Err(call.usage(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        ));
    }
    form(call)?;
    let pod = pod_words::pod(call, &name)?;
    if call.flags.is_set("expose") {
        let service = service(call, &name)?;
        finish(call, service, dry)?;
        // kubectl's printer parts the two by two lines.
        if dry.is_dry() && matches!(form(call)?, Form::Yaml) {
            call.say("---\n---\n");
        }
    }
    let Some(made) = finish(call, pod, dry)? else {
        return Ok(());
    };
    if !attaches {
        return Ok(());
    }
    let verdict = look_on(call, &made.key());
    if call.flags.is_set("rm") {
        remove(call, &made)?;
    }
    verdict
}

/// Returns the Service of `--expose`: the pod's port, and its labels.
fn service(call: &Call<'_>, name: &str) -> Verdict<Made> {
    let port = pod_words::port(call)?.unwrap_or_default();
    let labels = match call.flags.text("labels").filter(|labels| !labels.is_empty()) {
        Some(text) => parse_labels(text)?,
        None => json!({"run": name}),
    };
    let port = json!({"port": port, "protocol": "TCP", "targetPort": port});
    let fields = json!({"spec": {"ports": [port], "selector": labels}, "status": {"loadBalancer": {}}});
    let mut service = Made::new(Kind::Service, name, fields);
    service.in_namespace(call);
    Ok(service)
}

/// Creates, tries or prints what was made; returns what was created.
fn finish(call: &mut Call<'_>, mut made: Made, dry: DryRun) -> Verdict<Option<Object>> {
    if dry == DryRun::Client {
        printed(call, &made, "created", dry)?;
        return Ok(None);
    }
    if call.flags.is_set("save-config") {
        made.remember();
    }
    let object = made.object(call)?;
    trial::judge(&object)?;
    let created = match dry {
        DryRun::Server => trial::create(call, object)?,
        _ => call.create(object)?,
    };
    let attached = call.flags.is_set("attach") || call.flags.is_set("stdin") || call.flags.is_set("tty");
    match form(call)? {
        // Whoever looks on sees what the pod says, and no more.
        Form::Table { .. } if attached && created.kind() == Kind::Pod => (),
        Form::Table { .. } => {
            call.line(format!("{} created{}", names::of_key(&created.key()), dry.suffix()));
        }
        form => output::show(call, &form, std::slice::from_ref(&created), true, true)?,
    }
    Ok((dry == DryRun::No).then_some(created))
}

/// Waits until the pod runs or is over, shows what it says, and passes its exit code on when it never restarts.
fn look_on(call: &mut Call<'_>, key: &Key) -> Verdict {
    let patience = call.flags.duration_ms("pod-running-timeout").unwrap_or(PATIENCE_MS);
    let seen = attach::wait_for_running(call, key, patience)?;
    let Seen { pod, container } = seen;
    attach::converse(call, &pod, &container, true)?;
    let code = call
        .find(key)
        .ok()
        .and_then(|object| Pod::of(&object).cloned())
        .and_then(|pod| {
            let status = pod
                .status
                .container_statuses
                .iter()
                .find(|status| status.name == container)?;
            let over = status.state.terminated.as_ref()?;
            (pod.spec.restart_policy == "Never").then_some(over.exit_code)
        });
    match code {
        Some(code) if code != 0 => Err(Trouble {
            code: code as i32,
            ..Trouble::verbatim(format!("pod {}/{} terminated (Error)", key.namespace, key.name))
        }),
        _ => Ok(()),
    }
}

/// `--rm`: what was made for the look goes again.
fn remove(call: &mut Call<'_>, made: &Object) -> Verdict {
    let key = made.key();
    let force = call.flags.is_set("force");
    let grace = call.flags.int("grace-period").filter(|grace| *grace >= 0);
    let options = DeleteOptions {
        grace_seconds: if force { Some(0) } else { grace },
        uid: None,
        propagation: Propagation::Background,
    };
    call.cluster.delete(&key, &options)?;
    if !call.flags.is_set("quiet") {
        let how = if force { "force deleted" } else { "deleted" };
        call.line(format!("{} {how}", names::quoted(&key)));
    }
    let uid = made.meta().uid;
    let gone = |call: &mut Call<'_>| {
        let there = call.store().find(&key).is_some_and(|object| object.meta().uid == uid);
        Ok((!there).then_some(()))
    };
    call.wait(None, gone)?
        .or_complain(&format!("{} to go", names::of_key(&key)))
}
