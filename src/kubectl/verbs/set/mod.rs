//! `kubectl set`: one feature of an object that is there already.

mod env;
mod image;
mod live;
mod plain;
mod resources;
mod source;

pub(super) use env::SET_ENV;
pub(super) use image::SET_IMAGE;
pub(super) use live::{chosen, tell};
pub(super) use plain::{SET_ACCOUNT, SET_SELECTOR, SET_SUBJECT};
pub(super) use resources::SET_RESOURCES;

use crate::kubectl::flags::{Flag, Takes, flag};

/// The flags of the forms that work on a pod template.
const COMMON: &[Flag] = &[
    flag("filename", Takes::Text).short('f'),
    flag("recursive", Takes::Bool).short('R').moot(),
    flag("kustomize", Takes::Text).short('k').refused(),
    flag("all", Takes::Bool),
    flag("local", Takes::Bool).refused(),
    flag("dry-run", Takes::Optional("unchanged")),
    flag("field-manager", Takes::Text),
    flag("output", Takes::Text).short('o'),
    flag("allow-missing-template-keys", Takes::Bool),
    flag("show-managed-fields", Takes::Bool),
    flag("template", Takes::Text),
];
