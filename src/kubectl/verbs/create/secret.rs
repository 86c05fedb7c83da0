//! `kubectl create secret generic`, `tls` and `docker-registry`.

use super::super::{Verb, flags};
use super::COMMON;
use super::finish::{Made, made, name};
use super::hash;
use super::sources::{Vessel, pairs};
use crate::api::Kind;
use crate::kubectl::call::Call;
use crate::kubectl::flags::{Takes, flag};
use crate::kubectl::output::compact_json as go_compact;
use crate::kubectl::trouble::{Trouble, Verdict};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub(in crate::kubectl::verbs) const GENERIC: Verb = Verb {
    name: "create secret generic",
    aliases: &[],
    flags: flags![COMMON;
        flag("from-literal", Takes::Text),
        flag("from-file", Takes::Text),
        flag("from-env-file", Takes::Text),
        flag("type", Takes::Text),
        flag("append-hash", Takes::Bool),
    ],
    run: generic,
};

pub(in crate::kubectl::verbs) const TLS: Verb = Verb {
    name: "create secret tls",
    aliases: &[],
    flags: flags![COMMON;
        flag("cert", Takes::Text),
        flag("key", Takes::Text),
        flag("append-hash", Takes::Bool),
    ],
    run: tls,
};

pub(in crate::kubectl::verbs) const DOCKER: Verb = Verb {
    name: "create secret docker-registry",
    aliases: &[],
    flags: flags![COMMON;
        flag("docker-email", Takes::Text),
        flag("docker-password", Takes::Text),
        flag("docker-server", Takes::Text),
        flag("docker-username", Takes::Text),
        flag("from-file", Takes::Text),
        flag("append-hash", Takes::Bool),
    ],
    run: docker,
};

/// Makes a Secret of its keys; "" is no type, which the server makes `Opaque`.
fn secret(call: &mut Call<'_>, name: &str, kind: &str, keys: impl IntoIterator<Item = (String, Vec<u8>)>) -> Verdict {
    let mut secret = Made::new(Kind::Secret, name, json!({}));
    if !kind.is_empty() {
        secret.tree["type"] = kind.into();
    }
    for (key, bytes) in keys {
        secret.tree["data"][key] = STANDARD.encode(bytes).into();
    }
    if call.flags.is_set("append-hash") {
        secret.tree["metadata"]["name"] = format!("{name}-{}", hash::of(&secret)).into();
    }
    made(call, secret, "failed to create secret ")
}

fn generic(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let keys = pairs(call, Vessel::Secret, &name)?;
    let kind = call.flags.text("type").unwrap_or("").to_owned();
    secret(call, &name, &kind, keys)
}

fn tls(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let given = |flag: &str| call.flags.text(flag).filter(|path| !path.is_empty());
    let (Some(cert), Some(key)) = (given("cert"), given("key")) else {
        return Err(Trouble::error("key and cert must be specified"));
    };
    let read = |path: &str| {
        let bytes = call.files.bytes(path);
        bytes.map_err(|why| Trouble::error(format!("Cannot read file {path}, open {path}: {why}")))
    };
    let (cert, key) = (read(cert)?, read(key)?);
    // Whether a key belongs to its certificate is left out: that needs the mathematics of both.
    let has_block = |bytes: &[u8], name: &str| {
        let text = String::from_utf8_lossy(bytes);
        text.contains("-----BEGIN ") && text.contains(name)
    };
    if !has_block(&cert, "CERTIFICATE-----") {
        return Err(Trouble::error("tls: failed to find any PEM data in certificate input"));
    }
    if !has_block(&key, "PRIVATE KEY-----") {
        return Err(Trouble::error("tls: failed to find any PEM data in key input"));
    }
    let keys = [("tls.crt".to_owned(), cert), ("tls.key".to_owned(), key)];
    secret(call, &name, "kubernetes.io/tls", keys)
}

fn docker(call: &mut Call<'_>) -> Verdict {
    let name = name(call)?;
    let kind = "kubernetes.io/dockerconfigjson";
    if !call.flags.texts("from-file").is_empty() {
        let keys = pairs(call, Vessel::Secret, &name)?;
        return secret(call, &name, kind, keys);
    }
    let given = |flag: &str| call.flags.text(flag).unwrap_or("").to_owned();
    let (user, password) = (given("docker-username"), given("docker-password"));
    let server = call
        .flags
        .text("docker-server")
        .unwrap_or("https://index.docker.io/v1/")
        .to_owned();
    if user.is_empty() || password.is_empty() || server.is_empty() {
        return Err(Trouble::error(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        ));
    }
    // In the order of the struct `DockerConfigEntry`, without an email where there is none.
    let mut entry: Vec<(&str, Value)> = vec![("username", user.clone().into()), ("password", password.clone().into())];
    let email = given("docker-email");
    if !email.is_empty() {
        entry.push(("email", email.into()));
    }
    entry.push(("auth", STANDARD.encode(format!("{user}:{password}")).into()));
    let text = format!("{{\"auths\":{{{}:{}}}}}", go_compact(&server.into()), object(&entry));
    secret(call, &name, kind, [(".dockerconfigjson".to_owned(), text.into_bytes())])
}

/// Returns an object as JSON with its fields in this order.
fn object(fields: &[(&str, Value)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(key, value)| format!("\"{key}\":{}", go_compact(value)))
        .collect();
    format!("{{{}}}", fields.join(","))
}
