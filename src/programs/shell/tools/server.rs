//! The tools of database images: those that ask a server, and the programs that stay.

use super::{Act, Call};
use crate::programs::psql::{LoginOptions, refusal};
use crate::programs::sql::{Reply, quote_ident};

/// `psql`
pub(super) fn psql(call: &mut Call<'_>) -> Act {
    let (words, env, input, cwd) = (call.words, call.env.clone(), call.input.clone(), call.cwd.clone());
    let mut outcome = None;
    call.world.client(&mut |files, network| {
        let place = crate::programs::psql::Place {
            env: &env,
            stdin: &input,
            cwd: &cwd,
            files,
            network,
        };
        outcome = Some(crate::programs::psql::run(words, place));
    });
    let outcome = outcome.unwrap_or_default();
    let code = outcome.code;
    call.said.then(outcome);
    Act::Done(code)
}

/// `createdb [-h HOST] [-p PORT] [-U ROLE] [-O OWNER] [-T TEMPLATE] [NAME]`
pub(super) fn createdb(call: &mut Call<'_>) -> Act {
    let flags = call.flags("hpUOT");
    let user = flags
        .value('U')
        .map(str::to_owned)
        .or_else(|| call.env.get("PGUSER").cloned());
    let name = flags
        .rest
        .first()
        .cloned()
        .or(user)
        .unwrap_or_else(|| "root".to_owned());
    let mut sql = format!("CREATE DATABASE {}", quote_ident(&name));
    for (letter, word) in [('O', "OWNER"), ('T', "TEMPLATE")] {
        if let Some(value) = flags.value(letter) {
            sql.push_str(&format!(" {word} {}", quote_ident(value)));
        }
    }
    if let Some((long, _)) = flags.long.first() {
        let words = format!("pglab does not simulate --{long} of createdb\n");
        call.said.err(&words);
        return Act::Done(126);
    }
    once(call, &flags, &sql, "database creation failed")
}

/// `dropdb [-h HOST] [-p PORT] [-U ROLE] [--if-exists] [-f] NAME`
pub(super) fn dropdb(call: &mut Call<'_>) -> Act {
    let flags = call.flags("hpU");
    if let Some((long, _)) = flags
        .long
        .iter()
        .find(|(long, _)| !["if-exists", "force"].contains(&long.as_str()))
    {
        let words = format!("pglab does not simulate --{long} of dropdb\n");
        call.said.err(&words);
        return Act::Done(126);
    }
    let Some(name) = flags.rest.first() else {
        call.said.err(
            "dropdb: error: missing required argument database name\n\
             dropdb: hint: Try \"dropdb --help\" for more information.\n",
        );
        return Act::Done(1);
    };
    let exists = if flags.has_long("if-exists") { "IF EXISTS " } else { "" };
    let force = if flags.has('f') || flags.has_long("force") {
        " WITH (FORCE)"
    } else {
        ""
    };
    let sql = format!("DROP DATABASE {exists}{}{force}", quote_ident(name));
    once(call, &flags, &sql, "database removal failed")
}

/// Sends one statement to the database `postgres`, for a program that does nothing else.
fn once(call: &mut Call<'_>, flags: &super::Flags, sql: &str, trouble: &str) -> Act {
    let name = call.name().to_owned();
    let mut login = LoginOptions::default();
    for letter in ['h', 'p', 'U'] {
        if let Some(value) = flags.value(letter)
            && let Err(words) = login.set(letter, value, &name)
        {
            call.said.err(&format!("{words}\n"));
            return Act::Done(1);
        }
    }
    login.database = Some("postgres".to_owned());
    login.fill_from(&call.env);
    let target = login.target(&call.env, &name);
    let mut answer = None;
    call.world.client(&mut |_, network| {
        answer = Some(match network.connect(&target) {
            Ok(session) => {
                let answer = network.query(session, sql);
                network.close(session);
                answer.ok_or_else(|| "server closed the connection unexpectedly".to_owned())
            }
            Err(why) => Err(refusal(&target, &why)),
        });
    });
    let replies = match answer {
        Some(Ok(answer)) => answer.replies,
        Some(Err(words)) => {
            call.said.err(&format!("{name}: error: {words}\n"));
            return Act::Done(1);
        }
        None => Vec::new(),
    };
    for reply in replies {
        match reply {
            Reply::Notice(report) => call.said.err(&crate::programs::psql::report(&report, "")),
            Reply::Error(report) => {
                let words = crate::programs::psql::report(&report, "");
                call.said.err(&format!("{name}: error: {trouble}: {words}"));
                return Act::Done(1);
            }
            _ => (),
        }
    }
    Act::Done(0)
}

/// `pg_dump`
pub(super) fn pg_dump(call: &mut Call<'_>) -> Act {
    let (words, env, input, cwd) = (call.words, call.env.clone(), call.input.clone(), call.cwd.clone());
    let chance = call.world.draw();
    let mut outcome = None;
    call.world.client(&mut |files, network| {
        let mut place = crate::programs::psql::Place {
            env: &env,
            stdin: &input,
            cwd: &cwd,
            files,
            network,
        };
        outcome = Some(crate::programs::pg_dump::run(words, &mut place, chance));
    });
    let outcome = outcome.unwrap_or_default();
    let code = outcome.code;
    call.said.then(outcome);
    Act::Done(code)
}

/// The kin of psql that pglab has not.
pub(super) fn client(call: &mut Call<'_>) -> Act {
    let name = call.name().to_owned();
    call.said.err(&format!("pglab does not simulate {name}\n"));
    Act::Done(126)
}

/// A program that stays: the runtime starts it.
pub(super) fn stays(_: &mut Call<'_>) -> Act {
    Act::Start
}
