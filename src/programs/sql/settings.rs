//! SET and SHOW: the parameters of a session.

use super::command::Command;
use super::parameters::{self, Context};
use super::reply::{Column, Reply, Report, Rows};
use super::turn::Turn;
use super::values::datetime;

impl Turn<'_, '_> {
    pub(super) fn set(&mut self, name: &str, value: Option<&str>, local: bool) -> Result<(), Report> {
        let Some(parameter) = parameters::find(name) else {
            if !name.contains('.') {
                return Err(parameters::unknown(name));
            }
            self.session().set(name, value.map(str::to_owned), local);
            self.done("SET");
            return Ok(());
        };
        let fixed = match parameter.context {
            Context::Session => None,
            Context::Internal => Some("cannot be changed"),
            Context::Start => Some("cannot be changed without restarting the server"),
            Context::Reload => Some("cannot be changed now"),
        };
        if let Some(fixed) = fixed {
            return Err(Report::error(
                "55P02",
                format!("parameter \"{}\" {fixed}", parameter.name),
            ));
        }
        let value = match value {
            None => None,
            Some(value) => Some(accept(parameter, value)?),
        };
        if local
            && self
                .session()
                .transaction
                .as_ref()
                .is_none_or(|transaction| transaction.implicit)
        {
            self.warn("25P01", "SET LOCAL can only be used in transaction blocks");
        } else {
            self.session().set(parameter.name, value, local);
        }
        self.done("SET");
        Ok(())
    }

    pub(super) fn show(&mut self, name: Option<&str>) -> Result<(), Report> {
        let column = |name: &str| Column {
            name: name.into(),
            type_name: "text".into(),
            right: false,
        };
        let Some(name) = name else {
            return Err(Report::beyond("SHOW ALL; pg_settings has the same"));
        };
        let (label, value) = match parameters::find(name) {
            _ if name == "session_authorization" => (name.to_owned(), self.session().client.user.clone()),
            _ if name == "is_superuser" => {
                let user = self.session().user.clone();
                let yes = self.cluster.role(&user).is_some_and(|role| role.superuser);
                (name.to_owned(), if yes { "on" } else { "off" }.to_owned())
            }
            _ if name == "role" => {
                let session = self.session();
                let own = session.user == session.client.user;
                (
                    name.to_owned(),
                    if own { "none".to_owned() } else { session.user.clone() },
                )
            }
            Some(parameter) => {
                let own = self.session().parameters.get(parameter.name).cloned();
                (
                    parameter.name.to_owned(),
                    own.unwrap_or_else(|| self.cluster.parameter(parameter.name)),
                )
            }
            None => {
                let own = self.session().parameters.get(name).cloned();
                (name.to_owned(), own.ok_or_else(|| parameters::unknown(name))?)
            }
        };
        self.answer.replies.push(Reply::Rows(Rows {
            columns: vec![column(&label)],
            rows: vec![vec![Some(value)]],
            tag: "SHOW".into(),
        }));
        Ok(())
    }
}

pub(super) fn command_name(command: &Command) -> String {
    if let Command::Reset(Some(name)) = command {
        name.clone()
    } else {
        String::new()
    }
}

/// Checks a value of a parameter; some are real and change more than pglab can.
pub(super) fn accept(parameter: &parameters::Parameter, value: &str) -> Result<String, Report> {
    let value = parameter.accept(value)?;
    let lower = value.to_lowercase();
    let beyond = match parameter.name {
        "TimeZone" => {
            if datetime::zone(&value).is_none() {
                return Err(match value.contains('/') || value.len() == 3 {
                    true => Report::beyond(format!("the time zone \"{value}\"")),
                    false => Report::error(
                        "22023",
                        format!("invalid value for parameter \"TimeZone\": \"{value}\""),
                    ),
                });
            }
            return Ok(if lower == "utc" { "UTC".into() } else { value });
        }
        "DateStyle" => !lower.starts_with("iso") && !["mdy", "default"].contains(&lower.as_str()),
        "IntervalStyle" => lower != "postgres",
        "bytea_output" => lower != "hex",
        "client_encoding" => !["utf8", "utf-8", "unicode"].contains(&lower.as_str()),
        "standard_conforming_strings" => lower != "on",
        _ => false,
    };
    if beyond {
        return Err(Report::beyond(format!("{} = {value}", parameter.name)));
    }
    Ok(match parameter.name {
        "DateStyle" => "ISO, MDY".into(),
        "client_encoding" => "UTF8".into(),
        _ => value,
    })
}
