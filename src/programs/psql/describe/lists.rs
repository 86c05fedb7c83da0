//! Lists: relations, schemas, roles, databases.

use super::{Pattern, table};
use crate::programs::psql::Psql;
use crate::programs::sql::{Relation, Rows};

impl Psql<'_, '_> {
    /// `\dt`, `\di`, `\dv`, `\ds` and what they make together.
    pub(super) fn relations(&mut self, kinds: &str, pattern: Option<&str>) -> Result<bool, String> {
        let wanted = pattern.map(Pattern::read).transpose()?;
        let Some(directory) = self.directory() else {
            return Ok(false);
        };
        let with_table = kinds.contains('i');
        let mut rows = Vec::new();
        for ((schema, name), relation) in &directory.catalog.relations {
            let (letter, kind, owner, of) = match relation {
                Relation::Table(table) => ('t', "table", table.owner.as_str(), None),
                Relation::View(view) => ('v', "view", view.owner.as_str(), None),
                Relation::Sequence(sequence) => ('s', "sequence", sequence.owner.as_str(), None),
                Relation::Index(index) => {
                    let Some(((_, table_name), table)) = directory.catalog.table_by_oid(index.table) else {
                        continue;
                    };
                    ('i', "index", table.owner.as_str(), Some(table_name))
                }
            };
            let visible = directory.is_visible(schema, name);
            let meant = match &wanted {
                Some(wanted) => wanted.matches(schema, name, visible),
                None => visible,
            };
            if !kinds.contains(letter) || !meant {
                continue;
            }
            let mut row = vec![schema.clone(), name.clone(), kind.to_owned(), owner.to_owned()];
            if with_table {
                row.push(of.cloned().unwrap_or_default());
            }
            rows.push(row);
        }
        rows.sort();
        if rows.is_empty() {
            if !self.variables.is_on("QUIET") {
                self.complain(&match pattern {
                    Some(pattern) => format!("Did not find any relation named \"{pattern}\"."),
                    None => "Did not find any relations.".to_owned(),
                });
            }
            return Ok(true);
        }
        let mut columns = vec!["Schema", "Name", "Type", "Owner"];
        if with_table {
            columns.push("Table");
        }
        self.print_table("List of relations", &table(&columns, rows), None);
        Ok(true)
    }

    /// `\dn`
    pub(super) fn schemas(&mut self, pattern: Option<&str>) -> bool {
        let wanted = match pattern.map(Pattern::read).transpose() {
            Ok(wanted) => wanted,
            Err(words) => {
                self.complain(&words);
                return false;
            }
        };
        let Some(directory) = self.directory() else {
            return false;
        };
        let rows = directory
            .catalog
            .schemas
            .iter()
            .filter(|(name, _)| wanted.as_ref().is_none_or(|wanted| wanted.matches_name(name)))
            .map(|(name, schema)| vec![name.clone(), schema.owner.clone()])
            .collect();
        self.print_table("List of schemas", &table(&["Name", "Owner"], rows), None);
        true
    }

    /// `\du`
    pub(super) fn roles(&mut self, pattern: Option<&str>) -> bool {
        let sql = "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, \
                   rolbypassrls, rolconnlimit, rolvaliduntil FROM pg_catalog.pg_roles \
                   WHERE rolname !~ '^pg_' ORDER BY 1";
        let (Some(found), Some(directory)) = (self.filtered(sql, pattern), self.directory()) else {
            return false;
        };
        let rows = found
            .rows
            .iter()
            .map(|row| {
                let cell = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
                let mut words = Vec::new();
                for (at, truth, word) in [
                    (1, "t", "Superuser"),
                    (2, "f", "No inheritance"),
                    (3, "t", "Create role"),
                    (4, "t", "Create DB"),
                    (5, "f", "Cannot login"),
                    (6, "t", "Replication"),
                    (7, "t", "Bypass RLS"),
                ] {
                    if cell(at) == truth {
                        words.push(word);
                    }
                }
                let mut words = words.join(", ");
                let limit: i64 = cell(8).parse().unwrap_or(-1);
                if limit >= 0 {
                    words.push_str(match (words.is_empty(), limit) {
                        (true, _) => "",
                        (false, _) => "\n",
                    });
                    words.push_str(&match limit {
                        0 => "No connections".to_owned(),
                        1 => "1 connection".to_owned(),
                        n => format!("{n} connections"),
                    });
                }
                if !cell(9).is_empty() {
                    let line = if words.is_empty() { "" } else { "\n" };
                    words.push_str(&format!("{line}Password valid until {}", cell(9)));
                }
                vec![cell(0), words, directory.memberships_of(&cell(0))]
            })
            .collect();
        let columns = ["Role name", "Attributes", "Member of"];
        self.print_table("List of roles", &table(&columns, rows), Some(Vec::new()));
        true
    }

    /// `\l` and `-l`
    pub(in crate::programs::psql) fn databases(&mut self, _more: bool, pattern: Option<&str>) -> bool {
        let sql = "SELECT datname AS \"Name\", pg_get_userbyid(datdba) AS \"Owner\", \
                   pg_encoding_to_char(encoding) AS \"Encoding\", datcollate AS \"Collate\", datctype AS \"Ctype\", \
                   NULL::text AS \"ICU Locale\", 'libc' AS \"Locale Provider\", \
                   array_to_string(datacl::text[], E'\\n') AS \"Access privileges\" \
                   FROM pg_catalog.pg_database ORDER BY 1";
        let Some(rows) = self.filtered(sql, pattern) else {
            return false;
        };
        self.print_table("List of databases", &rows, None);
        true
    }

    /// `\dx`
    pub(super) fn extensions(&mut self, pattern: Option<&str>) -> bool {
        let sql = "SELECT extname AS \"Name\", extversion AS \"Version\", 'pg_catalog' AS \"Schema\", \
                   'PL/pgSQL procedural language' AS \"Description\" FROM pg_catalog.pg_extension ORDER BY 1";
        let Some(rows) = self.filtered(sql, pattern) else {
            return false;
        };
        self.print_table("List of installed extensions", &rows, None);
        true
    }

    /// `\df`: functions of one's own are beyond pglab, so there are none.
    pub(super) fn functions(&mut self) -> bool {
        let columns = ["Schema", "Name", "Result data type", "Argument data types", "Type"];
        self.print_table("List of functions", &table(&columns, Vec::new()), None);
        true
    }

    /// Asks for rows and keeps those whose first column fits a pattern.
    fn filtered(&mut self, sql: &str, pattern: Option<&str>) -> Option<Rows> {
        let wanted = match pattern.map(Pattern::read).transpose() {
            Ok(wanted) => wanted,
            Err(words) => {
                self.complain(&words);
                return None;
            }
        };
        let mut rows = self.ask(sql)?;
        rows.rows.retain(|row| {
            let name = row.first().cloned().flatten().unwrap_or_default();
            wanted.as_ref().is_none_or(|wanted| wanted.matches_name(&name))
        });
        Some(rows)
    }
}
