//! CREATE, ALTER and DROP ROLE, GRANT: what is done to roles.

use super::buffers::Buffers;
use super::command::RoleOption;
use super::reply::Report;
use super::role::Role;
use super::turn::Turn;

impl Turn<'_, '_> {
    pub(super) fn must_exist(&mut self, role: &str) -> Result<(), Report> {
        let role = self.own_name(role);
        if self.cluster.roles.contains_key(&role) {
            Ok(())
        } else {
            Err(no_role(&role))
        }
    }

    /// An open transaction can take back what it does to roles.
    pub(super) fn remember_roles(&mut self) {
        let roles = self.cluster.roles.clone();
        if let Some(transaction) = &mut self.session().transaction
            && transaction.roles_before.is_none()
        {
            transaction.roles_before = Some(roles);
        }
    }

    pub(super) fn change_role(&mut self, name: &str, mut role: Role, options: &[RoleOption]) -> Result<(), Report> {
        let user = self.session().user.clone();
        let may = self
            .cluster
            .role(&user)
            .is_some_and(|mine| mine.superuser || mine.create_role);
        let own_password = user == name
            && options
                .iter()
                .all(|option| matches!(option, RoleOption::Password(_) | RoleOption::Accepted));
        if !may && !own_password {
            let words = if self.cluster.roles.contains_key(name) {
                "permission denied"
            } else {
                "permission denied to create role"
            };
            return Err(Report::error("42501", words));
        }
        for option in options {
            match option {
                RoleOption::Superuser(yes) => role.superuser = *yes,
                RoleOption::CreateDb(yes) => role.create_db = *yes,
                RoleOption::CreateRole(yes) => role.create_role = *yes,
                RoleOption::Inherit(yes) => role.inherit = *yes,
                RoleOption::Login(yes) => role.login = *yes,
                RoleOption::Replication(yes) => role.replication = *yes,
                RoleOption::BypassRls(yes) => role.bypass_rls = *yes,
                RoleOption::ConnectionLimit(limit) => role.connection_limit = *limit,
                RoleOption::Password(Some(password)) if password.is_empty() => {
                    role.set_password(None);
                    let report = "empty string is not a valid password, clearing password";
                    self.answer
                        .replies
                        .push(super::reply::Reply::Notice(Report::notice(report)));
                }
                RoleOption::Password(password) => role.set_password(password.as_deref()),
                RoleOption::ValidUntil(until) => role.valid_until = Some(until.clone()),
                RoleOption::InRole(groups) => {
                    for group in groups {
                        self.must_exist(group)?;
                        role.member_of.push(group.clone());
                    }
                }
                RoleOption::Accepted => (),
            }
        }
        self.remember_roles();
        self.cluster.roles_mut().insert(name.to_owned(), role);
        self.save()
    }

    pub(super) fn drop_roles(&mut self, names: &[String], if_exists: bool) -> Result<(), Report> {
        for name in names {
            if !self.cluster.roles.contains_key(name) {
                let report = no_role(name);
                if !if_exists {
                    return Err(report);
                }
                let notice = Report::notice(format!("{}, skipping", report.message));
                self.answer.replies.push(super::reply::Reply::Notice(notice));
                continue;
            }
            if self.session().user == *name || self.session().client.user == *name {
                return Err(Report::error("55006", "current user cannot be dropped"));
            }
            let owned = self.owned_by(name)?;
            if !owned.is_empty() {
                return Err(Report::error(
                    "2BP01",
                    format!("role \"{name}\" cannot be dropped because some objects depend on it"),
                )
                .detail(owned.join("\n")));
            }
            self.remember_roles();
            self.cluster.roles_mut().remove(name);
            for role in self.cluster.roles_mut().values_mut() {
                role.member_of.retain(|group| group != name);
            }
        }
        self.save()?;
        self.done("DROP ROLE");
        Ok(())
    }

    /// Returns what a role owns: databases, and relations of this database.
    fn owned_by(&mut self, role: &str) -> Result<Vec<String>, Report> {
        use super::catalog::Relation;
        let mut owned: Vec<String> = self
            .cluster
            .databases
            .iter()
            .filter(|(_, database)| database.owner == role)
            .map(|(name, _)| format!("owner of database {name}"))
            .collect();
        let oid = self.database_oid()?;
        if let Some(buffers) = self.cluster.buffers.get_mut(&oid) {
            let live = buffers.open()?;
            for ((_, name), relation) in &live.catalog.relations {
                let (owner, kind) = match relation {
                    Relation::Table(table) => (&table.owner, "table"),
                    Relation::View(view) => (&view.owner, "view"),
                    Relation::Sequence(sequence) => (&sequence.owner, "sequence"),
                    Relation::Index(_) => continue,
                };
                if owner == role {
                    owned.push(format!("owner of {kind} {name}"));
                }
            }
            buffers.committed.0 = Some(live);
        }
        Ok(owned)
    }

    pub(super) fn grant(
        &mut self,
        tag: &str,
        relations: &[(Option<String>, String)],
        roles: &[String],
        membership: Option<&(Vec<String>, bool)>,
    ) -> Result<(), Report> {
        for role in roles.iter().filter(|role| *role != "public") {
            self.must_exist(role)?;
        }
        if !relations.is_empty() {
            let oid = self.database_oid()?;
            let moment = self.moment;
            let around = self.surroundings(moment, false);
            if !self.cluster.buffers.contains_key(&oid) {
                let buffers = Buffers::read(self.files, &Buffers::path(&self.cluster.pgdata, oid))?;
                self.cluster.buffers.insert(oid, buffers);
            }
            if let Some(buffers) = self.cluster.buffers.get_mut(&oid) {
                let live = buffers.open()?;
                for (schema, name) in relations {
                    let found = match schema {
                        Some(schema) => live.catalog.relations.contains_key(&(schema.clone(), name.clone())),
                        None => around
                            .search_path
                            .iter()
                            .any(|schema| live.catalog.relations.contains_key(&(schema.clone(), name.clone()))),
                    };
                    if !found && buffers.writer != Some(self.number) {
                        buffers.committed.0 = Some(live);
                        return Err(super::bind::no_relation(schema.as_deref(), name));
                    }
                }
                buffers.committed.0 = Some(live);
            }
        }
        if let Some((granted, revoke)) = membership {
            for group in granted {
                self.must_exist(group)?;
            }
            self.remember_roles();
            for role in roles {
                let role = self.own_name(role);
                if let Some(role) = self.cluster.roles_mut().get_mut(&role) {
                    role.member_of.retain(|group| !granted.contains(group));
                    if !revoke {
                        role.member_of.extend(granted.iter().cloned());
                    }
                }
            }
            self.save()?;
        }
        self.done(tag);
        Ok(())
    }
}

pub(super) fn no_role(name: &str) -> Report {
    Report::error("42704", format!("role \"{name}\" does not exist"))
}
