//! Commands that are not about rows: transactions, parameters, roles, databases, maintenance.
//!
//! They are read from the tokens, as PostgreSQL's grammar has more of them than the parser of queries knows.

use sqlparser::ast::Statement;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::reply::Report;
use super::source::{Piece, Source};

/// A statement, sorted by who runs it.
#[derive(Clone, Debug)]
pub enum Command {
    /// A statement of SQL, for the database.
    Sql(Box<Statement>),
    /// `BEGIN`, with what it says of reading and writing.
    Begin {
        /// `READ ONLY` or `READ WRITE`, if it was said.
        read_only: Option<bool>,
        /// The isolation level, if it was said.
        isolation: Option<String>,
        /// The tag: `BEGIN` or `START TRANSACTION`.
        tag: &'static str,
    },
    /// `COMMIT` and `END`.
    Commit,
    /// `ROLLBACK` and `ABORT`.
    Rollback,
    /// `SAVEPOINT`.
    Savepoint(String),
    /// `ROLLBACK TO`.
    RollbackTo(String),
    /// `RELEASE`.
    Release(String),
    /// `SET`; no value means the default.
    Set {
        /// The parameter.
        name: String,
        /// The value.
        value: Option<String>,
        /// `SET LOCAL`.
        local: bool,
    },
    /// `SET TRANSACTION` and `SET SESSION CHARACTERISTICS`.
    SetTransaction {
        /// `READ ONLY` or `READ WRITE`, if it was said.
        read_only: Option<bool>,
        /// The isolation level, if it was said.
        isolation: Option<String>,
        /// For all transactions to come.
        session: bool,
    },
    /// `SET ROLE`; none goes back.
    SetRole(Option<String>),
    /// `SHOW`; none is `SHOW ALL`.
    Show(Option<String>),
    /// `RESET`; none is `RESET ALL`.
    Reset(Option<String>),
    /// `CREATE DATABASE`.
    CreateDatabase {
        /// Its name.
        name: String,
        /// Its owner.
        owner: Option<String>,
        /// What it is copied from.
        template: Option<String>,
    },
    /// `DROP DATABASE`.
    DropDatabase {
        /// Its name.
        name: String,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `WITH (FORCE)`.
        force: bool,
    },
    /// `ALTER DATABASE`.
    AlterDatabase {
        /// Its name.
        name: String,
        /// What changes.
        change: DatabaseChange,
    },
    /// `CREATE ROLE` and `CREATE USER`.
    CreateRole {
        /// Its name.
        name: String,
        /// What it may do.
        options: Vec<RoleOption>,
    },
    /// `ALTER ROLE` and `ALTER USER`.
    AlterRole {
        /// Its name.
        name: String,
        /// What changes.
        options: Vec<RoleOption>,
    },
    /// `ALTER ROLE … RENAME TO`.
    RenameRole {
        /// Its name.
        name: String,
        /// The new one.
        to: String,
    },
    /// `DROP ROLE` and `DROP USER`.
    DropRole {
        /// Their names.
        names: Vec<String>,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `GRANT` and `REVOKE`: accepted, not enforced.
    Grant {
        /// The tag.
        tag: &'static str,
        /// The relations that are named.
        relations: Vec<(Option<String>, String)>,
        /// The roles that are named.
        roles: Vec<String>,
        /// The roles that are granted to others, and whether they are taken back.
        membership: Option<(Vec<String>, bool)>,
    },
    /// `ALTER SEQUENCE`.
    AlterSequence {
        /// Its name.
        name: (Option<String>, String),
        /// `IF EXISTS`.
        if_exists: bool,
        /// What changes.
        changes: Vec<SequenceChange>,
    },
    /// `ALTER SYSTEM SET` and `RESET`.
    AlterSystem {
        /// The parameter.
        name: String,
        /// The value; none is the default.
        value: Option<String>,
    },
    /// `ALTER SCHEMA`.
    AlterSchema {
        /// Its name.
        name: String,
        /// `RENAME TO`.
        rename: Option<String>,
        /// `OWNER TO`.
        owner: Option<String>,
    },
    /// A command that changes nothing that can be seen here.
    Nothing {
        /// The tag.
        tag: &'static str,
        /// Whether it refuses to run in a transaction block.
        alone: bool,
        /// Whether it refuses to run outside of one.
        inside: bool,
    },
    /// Real, and beyond pglab.
    Beyond(String),
}

/// What `ALTER DATABASE` changes.
#[derive(Clone, Debug)]
pub enum DatabaseChange {
    Owner(String),
    Rename(String),
    Accepted,
}

/// An option of a role.
#[derive(Clone, Debug)]
pub enum RoleOption {
    Superuser(bool),
    CreateDb(bool),
    CreateRole(bool),
    Inherit(bool),
    Login(bool),
    Replication(bool),
    BypassRls(bool),
    ConnectionLimit(i32),
    Password(Option<String>),
    ValidUntil(String),
    InRole(Vec<String>),
    Accepted,
}

/// What `ALTER SEQUENCE` changes.
#[derive(Clone, Debug)]
pub enum SequenceChange {
    Restart(Option<i64>),
    Increment(i64),
    Min(Option<i64>),
    Max(Option<i64>),
    Start(i64),
    Cache(i64),
    Cycle(bool),
    OwnedBy(Option<Vec<String>>),
    Owner(String),
    Rename(String),
}

/// Sorts a statement.
pub fn read(source: &Source, piece: &Piece) -> Result<Command, Report> {
    let mut cursor = Cursor {
        source,
        piece,
        tokens: &piece.tokens,
        at: 0,
    };
    if let Some(command) = cursor.command()? {
        return Ok(command);
    }
    source.parse(piece).map(|statement| Command::Sql(Box::new(statement)))
}

struct Cursor<'a> {
    source: &'a Source,
    piece: &'a Piece,
    tokens: &'a [TokenWithSpan],
    at: usize,
}

