//! `postgresql.conf` and the command line: which parameters a server starts with.

use std::collections::BTreeMap;

use crate::programs::files::Files;
use crate::programs::sql::Report;

/// Parameters by their lower-case names.
pub type Parameters = BTreeMap<String, String>;

/// How deep files may include one another (guc-file.l, `CONF_FILE_MAX_DEPTH`).
const DEPTH: usize = 10;

/// Reads a configuration file with all that it includes; the error is what the server logs of a file that is not there.
pub fn read(files: &Files, path: &str) -> Result<Parameters, String> {
    let mut parameters = Parameters::new();
    include(files, path, 0, &mut parameters)?;
    Ok(parameters)
}

/// Returns the path that a file means by a name: one that begins with no slash is looked for in a folder.
pub fn beside(folder: &str, name: &str) -> String {
    match name.starts_with('/') {
        true => name.to_owned(),
        false => format!("{folder}/{name}"),
    }
}

fn include(files: &Files, path: &str, depth: usize, parameters: &mut Parameters) -> Result<(), String> {
    if depth > DEPTH {
        return Err(format!(
            "could not open configuration file \"{path}\": maximum nesting depth exceeded"
        ));
    }
    let text = files
        .read_text(path)
        .map_err(|error| format!("could not open configuration file \"{path}\": {error}"))?;
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = |name: &str| beside(folder, name);
    for (name, value) in text.lines().filter_map(parse_line) {
        match &*name {
            "include" => include(files, &beside(&value), depth + 1, parameters)?,
            "include_if_exists" if files.file(&beside(&value)).is_err() => (),
            "include_if_exists" => include(files, &beside(&value), depth + 1, parameters)?,
            "include_dir" => {
                let folder = beside(&value);
                let mut names = files
                    .list(&folder)
                    .map_err(|error| format!("could not open configuration directory \"{folder}\": {error}"))?;
                names.retain(|name| name.ends_with(".conf") && !name.starts_with('.'));
                names.sort();
                for name in names {
                    include(files, &format!("{folder}/{name}"), depth + 1, parameters)?;
                }
            }
            _ => {
                parameters.insert(name, value);
            }
        }
    }
    Ok(())
}

/// Reads the lines of a text that includes nothing: `postgresql.auto.conf`.
pub fn parse_file(text: &str) -> Parameters {
    text.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<(String, String)> {
    let line = line.trim_start();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line.find(|c: char| c == '=' || c.is_whitespace())?;
    let (name, rest) = line.split_at(end);
    let rest = rest.trim_start().strip_prefix('=').unwrap_or(rest).trim_start();
    let value = match rest.strip_prefix('\'') {
        Some(quoted) => {
            let mut value = String::new();
            let mut letters = quoted.chars().peekable();
            while let Some(letter) = letters.next() {
                match letter {
                    '\'' if letters.peek() == Some(&'\'') => {
                        letters.next();
                        value.push('\'');
                    }
                    '\'' => break,
                    letter => value.push(letter),
                }
            }
            value
        }
        None => rest
            .split(|c: char| c == '#' || c.is_whitespace())
            .next()
            .unwrap_or_default()
            .to_owned(),
    };
    Some((name.to_lowercase(), value))
}

/// Reads a server's arguments: `-c name=value`, `--name=value`, `-p`, `-N`, `-B`, `-F`; the first may be `postgres`.
pub fn parse_args(args: &[String]) -> Result<Parameters, Report> {
    let mut parameters = Parameters::new();
    let mut words = args.iter().map(String::as_str).peekable();
    if words
        .peek()
        .is_some_and(|first| first.rsplit('/').next() == Some("postgres"))
    {
        words.next();
    }
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = setting(long, "--")?;
            parameters.insert(name, value);
            continue;
        }
        let Some(letter) = word.strip_prefix('-').and_then(|rest| rest.chars().next()) else {
            return Err(invalid(word));
        };
        let glued = &word[1 + letter.len_utf8()..];
        let mut value = || {
            if glued.is_empty() {
                words.next().unwrap_or_default()
            } else {
                glued
            }
        };
        let (name, value) = match letter {
            'c' => setting(value(), "-c ")?,
            'p' => ("port".into(), value().into()),
            'N' => ("max_connections".into(), value().into()),
            'B' => ("shared_buffers".into(), value().into()),
            'D' => ("data_directory".into(), value().into()),
            'k' => ("unix_socket_directories".into(), value().into()),
            'h' => ("listen_addresses".into(), value().into()),
            'F' => ("fsync".into(), "off".into()),
            'i' => ("listen_addresses".into(), "*".into()),
            _ => return Err(invalid(word)),
        };
        parameters.insert(name, value);
    }
    Ok(parameters)
}

fn setting(text: &str, option: &str) -> Result<(String, String), Report> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.trim().replace('-', "_").to_lowercase(), value.to_owned())),
        None => Err(Report::fatal("42601", format!("{option}{text} requires a value"))),
    }
}

fn invalid(word: &str) -> Report {
    Report::fatal("42601", format!("invalid argument: \"{word}\""))
        .hint("Try \"postgres --help\" for more information.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_arguments_name_parameters() {
        let file = parse_file("# x\nmax_connections = 100\t# (change)\nlisten_addresses = '*'\nlc_messages 'it''s'\n");
        assert_eq!(file["max_connections"], "100");
        assert_eq!(file["listen_addresses"], "*");
        assert_eq!(file["lc_messages"], "it's");
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let args = parse_args(&words("postgres -c max_connections=5 -p5433 --shared-buffers=1GB")).unwrap();
        assert_eq!(args["max_connections"], "5");
        assert_eq!(args["port"], "5433");
        assert_eq!(args["shared_buffers"], "1GB");
        assert!(parse_args(&words("-c max_connections")).is_err());
        assert_eq!(
            parse_args(&words("postgres reader")).unwrap_err().message,
            "invalid argument: \"reader\""
        );
    }
}
