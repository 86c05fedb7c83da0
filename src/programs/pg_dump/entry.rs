//! One piece of a dump.

use crate::programs::sql::quote_ident;

/// Stands in a drop statement where `IF EXISTS` goes.
pub(super) const IF_EXISTS: &str = "\u{1}";

/// An object, or the data of one, as it stands in a dump.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// What it is: `TABLE`, `FK CONSTRAINT`.
    pub kind: &'static str,
    /// Its name, as the comment above it tells it.
    pub name: String,
    /// Its schema; none for schemas and databases themselves.
    pub schema: Option<String>,
    /// Who owns it.
    pub owner: String,
    /// The statements that make it.
    pub body: String,
    /// What `ALTER … OWNER TO` says, if it is said.
    pub owned: Option<String>,
    /// The statement that drops it, with [`IF_EXISTS`] marks.
    pub drop: Option<String>,
}

impl Entry {
    /// Returns the lines of the dump.
    pub fn text(&self, no_owner: bool) -> String {
        let schema = self.schema.as_deref().unwrap_or("-");
        let owner = if no_owner { "-" } else { &self.owner };
        let data = if self.kind == "TABLE DATA" { "Data for " } else { "" };
        let mut out = format!(
            "--\n-- {data}Name: {}; Type: {}; Schema: {schema}; Owner: {owner}\n--\n\n{}\n\n",
            self.name, self.kind, self.body
        );
        if let (Some(owned), false) = (&self.owned, no_owner) {
            out.push_str(&format!("ALTER {owned} OWNER TO {};\n\n", quote_ident(&self.owner)));
        }
        out
    }
}