impl Cursor<'_> {
    fn command(&mut self) -> Result<Option<Command>, Report> {
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

    fn nothing(&mut self, tag: &'static str, alone: bool, inside: bool) -> Command {
        self.at = self.tokens.len();
        Command::Nothing { tag, alone, inside }
    }

    fn word_at(&self, at: usize) -> Option<String> {
        match &self.tokens.get(at)?.token {
            Token::Word(word) if word.quote_style.is_none() => Some(word.value.to_lowercase()),
            _ => None,
        }
    }

    fn peek_word(&self, ahead: usize) -> Option<String> {
        self.word_at(self.at + ahead)
    }

    fn take(&mut self, word: &str) -> bool {
        let here = self.peek_word(0).as_deref() == Some(word);
        self.at += usize::from(here);
        here
    }

    fn take_token(&mut self, token: &Token) -> bool {
        let here = self.tokens.get(self.at).is_some_and(|it| it.token == *token);
        self.at += usize::from(here);
        here
    }

    fn skip_any(&mut self, words: &[&str]) {
        for word in words {
            self.take(word);
        }
    }

    fn expect(&mut self, word: &str) -> Result<(), Report> {
        if self.take(word) {
            Ok(())
        } else {
            Err(self.syntax_error(self.at))
        }
    }

    fn syntax_error(&self, at: usize) -> Report {
        match self.tokens.get(at) {
            Some(token) => self.source.syntax_error_at(token),
            None => self.source.syntax_error_behind(self.piece),
        }
    }

    fn no_chain(&mut self) -> Result<(), Report> {
        if self.peek_word(0).as_deref() == Some("and") {
            if self.peek_word(1).as_deref() == Some("no") {
                self.at += 3;
                return Ok(());
            }
            return Err(Report::beyond("AND CHAIN"));
        }
        Ok(())
    }

    fn rest(&self) -> String {
        let words: Vec<String> = self.tokens[self.at.min(self.tokens.len())..]
            .iter()
            .map(|token| token.token.to_string().to_lowercase())
            .collect();
        words.join(" ")
    }

    /// Reads a name: folded, unless it is quoted.
    fn name(&mut self) -> Result<String, Report> {
        match self.tokens.get(self.at).map(|token| &token.token) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(if word.quote_style.is_some() {
                    word.value.clone()
                } else {
                    word.value.to_lowercase()
                })
            }
            _ => Err(self.syntax_error(self.at)),
        }
    }

    /// Reads the name of a role; the words for oneself are left for the session.
    fn role_name(&mut self) -> Result<String, Report> {
        let name = self.name()?;
        if self.at > 0 && self.word_at(self.at - 1).as_deref() == Some("public") {
            return Err(Report::error("42939", "role name \"public\" is reserved"));
        }
        Ok(name)
    }

    fn qualified_name(&mut self) -> Result<(Option<String>, String), Report> {
        let first = self.name()?;
        if self.take_token(&Token::Period) {
            Ok((Some(first), self.name()?))
        } else {
            Ok((None, first))
        }
    }

    fn name_list(&mut self) -> Result<Vec<String>, Report> {
        let mut names = vec![self.name()?];
        while self.take_token(&Token::Comma) {
            names.push(self.name()?);
        }
        Ok(names)
    }

    fn if_exists(&mut self) -> bool {
        let here = self.peek_word(0).as_deref() == Some("if") && self.peek_word(1).as_deref() == Some("exists");
        self.at += if here { 2 } else { 0 };
        here
    }

    fn modes(&mut self) -> Result<(Option<bool>, Option<String>), Report> {
        let (mut read_only, mut isolation) = (None, None);
        loop {
            if self.take("read") {
                read_only = Some(if self.take("only") {
                    true
                } else {
                    self.expect("write")?;
                    false
                });
            } else if self.take("isolation") {
                self.expect("level")?;
                let mut level = self.name()?;
                if level != "serializable" {
                    level = format!("{level} {}", self.name()?);
                }
                isolation = Some(level);
            } else if self.take("not") {
                self.expect("deferrable")?;
            } else if !self.take("deferrable") && !self.take_token(&Token::Comma) {
                return Ok((read_only, isolation));
            }
        }
    }

    fn set(&mut self) -> Result<Command, Report> {
        let mut local = false;
        match (self.peek_word(0).as_deref(), self.peek_word(1).as_deref()) {
            (Some("session"), Some("characteristics")) => {
                self.at += 2;
                self.expect("as")?;
                self.expect("transaction")?;
                let (read_only, isolation) = self.modes()?;
                return Ok(Command::SetTransaction {
                    read_only,
                    isolation,
                    session: true,
                });
            }
            (Some("session"), Some("authorization")) => {
                self.at += 2;
                return Ok(if self.take("default") {
                    Command::SetRole(None)
                } else {
                    Command::SetRole(Some(self.value()?))
                });
            }
            (Some("session"), _) => self.at += 1,
            (Some("local"), _) => {
                local = true;
                self.at += 1;
            }
            (Some("transaction"), _) => {
                self.at += 1;
                let (read_only, isolation) = self.modes()?;
                return Ok(Command::SetTransaction {
                    read_only,
                    isolation,
                    session: false,
                });
            }
            (Some("constraints"), _) => return Ok(self.nothing("SET CONSTRAINTS", false, false)),
            _ => (),
        }
        if self.take("role") {
            return Ok(if self.take("none") {
                Command::SetRole(None)
            } else {
                Command::SetRole(Some(self.value()?))
            });
        }
        if self.peek_word(0).as_deref() == Some("time") && self.peek_word(1).as_deref() == Some("zone") {
            self.at += 2;
            let value = if self.take("default") || self.take("local") {
                None
            } else {
                Some(self.value()?)
            };
            return Ok(Command::Set {
                name: "TimeZone".into(),
                value,
                local,
            });
        }
        if self.take("names") {
            return Ok(Command::Set {
                name: "client_encoding".into(),
                value: Some(self.value()?),
                local,
            });
        }
        let name = self.parameter_name()?;
        let value = self.assigned_value()?;
        Ok(Command::Set { name, value, local })
    }

    fn parameter_name(&mut self) -> Result<String, Report> {
        let mut name = self.name()?;
        while self.take_token(&Token::Period) {
            name.push('.');
            name.push_str(&self.name()?);
        }
        Ok(name)
    }

    fn assigned_value(&mut self) -> Result<Option<String>, Report> {
        if !self.take("to") && !self.take_token(&Token::Eq) {
            return Err(self.syntax_error(self.at));
        }
        if self.take("default") {
            return Ok(None);
        }
        let mut parts = vec![self.value()?];
        while self.take_token(&Token::Comma) {
            parts.push(self.value()?);
        }
        Ok(Some(parts.join(", ")))
    }

    /// Reads a value of a parameter: a word, a text or a number.
    fn value(&mut self) -> Result<String, Report> {
        let minus = self.take_token(&Token::Minus);
        let value = match self.tokens.get(self.at).map(|token| &token.token) {
            Some(Token::Word(word)) => {
                if word.quote_style.is_some() {
                    word.value.clone()
                } else {
                    word.value.to_lowercase()
                }
            }
            Some(Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text)) => text.clone(),
            Some(Token::Number(digits, _)) => digits.clone(),
            _ => return Err(self.syntax_error(self.at)),
        };
        self.at += 1;
        Ok(if minus { format!("-{value}") } else { value })
    }

    fn show(&mut self) -> Result<Command, Report> {
        if self.take("all") {
            return Ok(Command::Show(None));
        }
        for (words, name) in [
            (&["time", "zone"][..], "TimeZone"),
            (&["transaction", "isolation", "level"], "transaction_isolation"),
            (&["session", "authorization"], "session_authorization"),
        ] {
            if words
                .iter()
                .enumerate()
                .all(|(at, word)| self.peek_word(at).as_deref() == Some(*word))
            {
                self.at += words.len();
                return Ok(Command::Show(Some(name.into())));
            }
        }
        Ok(Command::Show(Some(self.parameter_name()?)))
    }

    fn create_database(&mut self) -> Result<Command, Report> {
        self.at += 2;
        let name = self.name()?;
        let (mut owner, mut template) = (None, None);
        self.take("with");
        while let Some(word) = self.peek_word(0) {
            self.at += 1;
            if word == "connection" {
                self.expect("limit")?;
            }
            self.take_token(&Token::Eq);
            let value = self.value()?;
            match word.as_str() {
                "owner" => owner = Some(value),
                "template" => template = Some(value),
                "encoding" if !["utf8", "utf-8", "unicode", "default"].contains(&value.to_lowercase().as_str()) => {
                    return Err(Report::beyond(format!("the encoding {value}")));
                }
                "encoding" | "lc_collate" | "lc_ctype" | "locale" | "tablespace" | "allow_connections"
                | "connection" | "is_template" | "locale_provider" | "icu_locale" | "strategy"
                | "collation_version" => (),
                other => {
                    let message = format!("option \"{other}\" not recognized");
                    return Err(Report::error("42601", message));
                }
            }
        }
        Ok(Command::CreateDatabase { name, owner, template })
    }

    fn alter_database(&mut self) -> Result<Command, Report> {
        self.at += 2;
        let name = self.name()?;
        let change = if self.take("owner") {
            self.expect("to")?;
            DatabaseChange::Owner(self.role_name()?)
        } else if self.take("rename") {
            self.expect("to")?;
            DatabaseChange::Rename(self.name()?)
        } else {
            self.at = self.tokens.len();
            DatabaseChange::Accepted
        };
        Ok(Command::AlterDatabase { name, change })
    }

    fn role_options(&mut self) -> Result<Vec<RoleOption>, Report> {
        let mut options = Vec::new();
        self.take("with");
        while self.at < self.tokens.len() {
            let Some(word) = self.peek_word(0) else {
                return Err(self.syntax_error(self.at));
            };
            self.at += 1;
            let (word, yes) = match word.strip_prefix("no") {
                Some(rest) if !rest.is_empty() => (rest.to_owned(), false),
                _ => (word, true),
            };
            options.push(match word.as_str() {
                "superuser" => RoleOption::Superuser(yes),
                "createdb" => RoleOption::CreateDb(yes),
                "createrole" => RoleOption::CreateRole(yes),
                "inherit" => RoleOption::Inherit(yes),
                "login" => RoleOption::Login(yes),
                "replication" => RoleOption::Replication(yes),
                "bypassrls" => RoleOption::BypassRls(yes),
                "encrypted" => continue,
                "password" => {
                    if self.take("null") {
                        RoleOption::Password(None)
                    } else {
                        match self.tokens.get(self.at).map(|token| &token.token) {
                            Some(Token::SingleQuotedString(_) | Token::EscapedStringLiteral(_)) => {
                                RoleOption::Password(Some(self.value()?))
                            }
                            _ => return Err(self.syntax_error(self.at)),
                        }
                    }
                }
                "connection" => {
                    self.expect("limit")?;
                    let value = self.value()?;
                    RoleOption::ConnectionLimit(value.parse().map_err(|_| self.syntax_error(self.at - 1))?)
                }
                "valid" => {
                    self.expect("until")?;
                    RoleOption::ValidUntil(self.value()?)
                }
                "in" => {
                    if !self.take("role") {
                        self.expect("group")?;
                    }
                    RoleOption::InRole(self.name_list()?)
                }
                "role" | "user" | "admin" | "sysid" => {
                    self.name_list()?;
                    RoleOption::Accepted
                }
                other => {
                    let message = format!("unrecognized role option \"{other}\"");
                    let token = &self.tokens[self.at - 1];
                    return Err(Report::error("42601", message).at(self.source.position(token.span.start)));
                }
            });
        }
        Ok(options)
    }

    fn grant(&mut self) -> Result<Command, Report> {
        let revoke = self.take("revoke");
        if !revoke {
            self.expect("grant")?;
        }
        if revoke && self.take("grant") {
            self.expect("option")?;
            self.expect("for")?;
        }
        let mut relations = Vec::new();
        // Words up to ON are privileges, with their columns; without ON they are roles.
        let mut granted = Vec::new();
        let end_word = if revoke { "from" } else { "to" };
        while self.at < self.tokens.len()
            && self.peek_word(0).as_deref() != Some("on")
            && self.peek_word(0).as_deref() != Some(end_word)
        {
            if let Ok(name) = self.name() {
                granted.push(name);
            } else {
                self.at += 1;
            }
        }
        let membership = if self.take("on") {
            let kind = self.peek_word(0).unwrap_or_default();
            let plain = match kind.as_str() {
                "table" => {
                    self.at += 1;
                    true
                }
                "all" | "database" | "schema" | "sequence" | "function" | "tablespace" | "language" | "type"
                | "parameter" | "large" | "foreign" => false,
                _ => true,
            };
            while self.at < self.tokens.len() && self.peek_word(0).as_deref() != Some(end_word) {
                if plain {
                    relations.push(self.qualified_name()?);
                    self.take_token(&Token::Comma);
                } else {
                    self.at += 1;
                }
            }
            None
        } else {
            Some((granted, revoke))
        };
        self.expect(end_word)?;
        let mut roles = Vec::new();
        loop {
            self.take("group");
            roles.push(self.name()?);
            if !self.take_token(&Token::Comma) {
                break;
            }
        }
        // WITH GRANT OPTION, CASCADE and GRANTED BY.
        self.at = self.tokens.len();
        let tag = match (revoke, membership.is_some()) {
            (false, false) => "GRANT",
            (true, false) => "REVOKE",
            (false, true) => "GRANT ROLE",
            (true, true) => "REVOKE ROLE",
        };
        Ok(Command::Grant {
            tag,
            relations,
            roles,
            membership,
        })
    }

    fn alter_sequence(&mut self) -> Result<Command, Report> {
        self.at += 2;
        let if_exists = self.if_exists();
        let name = self.qualified_name()?;
        let mut changes = Vec::new();
        while self.at < self.tokens.len() {
            let word = self.name()?;
            changes.push(match word.as_str() {
                "restart" => {
                    self.take("with");
                    let number = matches!(
                        self.tokens.get(self.at).map(|token| &token.token),
                        Some(Token::Number(..) | Token::Minus)
                    );
                    SequenceChange::Restart(if number { Some(self.whole()?) } else { None })
                }
                "increment" => {
                    self.take("by");
                    SequenceChange::Increment(self.whole()?)
                }
                "minvalue" => SequenceChange::Min(Some(self.whole()?)),
                "maxvalue" => SequenceChange::Max(Some(self.whole()?)),
                "start" => {
                    self.take("with");
                    SequenceChange::Start(self.whole()?)
                }
                "cache" => SequenceChange::Cache(self.whole()?),
                "cycle" => SequenceChange::Cycle(true),
                "no" => match self.name()?.as_str() {
                    "minvalue" => SequenceChange::Min(None),
                    "maxvalue" => SequenceChange::Max(None),
                    "cycle" => SequenceChange::Cycle(false),
                    _ => return Err(self.syntax_error(self.at - 1)),
                },
                "owned" => {
                    self.expect("by")?;
                    let mut parts = vec![self.name()?];
                    while self.take_token(&Token::Period) {
                        parts.push(self.name()?);
                    }
                    SequenceChange::OwnedBy(if parts == ["none"] { None } else { Some(parts) })
                }
                "owner" => {
                    self.expect("to")?;
                    SequenceChange::Owner(self.role_name()?)
                }
                "rename" => {
                    self.expect("to")?;
                    SequenceChange::Rename(self.name()?)
                }
                "as" => {
                    self.name()?;
                    continue;
                }
                _ => return Err(self.syntax_error(self.at - 1)),
            });
        }
        Ok(Command::AlterSequence {
            name,
            if_exists,
            changes,
        })
    }

    fn whole(&mut self) -> Result<i64, Report> {
        let at = self.at;
        self.value()?.parse().map_err(|_| self.syntax_error(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Command, Report> {
        let source = Source::new(text);
        let piece = source.pieces().unwrap().remove(0);
        read(&source, &piece)
    }

    #[test]
    fn commands_are_read_from_their_words() {
        assert!(matches!(
            parse("begin work isolation level repeatable read, read only"),
            Ok(Command::Begin {
                read_only: Some(true),
                ..
            })
        ));
        assert!(matches!(parse("ROLLBACK TO SAVEPOINT a"), Ok(Command::RollbackTo(name)) if name == "a"));
        assert!(matches!(
            parse("set local work_mem = '64MB'"),
            Ok(Command::Set { local: true, .. })
        ));
        assert!(
            matches!(parse("SET search_path TO app, \"Public\""), Ok(Command::Set { value: Some(value), .. }) if value == "app, Public")
        );
        assert!(matches!(
            parse("create user app with password 'x' nosuperuser createdb"),
            Ok(Command::CreateRole { .. })
        ));
        assert!(matches!(
            parse("GRANT ALL ON ALL TABLES IN SCHEMA public TO app"),
            Ok(Command::Grant { tag: "GRANT", .. })
        ));
        assert!(matches!(
            parse("grant readers to app"),
            Ok(Command::Grant {
                membership: Some(_),
                ..
            })
        ));
        assert!(matches!(parse("select 1"), Ok(Command::Sql(_))));
        assert_eq!(
            parse("attach database 'x' as y").unwrap_err().message,
            "syntax error at or near \"attach\""
        );
        assert_eq!(
            parse("commit now").unwrap_err().message,
            "syntax error at or near \"now\""
        );
        assert_eq!(
            parse("create user app with passwort 'x'").unwrap_err().message,
            "unrecognized role option \"passwort\""
        );
    }
}
