//! What all databases share: roles, databases, the server's own parameters.

use super::buffers::Buffers;
use super::command::{Command, DatabaseChange};
use super::parameters;
use super::reply::Report;
use super::role::Role;
use super::role_commands::no_role;
use super::turn::Turn;
use crate::cloud::disk::DiskError;

impl Turn<'_, '_> {
    /// Runs a command on roles or databases.
    pub(super) fn shared(&mut self, command: &Command) -> Result<(), Report> {
        match command {
            Command::CreateDatabase { name, owner, template } => {
                self.outside("CREATE DATABASE")?;
                self.create_database(name, owner.as_deref(), template.as_deref().unwrap_or("template1"))
            }
            Command::DropDatabase { name, if_exists, force } => {
                self.outside("DROP DATABASE")?;
                self.drop_database(name, *if_exists, *force)
            }
            Command::AlterDatabase { name, change } => {
                let Some(mut database) = self.cluster.databases.get(name).cloned() else {
                    return Err(Report::error("3D000", format!("database \"{name}\" does not exist")));
                };
                match change {
                    DatabaseChange::Owner(owner) => {
                        self.must_exist(owner)?;
                        database.owner.clone_from(owner);
                        self.cluster.databases.insert(name.clone(), database);
                    }
                    DatabaseChange::Rename(to) => {
                        if self.session().client.database == *name {
                            return Err(Report::error("0A000", "current database cannot be renamed"));
                        }
                        if self.cluster.databases.contains_key(to) {
                            return Err(Report::error("42P04", format!("database \"{to}\" already exists")));
                        }
                        self.cluster.databases.remove(name);
                        self.cluster.databases.insert(to.clone(), database);
                    }
                    DatabaseChange::Accepted => (),
                }
                self.save()?;
                self.done("ALTER DATABASE");
                Ok(())
            }
            Command::CreateRole { name, options } => {
                if self.cluster.roles.contains_key(name) {
                    return Err(Report::error("42710", format!("role \"{name}\" already exists")));
                }
                if name.starts_with("pg_") {
                    return Err(Report::error("42939", format!("role name \"{name}\" is reserved"))
                        .detail("Role names starting with \"pg_\" are reserved."));
                }
                let role = Role::new(self.cluster.free_oid());
                self.change_role(name, role, options)?;
                self.done("CREATE ROLE");
                Ok(())
            }
            Command::AlterRole { name, options } => {
                let name = self.own_name(name);
                let Some(role) = self.cluster.roles.get(&name).cloned() else {
                    return Err(no_role(&name));
                };
                self.change_role(&name, role, options)?;
                self.done("ALTER ROLE");
                Ok(())
            }
            Command::RenameRole { name, to } => {
                let Some(mut role) = self.cluster.roles.get(name).cloned() else {
                    return Err(no_role(name));
                };
                if self.cluster.roles.contains_key(to) {
                    return Err(Report::error("42710", format!("role \"{to}\" already exists")));
                }
                if self.session().client.user == *name {
                    return Err(Report::error("0A000", "session user cannot be renamed"));
                }
                role.member_of.retain(|group| group != name);
                self.remember_roles();
                self.cluster.roles_mut().remove(name);
                self.cluster.roles_mut().insert(to.clone(), role);
                self.save()?;
                self.done("ALTER ROLE");
                Ok(())
            }
            Command::DropRole { names, if_exists } => self.drop_roles(names, *if_exists),
            Command::Grant {
                tag,
                relations,
                roles,
                membership,
            } => self.grant(tag, relations, roles, membership.as_ref()),
            Command::AlterSystem { name, value } => self.alter_system(name, value.as_deref()),
            _ => Err(Report::beyond("this command")),
        }
    }

    fn outside(&mut self, what: &str) -> Result<(), Report> {
        if self.session().transaction.is_some() {
            return Err(Report::error(
                "25001",
                format!("{what} cannot run inside a transaction block"),
            ));
        }
        Ok(())
    }

    pub(super) fn own_name(&mut self, name: &str) -> String {
        match name {
            "current_user" | "current_role" => self.session().user.clone(),
            "session_user" => self.session().client.user.clone(),
            name => name.to_owned(),
        }
    }

