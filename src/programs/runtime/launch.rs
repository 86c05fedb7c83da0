//! From the words of a command to a program: what a container's first process is, and what a script starts.

use super::image::{Brand, Kind};
use super::inside::Inside;
use super::program::{Idle, Program, to_ms};
use super::script::Script;
use crate::cloud::Settings;
use crate::programs::cache::Cache;
use crate::programs::outcome::Env;
use crate::programs::postgres::{Birth, Durations, Postgres};
use crate::programs::shell::{Has, Shell, Surroundings, is_interpreter, is_known_tool, shell_call};
use crate::programs::web::{Web, WebBrand};

impl Inside<'_, '_> {
    /// Returns the program that a container runs whose pod names a command, arguments, both or none; the error is what
    /// the runtime says when there is no such program.
    pub fn first_program(&mut self, command: &[String], args: &[String], ends: bool) -> Result<Program, String> {
        let env = self.env();
        if !command.is_empty() {
            let words: Vec<String> = command.iter().chain(args).cloned().collect();
            return self.program(&words, &env, ends);
        }
        self.entrypoint(args, &env, ends)
    }

    /// Returns the program that a script starts.
    pub fn launch(&mut self, words: &[String], env: &Env) -> Result<Program, String> {
        self.program(words, env, false)
    }

    /// The image's own entrypoint, with arguments.
    fn entrypoint(&mut self, args: &[String], env: &Env, ends: bool) -> Result<Program, String> {
        let kind = self.image_kind();
        let first = args.first().map(|word| base(word));
        let is_flag = first.is_none_or(|word| word.starts_with('-'));
        match (kind, first) {
            (Kind::Postgres(_), _) if is_flag => Ok(self.postgres(args, env)),
            (Kind::Postgres(_), Some("postgres")) => Ok(self.postgres(&args[1..], env)),
            (Kind::Web(brand, port), _) if is_flag => Ok(self.web(brand, port)),
            (Kind::Cache(brand), Some(word)) if is_flag || word.ends_with(".conf") => {
                Ok(self.cache_server(brand, args, env))
            }
            (Kind::Cache(brand), None) => Ok(self.cache_server(brand, args, env)),
            // Without a terminal a shell that has nothing to do ends at once.
            (Kind::Shell, None) if self.is_open() => Ok(idle(false)),
            (Kind::Shell, None) => Ok(idle_until(self.ground.now, 0)),
            (Kind::Pause, _) => Ok(idle(false)),
            // Whatever the image's own entrypoint makes of the arguments.
            (Kind::Unknown, _) => Ok(self.unknown(ends)),
            _ => self.program(args, env, ends),
        }
    }

    /// The program that some words call.
    fn program(&mut self, words: &[String], env: &Env, ends: bool) -> Result<Program, String> {
        let kind = self.image_kind();
        let name = base(&words[0]);
        let rest = &words[1..];
        let brand = match kind {
            Kind::Cache(brand) => brand,
            _ if name.starts_with("valkey") => Brand::Valkey,
            _ => Brand::Redis,
        };
        let may_be = |tool: &str, inside: &Self| inside.has(tool) != Has::No;
        match name {
            "docker-entrypoint.sh" | "entrypoint.sh" if kind != Kind::Unknown => {
                return self.entrypoint(rest, env, ends);
            }
            "tini" | "dumb-init" => {
                let inner: Vec<String> = rest.iter().skip_while(|word| word.starts_with('-')).cloned().collect();
                if !inner.is_empty() {
                    return self.program(&inner, env, ends);
                }
            }
            "gosu" | "su-exec" if rest.len() > 1 => return self.program(&rest[1..], env, ends),
            "exec" if !rest.is_empty() => return self.program(rest, env, ends),
            "postgres" if matches!(kind, Kind::Postgres(_)) => return Ok(self.postgres_as_root(env)),
            "redis-server" | "valkey-server" if may_be(name, self) => return Ok(self.cache_server(brand, rest, env)),
            "memcached" if may_be(name, self) => return Ok(self.cache_server(Brand::Memcached, rest, env)),
            "nginx" if may_be(name, self) => return Ok(self.web(WebBrand::Nginx, 80)),
            "httpd" | "httpd-foreground" if may_be(name, self) => return Ok(self.web(WebBrand::Httpd, 80)),
            "sh" | "bash" | "ash" | "dash" if name == "sh" || may_be(name, self) => {
                if let Some(program) = self.shell(name, rest, env) {
                    return Ok(program);
                }
                if kind == Kind::Shell && self.is_open() {
                    return Ok(idle(false));
                }
            }
            _ => (),
        }
        let path = words[0].clone();
        let mut is_file = false;
        if path.contains('/') {
            self.files(&mut |files| is_file = files.file(&path).is_ok());
        }
        let known = match kind {
            Kind::Unknown => is_known_tool(name) && !is_interpreter(name),
            _ => is_known_tool(name) && (self.has(name) == Has::Yes || is_everywhere(name)),
        };
        if is_file || known {
            return Ok(Program::Script(Box::new(Script::new(Shell::direct(words, env)))));
        }
        match (kind, path.contains('/')) {
            (Kind::Unknown, _) => Ok(self.unknown(ends)),
            (_, true) => Err(format!("exec: \"{path}\": stat {path}: no such file or directory")),
            (_, false) => Err(format!("exec: \"{path}\": executable file not found in $PATH")),
        }
    }

