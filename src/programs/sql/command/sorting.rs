//! Which command a statement is: its first words tell.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::cursor::Cursor;
use super::{Command, RoleOption};
use crate::programs::sql::reply::Report;
use crate::programs::sql::source::Piece;

impl Cursor<'_> {
    pub(super) fn command(&mut self) -> Result<Option<Command>, Report> {
        let first = self.peek_word(0).unwrap_or_default();
        let second = self.peek_word(1).unwrap_or_default();
        let command = match (first.as_str(), second.as_str()) {
            ("begin", _) | ("start", "transaction") => {
                let tag = if first == "begin" { "BEGIN" } else { "START TRANSACTION" };
                self.at += 1;
                self.skip_any(&["work", "transaction"]);
                let (read_only, isolation) = self.modes()?;
                Command::Begin {
                    read_only,
                    isolation,
                    tag,
                }
            }
            ("commit" | "end", "prepared") | ("rollback", "prepared") => {
                Command::Beyond("prepared transactions".into())
            }
            ("commit" | "end", _) => {
                self.at += 1;
                self.skip_any(&["work", "transaction"]);
                self.no_chain()?;
                Command::Commit
            }
            ("rollback" | "abort", _) => {
                self.at += 1;
                self.skip_any(&["work", "transaction"]);
                if self.take("to") {
                    self.take("savepoint");
                    Command::RollbackTo(self.name()?)
                } else {
                    self.no_chain()?;
                    Command::Rollback
                }
            }
            ("savepoint", _) => {
                self.at += 1;
                Command::Savepoint(self.name()?)
            }
            ("release", _) => {
                self.at += 1;
                self.take("savepoint");
                Command::Release(self.name()?)
            }
            ("set", _) => {
                self.at += 1;
                self.set()?
            }
            ("show", _) => {
                self.at += 1;
                self.show()?
            }
            ("reset", _) => {
                self.at += 1;
                if self.take("all") {
                    Command::Reset(None)
                } else if self.take("role") {
                    Command::SetRole(None)
                } else {
                    Command::Reset(Some(self.parameter_name()?))
                }
            }
            ("create", "database") => self.create_database()?,
            ("drop", "database") => {
                self.at += 2;
                let if_exists = self.if_exists();
                let name = self.name()?;
                let force = self.rest().contains("force");
                self.at = self.tokens.len();
                Command::DropDatabase { name, if_exists, force }
            }
            ("alter", "database") => self.alter_database()?,
            ("create", "role" | "user" | "group") if self.peek_word(2).as_deref() != Some("mapping") => {
                self.at += 2;
                let name = self.role_name()?;
                let mut options = vec![RoleOption::Login(second == "user")];
                options.extend(self.role_options()?);
                Command::CreateRole { name, options }
            }
            ("alter", "role" | "user" | "group") => {
                self.at += 2;
                let name = self.role_name()?;
                if self.take("rename") {
                    self.expect("to")?;
                    Command::RenameRole {
                        name,
                        to: self.role_name()?,
                    }
                } else if self.take("set") || self.take("reset") || self.take("in") {
                    self.at = self.tokens.len();
                    Command::AlterRole {
                        name,
                        options: vec![RoleOption::Accepted],
                    }
                } else {
                    let options = self.role_options()?;
                    Command::AlterRole { name, options }
                }
            }
            ("drop", "role" | "user" | "group") => {
                self.at += 2;
                let if_exists = self.if_exists();
                Command::DropRole {
                    names: self.name_list()?,
                    if_exists,
                }
            }
            ("grant" | "revoke", _) => self.grant()?,
            ("alter", "sequence") => self.alter_sequence()?,
            ("alter", "system") => {
                self.at += 2;
                if self.take("reset") {
                    let name = self.parameter_name()?;
                    Command::AlterSystem { name, value: None }
                } else {
                    self.expect("set")?;
                    let name = self.parameter_name()?;
                    let value = self.assigned_value()?;
                    Command::AlterSystem { name, value }
                }
            }
            ("alter", "schema") => {
                self.at += 2;
                let name = self.name()?;
                let (mut rename, mut owner) = (None, None);
                if self.take("rename") {
                    self.expect("to")?;
                    rename = Some(self.name()?);
                } else {
                    self.expect("owner")?;
                    self.expect("to")?;
                    owner = Some(self.role_name()?);
                }
                Command::AlterSchema { name, rename, owner }
            }
            ("alter", "default") => self.nothing("ALTER DEFAULT PRIVILEGES", false, false),
            ("vacuum", _) => self.nothing("VACUUM", true, false),
            ("analyze" | "analyse", _) => self.nothing("ANALYZE", false, false),
            ("checkpoint", _) => self.nothing("CHECKPOINT", false, false),
            ("reindex", _) => self.nothing("REINDEX", false, false),
            ("cluster", _) => self.nothing("CLUSTER", false, false),
            ("lock", _) => self.nothing("LOCK TABLE", false, true),
            ("discard", "all") => self.nothing("DISCARD ALL", true, false),
            ("discard", _) => self.nothing("DISCARD", false, false),
            ("explain", _) => {
                // What it would explain must be a statement all the same.
                self.at += 1;
                self.skip_any(&["analyze", "verbose"]);
                if self.peek_word(0).is_some() {
                    let inner = Piece {
                        tokens: self.tokens[self.at..].to_vec(),
                        ..self.piece.clone()
                    };
                    self.source.parse(&inner)?;
                }
                Command::Beyond("EXPLAIN".into())
            }
            ("table", _) if self.tokens.len() > 1 => return self.whole_table().map(Some),
            ("do", _) => Command::Beyond("PL/pgSQL".into()),
            ("listen" | "notify" | "unlisten", _) => Command::Beyond(first.to_uppercase()),
            ("refresh", "materialized") => Command::Beyond("materialized views".into()),
            ("create", "materialized") => Command::Beyond("materialized views".into()),
            (
                "create",
                "rule" | "policy" | "publication" | "subscription" | "server" | "aggregate" | "operator" | "tablespace"
                | "collation" | "cast" | "conversion" | "statistics" | "language" | "event",
            ) => Command::Beyond(format!("CREATE {}", second.to_uppercase())),
            ("prepare" | "execute" | "deallocate", _) => Command::Beyond("prepared statements".into()),
            ("declare" | "fetch" | "move" | "close", _) => Command::Beyond("cursors".into()),
            ("security" | "import" | "load" | "reassign", _) => Command::Beyond(first.to_uppercase()),
            // Words of SQLite's that other parsers let pass.
            (
                "attach" | "detach" | "pragma" | "install" | "use" | "kill" | "msck" | "cache" | "uncache" | "unload"
                | "replace" | "describe" | "desc" | "optimize" | "flush" | "raise" | "print" | "export",
                _,
            ) => {
                return Err(self.syntax_error(0));
            }
            _ => return Ok(None),
        };
        if self.at < self.tokens.len() && !matches!(command, Command::Beyond(_)) {
            return Err(self.syntax_error(self.at));
        }
        Ok(Some(command))
    }

    /// `TABLE name` is `SELECT * FROM name`.
    fn whole_table(&self) -> Result<Command, Report> {
        let span = self.tokens[0].span;
        let put = |token: Token| TokenWithSpan { token, span };
        let mut tokens = vec![
            put(Token::make_keyword("SELECT")),
            put(Token::Mul),
            put(Token::make_keyword("FROM")),
        ];
        tokens.extend_from_slice(&self.tokens[1..]);
        let piece = Piece {
            tokens,
            ..self.piece.clone()
        };
        self.source
            .parse(&piece)
            .map(|statement| Command::Sql(Box::new(statement)))
    }

    pub(super) fn nothing(&mut self, tag: &'static str, alone: bool, inside: bool) -> Command {
        self.at = self.tokens.len();
        Command::Nothing { tag, alone, inside }
    }
}