    pub(super) fn save(&mut self) -> Result<(), Report> {
        self.cluster.write_shared(self.files).map_err(|error| match error {
            DiskError::Io => Report::unflushed(error),
            error => Report::error("53100", format!("could not extend file \"global/1260\": {error}"))
                .hint("Check free disk space."),
        })
    }

    fn create_database(&mut self, name: &str, owner: Option<&str>, template: &str) -> Result<(), Report> {
        let user = self.session().user.clone();
        let may = self
            .cluster
            .role(&user)
            .is_some_and(|role| role.superuser || role.create_db);
        if !may {
            return Err(Report::error("42501", "permission denied to create database"));
        }
        let owner = owner.map_or(user, |owner| self.own_name(owner));
        self.must_exist(&owner)?;
        if self.cluster.has_database(name) {
            return Err(Report::error("42P04", format!("database \"{name}\" already exists")));
        }
        self.cluster.create_database(name, &owner, template, self.files)?;
        self.done("CREATE DATABASE");
        Ok(())
    }

    fn drop_database(&mut self, name: &str, if_exists: bool, force: bool) -> Result<(), Report> {
        let Some(database) = self.cluster.databases.get(name).cloned() else {
            let message = format!("database \"{name}\" does not exist");
            if !if_exists {
                return Err(Report::error("3D000", message));
            }
            self.answer
                .replies
                .push(super::reply::Reply::Notice(Report::notice(format!(
                    "{message}, skipping"
                ))));
            self.done("DROP DATABASE");
            return Ok(());
        };
        if self.session().client.database == name {
            return Err(Report::error("55006", "cannot drop the currently open database"));
        }
        if name.starts_with("template") {
            return Err(Report::error("42809", "cannot drop a template database"));
        }
        let others: Vec<u64> = self
            .cluster
            .sessions
            .iter()
            .filter(|(_, session)| session.client.database == name && !session.terminated)
            .map(|(number, _)| *number)
            .collect();
        if !others.is_empty() {
            if !force {
                let detail = match others.len() {
                    1 => "There is 1 other session using the database.".to_owned(),
                    count => format!("There are {count} other sessions using the database."),
                };
                return Err(
                    Report::error("55006", format!("database \"{name}\" is being accessed by other users"))
                        .detail(detail),
                );
            }
            for number in others {
                if let Some(session) = self.cluster.sessions.get_mut(&number) {
                    session.terminated = true;
                }
            }
        }
        self.cluster.databases.remove(name);
        self.cluster.buffers.remove(&database.oid);
        let path = Buffers::path(&self.cluster.pgdata, database.oid);
        let folder = crate::cloud::disk::parent(&path).to_owned();
        // The catalog has forgotten it; a disk that fails keeps the files.
        let _ = self.files.remove_all(&folder);
        self.save()?;
        self.done("DROP DATABASE");
        Ok(())
    }

    fn alter_system(&mut self, name: &str, value: Option<&str>) -> Result<(), Report> {
        self.outside("ALTER SYSTEM")?;
        let Some(parameter) = parameters::find(name) else {
            return Err(parameters::unknown(name));
        };
        if parameter.context == parameters::Context::Internal {
            return Err(Report::error(
                "55P02",
                format!("parameter \"{}\" cannot be changed", parameter.name),
            ));
        }
        let value = value.map(|value| parameter.accept(value)).transpose()?;
        let path = format!("{}/postgresql.auto.conf", self.cluster.pgdata);
        let text = self.files.read_text(&path).unwrap_or_default();
        let own = |line: &str| {
            line.split(['=', ' '])
                .next()
                .is_some_and(|word| word.eq_ignore_ascii_case(parameter.name))
        };
        let mut lines: Vec<String> = text.lines().filter(|line| !own(line)).map(str::to_owned).collect();
        if let Some(value) = value {
            lines.push(format!("{} = '{}'", parameter.name, value.replace('\'', "''")));
        }
        let text = lines.join("\n") + "\n";
        self.files.write(&path, text.as_bytes()).map_err(|error| {
            Report::error(
                "58030",
                format!("could not write to file \"postgresql.auto.conf.tmp\": {error}"),
            )
        })?;
        self.done("ALTER SYSTEM");
        Ok(())
    }
}