    /// A shell with a script in its words or in a file.
    fn shell(&mut self, name: &str, rest: &[String], env: &Env) -> Option<Program> {
        let dialect = self.dialect(name);
        let (script, args) = match shell_call(rest)? {
            (Some(script), args) => (script, args),
            (None, args) => {
                let path = args.first()?.clone();
                let path = if path.starts_with('/') {
                    path
                } else {
                    format!("{}/{path}", env.get("PWD").map_or("", String::as_str))
                };
                let mut read = None;
                self.files(&mut |files| read = files.read_text(&path).ok());
                (read?, args)
            }
        };
        Some(match Shell::new(&script, &args, env, dialect) {
            Ok(shell) => Program::Script(Box::new(Script::new(shell))),
            Err(words) => {
                self.log(&[(crate::programs::outcome::Stream::Stderr, words)]);
                idle_until(self.ground.now, 2)
            }
        })
    }

    fn image_kind(&self) -> Kind {
        let container = self
            .runtime
            .cell(&self.node, self.pod)
            .and_then(|cell| cell.containers.get(self.place));
        container.map_or(Kind::Unknown, |container| container.kind())
    }

    /// Says whether the container's standard input is kept open.
    fn is_open(&self) -> bool {
        let container = self
            .runtime
            .cell(&self.node, self.pod)
            .and_then(|cell| cell.containers.get(self.place));
        container.is_some_and(|container| super::talk::is_open(container.spec()))
    }

    /// An idle process in the place of a program that nobody here knows.
    fn unknown(&self, ends: bool) -> Program {
        if ends {
            return Program::Idle(Idle {
                ends: Some((self.ground.now + self.ground.settings.job_run, 0)),
                deaf: false,
            });
        }
        idle(false)
    }

    fn postgres(&mut self, args: &[String], env: &Env) -> Program {
        let Kind::Postgres(image) = self.image_kind() else {
            return idle(false);
        };
        let (durations, now) = (durations(self.ground.settings), to_ms(self.ground.now));
        let mut env = env.clone();
        // The image's own settings are not what the pod asks for.
        for (name, own) in [
            ("PGDATA", image.default_pgdata()),
            ("PWD", env.get("PWD").cloned().unwrap_or_default()),
        ] {
            if env.get(name) == Some(&own) {
                env.remove(name);
            }
        }
        let mut server = None;
        self.files(&mut |files| {
            let birth = Birth {
                image,
                env: &env,
                args,
                durations,
                pid: 1,
                alive: &[],
            };
            server = Some(Postgres::start(&birth, files, now));
        });
        server.map_or(idle(false), |server| Program::Postgres(Box::new(server)))
    }

    /// `postgres` without the entrypoint that would leave root's rights behind.
    fn postgres_as_root(&mut self, env: &Env) -> Program {
        let words = "cat >&2 <<'EOF'\n\"root\" execution of the PostgreSQL server is not permitted.\n\
                     The server must be started under an unprivileged user ID to prevent\n\
                     possible system security compromise.  See the documentation for\n\
                     more information on how to properly start the server.\nEOF\nexit 1\n";
        let shell = Shell::new(words, &[], env, Default::default()).expect("the script is fixed");
        Program::Script(Box::new(Script::new(shell)))
    }

    fn web(&mut self, brand: WebBrand, port: u16) -> Program {
        let port = match self.image_kind() {
            Kind::Web(_, own) => own,
            _ => port,
        };
        let mut web = None;
        self.files(&mut |files| web = Some(Web::start(brand, port, files)));
        web.map_or(idle(false), |web| Program::Web(Box::new(web)))
    }

    fn cache_server(&mut self, brand: Brand, args: &[String], env: &Env) -> Program {
        let now = self.ground.now;
        let mut cache = None;
        self.files(&mut |files| cache = Some(Cache::start(brand, args, env, files, now)));
        cache.map_or(idle(false), |cache| Program::Cache(Box::new(cache)))
    }
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Says whether a tool is in every image that has a shell.
fn is_everywhere(name: &str) -> bool {
    crate::programs::shell::is_common_tool(name)
}

fn idle(deaf: bool) -> Program {
    Program::Idle(Idle { ends: None, deaf })
}

fn idle_until(at: crate::api::Time, code: i32) -> Program {
    Program::Idle(Idle {
        ends: Some((at, code)),
        deaf: false,
    })
}

/// Returns how long a server takes for what it does.
fn durations(settings: &Settings) -> Durations {
    let ms = |value: i64| u64::try_from(value).unwrap_or_default();
    Durations {
        initdb_ms: ms(settings.postgres_initdb),
        start_ms: ms(settings.postgres_start),
        recovery_ms: ms(settings.postgres_recovery),
        ..Durations::default()
    }
}
