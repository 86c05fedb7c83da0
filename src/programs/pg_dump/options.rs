//! What people type after `pg_dump`.

use crate::programs::outcome::Env;
use crate::programs::psql::LoginOptions;

/// The options that pglab's pg_dump knows.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// Where and as whom to connect.
    pub login: LoginOptions,
    /// `-f`
    pub file: Option<String>,
    /// `-t`
    pub tables: Vec<String>,
    /// `-T`
    pub not_tables: Vec<String>,
    /// `-n`
    pub schemas: Vec<String>,
    /// `-N`
    pub not_schemas: Vec<String>,
    /// Whether objects are dumped: not with `-a`.
    pub schema: bool,
    /// Whether rows are dumped: not with `-s`.
    pub data: bool,
    /// `-c`
    pub clean: bool,
    /// `--if-exists`
    pub if_exists: bool,
    /// `-C`
    pub create: bool,
    /// `-O`
    pub no_owner: bool,
    /// `--no-comments`
    pub no_comments: bool,
    /// Rows of one INSERT; none means COPY.
    pub inserts: Option<usize>,
    /// `--column-inserts`
    pub column_inserts: bool,
    /// `-V`
    pub version: bool,
}

const LONG: &[(&str, char)] = &[
    ("host", 'h'),
    ("port", 'p'),
    ("username", 'U'),
    ("dbname", 'd'),
    ("file", 'f'),
    ("format", 'F'),
    ("table", 't'),
    ("exclude-table", 'T'),
    ("schema", 'n'),
    ("exclude-schema", 'N'),
    ("schema-only", 's'),
    ("data-only", 'a'),
    ("clean", 'c'),
    ("create", 'C'),
    ("no-owner", 'O'),
    ("no-privileges", 'x'),
    ("no-acl", 'x'),
    ("no-password", 'w'),
    ("password", 'W'),
    ("encoding", 'E'),
    ("compress", 'Z'),
    ("version", 'V'),
    ("blobs", 'b'),
    ("no-blobs", 'B'),
];

impl Options {
    /// Reads the words, pg_dump's own name first; the error is what pg_dump would say.
    pub fn read(words: &[String], env: &Env) -> Result<Self, String> {
        let mut options = Self {
            login: LoginOptions::default(),
            file: None,
            tables: Vec::new(),
            not_tables: Vec::new(),
            schemas: Vec::new(),
            not_schemas: Vec::new(),
            schema: true,
            data: true,
            clean: false,
            if_exists: false,
            create: false,
            no_owner: false,
            no_comments: false,
            inserts: None,
            column_inserts: false,
            version: false,
        };
        let mut rest = words.iter().skip(1);
        while let Some(word) = rest.next() {
            if let Some(long) = word.strip_prefix("--") {
                let (name, value) = long
                    .split_once('=')
                    .map_or((long, None), |(n, v)| (n, Some(v.to_owned())));
                match LONG.iter().find(|(known, _)| *known == name) {
                    Some((_, letter)) => {
                        let value = if takes_value(*letter) {
                            value.or_else(|| rest.next().cloned())
                        } else {
                            None
                        };
                        options.set(*letter, value)?;
                    }
                    None => options.long(word, name, value, &mut rest)?,
                }
            } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                for (at, letter) in letters.char_indices() {
                    let left = &letters[at + letter.len_utf8()..];
                    if !takes_value(letter) {
                        options.set(letter, None)?;
                        continue;
                    }
                    let value = if left.is_empty() {
                        rest.next().cloned()
                    } else {
                        Some(left.to_owned())
                    };
                    options.set(letter, value)?;
                    break;
                }
            } else if options.login.database.is_none() {
                options.set('d', Some(word.clone()))?;
            } else {
                return Err(format!(
                    "pg_dump: error: too many command-line arguments (first is \"{word}\")\n\
                     pg_dump: hint: Try \"pg_dump --help\" for more information."
                ));
            }
        }
        options.login.fill_from(env);
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<(), String> {
        let together = |a: &str, b: &str| Err(format!("pg_dump: error: options {a} and {b} cannot be used together"));
        if !self.data && !self.schema {
            return together("-s/--schema-only", "-a/--data-only");
        }
        if self.clean && !self.schema {
            return together("-c/--clean", "-a/--data-only");
        }
        if self.if_exists && !self.clean {
            return Err("pg_dump: error: option --if-exists requires option -c/--clean".to_owned());
        }
        Ok(())
    }

