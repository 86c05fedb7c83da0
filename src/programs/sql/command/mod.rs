//! Commands that are not about rows: transactions, parameters, roles, databases, maintenance.
//!
//! They are read from the tokens, as PostgreSQL's grammar has more of them than the parser of queries knows.

mod cursor;
mod sorting;
mod setting;
mod objects;

use sqlparser::ast::Statement;

use super::reply::Report;
use super::source::{Piece, Source};
use cursor::Cursor;

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
