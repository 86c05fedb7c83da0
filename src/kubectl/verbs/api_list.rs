//! `kubectl api-resources` and `api-versions`: what kinds this cluster serves.

use super::Verb;
use crate::api::Kind;
use crate::api::kind::KindInfo;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Flag, Takes, flag};
use crate::kubectl::trouble::{Trouble, Verdict};
use crate::kubectl::{names, tabwriter, targets};
use std::collections::BTreeSet;

pub(super) const RESOURCES: Verb = Verb {
    name: "api-resources",
    aliases: &[],
    flags: FLAGS,
    run: resources,
};

const FLAGS: &[Flag] = &[
    flag("api-group", Takes::Text),
    flag("cached", Takes::Bool).moot(),
    flag("categories", Takes::Text),
    flag("namespaced", Takes::Bool),
    flag("no-headers", Takes::Bool),
    flag("output", Takes::Text).short('o'),
    flag("sort-by", Takes::Text),
    flag("verbs", Takes::Text),
];

pub(super) const VERSIONS: Verb = Verb {
    name: "api-versions",
    aliases: &[],
    flags: &[],
    run: versions,
};

/// What every kind takes here.
const VERBS: [&str; 8] = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];

/// The kinds that `kubectl get api-extensions` means.
const EXTENSIONS: [&str; 4] = [
    "customresourcedefinitions",
    "apiservices",
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
];

/// Returns all kinds that are served: Kubernetes' own, and those of CustomResourceDefinitions.
///
/// Left out: kinds that are only asked and never stored (`TokenReview`, `SubjectAccessReview`), which nothing here answers.
fn served(call: &Call<'_>) -> Vec<KindInfo> {
    let mut all: Vec<KindInfo> = Kind::known().map(|kind| kind.info().clone()).collect();
    let event = all.iter().find(|info| info.kind == "Event").cloned();
    // Events are served in two groups.
    all.extend(event.map(|info| KindInfo {
        group: "events.k8s.io".into(),
        ..info
    }));
    all.extend(names::brought_kinds(call.store()));
    all
}

fn version_of(info: &KindInfo) -> String {
    match info.group.is_empty() {
        true => info.version.to_string(),
        false => format!("{}/{}", info.group, info.version),
    }
}

fn categories(info: &KindInfo) -> &'static str {
    let own = |plural: &str| targets::ALL.contains(&plural);
    match &*info.plural {
        plural if own(plural) && !info.group.contains("k8s.io") => "all",
        plural if EXTENSIONS.contains(&plural) => "api-extensions",
        _ => "",
    }
}

fn unexpected(call: &Call<'_>) -> Verdict {
    match call.flags.words.as_slice() {
        [] => Ok(()),
        words => Err(call.usage(format!("unexpected arguments: [{}]", words.join(" ")))),
    }
}

fn resources(call: &mut Call<'_>) -> Verdict {
    unexpected(call)?;
    let output = call.flags.text("output").unwrap_or("").to_owned();
    if !["", "wide", "name"].contains(&output.as_str()) {
        return Err(Trouble::error(format!("--output {output} is not available")));
    }
    let sort = call.flags.text("sort-by").unwrap_or("");
    if !["", "name", "kind"].contains(&sort) {
        return Err(Trouble::error("--sort-by accepts only name or kind"));
    }
    let group = call.flags.text("api-group");
    let namespaced = call.flags.bool("namespaced");
    let wanted: Vec<String> = call.flags.list("verbs");
    let in_categories = call.flags.list("categories");
    let mut kinds = served(call);
    kinds.retain(|info| {
        group.is_none_or(|group| info.group == group)
            && namespaced.is_none_or(|wanted| info.namespaced == wanted)
            && wanted.iter().all(|verb| VERBS.contains(&verb.as_str()))
            && in_categories.iter().all(|category| categories(info) == category)
    });
    match sort {
        "name" => kinds.sort_by(|a, b| a.plural.cmp(&b.plural)),
        "kind" => kinds.sort_by(|a, b| a.kind.cmp(&b.kind)),
        _ => kinds.sort_by(|a, b| (&a.group, &a.plural).cmp(&(&b.group, &b.plural))),
    }
    if output == "name" {
        let name = |info: &KindInfo| match info.group.is_empty() {
            true => format!("{}\n", info.plural),
            false => format!("{}.{}\n", info.plural, info.group),
        };
        let text: String = kinds.iter().map(name).collect();
        call.say(text);
        return Ok(());
    }
    let wide = output == "wide";
    let mut text = String::new();
    if !call.flags.is_set("no-headers") {
        text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
        text.push_str(if wide { "\tVERBS\tCATEGORIES\n" } else { "\n" });
    }
    for info in &kinds {
        let (name, short, kind) = (&info.plural, &info.short, &info.kind);
        text.push_str(&format!(
            "{name}\t{short}\t{}\t{}\t{kind}",
            version_of(info),
            info.namespaced
        ));
        if wide {
            text.push_str(&format!("\t{}\t{}", VERBS.join(","), categories(info)));
        }
        text.push('\n');
    }
    call.say(tabwriter::align(&text, tabwriter::TABLE));
    Ok(())
}

fn versions(call: &mut Call<'_>) -> Verdict {
    unexpected(call)?;
    let all: BTreeSet<String> = served(call).iter().map(version_of).collect();
    for version in all {
        call.line(version);
    }
    Ok(())
}
