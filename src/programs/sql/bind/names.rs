//! Names in syntax trees: what PostgreSQL folds to small letters, and what it leaves alone.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use crate::programs::sql::reply::Report;

/// The longest name; longer ones are cut.
const NAME_BYTES_MAX: usize = 63;

/// Returns the name that an identifier means.
pub fn ident(ident: &Ident) -> String {
    let mut name = if ident.quote_style.is_some() {
        ident.value.clone()
    } else {
        ident.value.to_lowercase()
    };
    if name.len() > NAME_BYTES_MAX {
        let mut end = NAME_BYTES_MAX;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name.truncate(end);
    }
    name
}

/// Returns schema and name of an object; a database before them must be dropped by the caller's side.
pub fn object_name(name: &ObjectName) -> Result<(Option<String>, String), Report> {
    let parts: Option<Vec<String>> = name
        .0
        .iter()
        .map(|part| match part {
            ObjectNamePart::Identifier(part) => Some(ident(part)),
            ObjectNamePart::Function(_) => None,
        })
        .collect();
    match parts.as_deref() {
        Some([name]) => Ok((None, name.clone())),
        Some([schema, name]) => Ok((Some(schema.clone()), name.clone())),
        Some([_, schema, name]) => Ok((Some(schema.clone()), name.clone())),
        _ => Err(Report::error(
            "42601",
            format!("improper qualified name (too many dotted names): {name}"),
        )),
    }
}

/// Returns the identifier that a name ends in, for its position.
pub fn last_ident(name: &ObjectName) -> Option<&Ident> {
    match name.0.last()? {
        ObjectNamePart::Identifier(part) => Some(part),
        ObjectNamePart::Function(_) => None,
    }
}

/// Returns the identifier that a name begins with, for its position.
pub fn first_ident(name: &ObjectName) -> Option<&Ident> {
    match name.0.first()? {
        ObjectNamePart::Identifier(part) => Some(part),
        ObjectNamePart::Function(_) => None,
    }
}