    fn long<'w>(
        &mut self,
        word: &str,
        name: &str,
        value: Option<String>,
        rest: &mut impl Iterator<Item = &'w String>,
    ) -> Result<(), String> {
        match name {
            "inserts" => self.inserts = self.inserts.or(Some(1)),
            "column-inserts" | "attribute-inserts" => {
                self.inserts = self.inserts.or(Some(1));
                self.column_inserts = true;
            }
            "rows-per-insert" => {
                let value = value.or_else(|| rest.next().cloned()).unwrap_or_default();
                match value.parse::<usize>() {
                    Ok(count @ 1..) => self.inserts = Some(count),
                    _ => {
                        return Err(format!(
                            "pg_dump: error: invalid value \"{value}\" for option --rows-per-insert"
                        ));
                    }
                }
            }
            "if-exists" => self.if_exists = true,
            "no-comments" => self.no_comments = true,
            // Nothing here has any of these.
            "no-publications"
            | "no-subscriptions"
            | "no-security-labels"
            | "no-tablespaces"
            | "no-sync"
            | "no-toast-compression"
            | "no-table-access-method" => (),
            "disable-triggers"
            | "enable-row-security"
            | "exclude-table-data"
            | "extension"
            | "extra-float-digits"
            | "help"
            | "include-foreign-data"
            | "jobs"
            | "lock-wait-timeout"
            | "load-via-partition-root"
            | "on-conflict-do-nothing"
            | "quote-all-identifiers"
            | "role"
            | "section"
            | "serializable-deferrable"
            | "snapshot"
            | "strict-names"
            | "superuser"
            | "use-set-session-authorization"
            | "verbose"
            | "disable-dollar-quoting"
            | "binary-upgrade"
            | "no-unlogged-table-data" => {
                return Err(format!("pglab does not simulate --{name} of pg_dump"));
            }
            _ => {
                return Err(format!(
                    "pg_dump: unrecognized option '{word}'\n\
                     pg_dump: hint: Try \"pg_dump --help\" for more information."
                ));
            }
        }
        Ok(())
    }

    fn set(&mut self, letter: char, value: Option<String>) -> Result<(), String> {
        if takes_value(letter) && value.is_none() {
            return Err(format!(
                "pg_dump: option requires an argument -- '{letter}'\n\
                 pg_dump: hint: Try \"pg_dump --help\" for more information."
            ));
        }
        let text = value.unwrap_or_default();
        match letter {
            'h' | 'p' | 'U' | 'd' => self.login.set(letter, &text, "pg_dump")?,
            'f' => self.file = Some(text),
            't' => self.tables.push(text),
            'T' => self.not_tables.push(text),
            'n' => self.schemas.push(text),
            'N' => self.not_schemas.push(text),
            's' => self.data = false,
            'a' => self.schema = false,
            'c' => self.clean = true,
            'C' => self.create = true,
            'O' => self.no_owner = true,
            'V' => self.version = true,
            // Rights are not kept, passwords not asked for, large objects unknown.
            'x' | 'w' | 'W' | 'b' | 'B' => (),
            'F' => match text.as_str() {
                "p" | "plain" => (),
                "c" | "custom" | "d" | "directory" | "t" | "tar" => {
                    return Err(format!(
                        "pglab does not simulate --format={text} of pg_dump: only plain"
                    ));
                }
                _ => return Err(format!("pg_dump: error: invalid output format \"{text}\" specified")),
            },
            'Z' if text == "0" => (),
            'E' if text.eq_ignore_ascii_case("utf8") || text.eq_ignore_ascii_case("utf-8") => (),
            'Z' | 'E' | 'j' | 'v' | 'e' | 'S' | '?' => {
                return Err(format!("pglab does not simulate -{letter} {text} of pg_dump"));
            }
            _ => {
                return Err(format!(
                    "pg_dump: invalid option -- '{letter}'\n\
                     pg_dump: hint: Try \"pg_dump --help\" for more information."
                ));
            }
        }
        Ok(())
    }
}

fn takes_value(letter: char) -> bool {
    "hpUdfFtTnNEZjSe".contains(letter)
}
