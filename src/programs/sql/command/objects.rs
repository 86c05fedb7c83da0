//! Databases, roles, rights and sequences, as their commands are written.

use sqlparser::tokenizer::Token;

use super::cursor::Cursor;
use super::{Command, DatabaseChange, RoleOption, SequenceChange};
use crate::programs::sql::reply::Report;

impl Cursor<'_> {
    pub(super) fn create_database(&mut self) -> Result<Command, Report> {
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

    pub(super) fn alter_database(&mut self) -> Result<Command, Report> {
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

    pub(super) fn role_options(&mut self) -> Result<Vec<RoleOption>, Report> {
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

    pub(super) fn grant(&mut self) -> Result<Command, Report> {
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

    pub(super) fn alter_sequence(&mut self) -> Result<Command, Report> {
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
}
