//! Tools that show files. There are no times: that column shows what a fresh container would.

use super::rights::Rights;
use super::{Act, Call};
use crate::programs::files::Files;

/// `ls [-1aAlRdh] [PATH…]`
pub(super) fn ls(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let all = flags.has('a') || flags.has('A');
    let dots = flags.has('a');
    let (long, itself) = (flags.has('l'), flags.has('d'));
    let knows = long.then(|| call.knows_postgres());
    let paths = if flags.rest.is_empty() {
        vec![".".to_owned()]
    } else {
        flags.rest.clone()
    };
    let mut code = 0;
    let (mut plain, mut dirs) = (Vec::new(), Vec::new());
    for name in &paths {
        let path = call.path(name);
        let (exists, is_dir) = call.on_files(|files| (files.exists(&path), files.is_dir(&path)));
        if !exists {
            call.complain(&format!("cannot access '{name}': No such file or directory"));
            code = 2;
        } else if is_dir && !itself {
            dirs.push((name.clone(), path));
        } else {
            plain.push((path, name.clone()));
        }
    }
    let lines = call.on_files(|files| entries(files, &plain, knows));
    call.out(&lines);
    for (at, (name, path)) in dirs.iter().enumerate() {
        if paths.len() > 1 {
            let gap = if at > 0 || !lines.is_empty() { "\n" } else { "" };
            call.out(&format!("{gap}{name}:\n"));
        }
        let shown = call.on_files(|files| {
            let names = files.list(path).map_err(|error| error.to_string())?;
            let mut shown = String::new();
            if long {
                let blocks: u64 = names
                    .iter()
                    .filter_map(|name| files.file(&format!("{path}/{name}")).ok())
                    .map(|file| file.blocks() / 1024)
                    .sum();
                shown.push_str(&format!("total {blocks}\n"));
            }
            let mut rows = Vec::new();
            if dots {
                rows.push((path.clone(), ".".to_owned()));
                rows.push((crate::cloud::disk::parent(path).to_owned(), "..".to_owned()));
            }
            let seen = names.iter().filter(|name| all || !name.starts_with('.'));
            rows.extend(seen.map(|name| (format!("{path}/{name}"), name.clone())));
            shown.push_str(&entries(files, &rows, knows));
            Ok::<_, String>(shown)
        });
        match shown {
            Ok(shown) => call.out(&shown),
            Err(error) => {
                call.complain(&format!("reading directory '{name}': {error}"));
                code = 2;
            }
        }
    }
    Act::Done(code)
}

/// Returns the lines of `ls` for paths and the names that are shown; `knows` is set for long ones, and says whether the
/// image has the user postgres.
fn entries(files: &Files<'_>, all: &[(String, String)], knows: Option<bool>) -> String {
    let Some(knows) = knows else {
        return all.iter().map(|(_, name)| format!("{name}\n")).collect();
    };
    let rights: Vec<Rights> = all.iter().map(|(path, _)| Rights::of(files, path, knows)).collect();
    let owner_wide = rights.iter().map(|rights| rights.owner.1.len()).max().unwrap_or(0);
    let group_wide = rights.iter().map(|rights| rights.group.1.len()).max().unwrap_or(0);
    let line = |((path, name), rights): (&(String, String), &Rights)| {
        let (mode, owner, group) = (rights.letters(), rights.owner.1, rights.group.1);
        let (links, size) = if rights.is_dir {
            (2, 4096)
        } else {
            (1, files.file(path).map_or(0, |file| file.len()))
        };
        format!("{mode} {links} {owner:<owner_wide$} {group:<group_wide$} {size:>8} Jan  1 00:00 {name}\n")
    };
    all.iter().zip(&rights).map(line).collect()
}

/// `cat [FILE…]`
pub(super) fn cat(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let names = if flags.rest.is_empty() {
        vec!["-".to_owned()]
    } else {
        flags.rest
    };
    let mut code = 0;
    for name in names {
        match contents(call, &name) {
            Ok(text) => call.out(&text),
            Err(error) => {
                call.complain(&format!("{name}: {error}"));
                code = 1;
            }
        }
    }
    Act::Done(code)
}

/// Returns a file's text; `-` is what can be read.
pub(super) fn contents(call: &mut Call<'_>, name: &str) -> Result<String, String> {
    match name {
        "-" | "/dev/stdin" => Ok(std::mem::take(&mut call.input)),
        "/dev/null" => Ok(String::new()),
        "/proc/sys/kernel/hostname" | "/etc/hostname" => Ok(format!("{}\n", call.world.identity().0)),
        _ => {
            let path = call.path(name);
            call.on_files(|files| files.read_text(&path))
                .map_err(|error| error.to_string())
        }
    }
}

/// `find [PATH…] [-name PATTERN] [-type f|d] [-maxdepth N]`; what would run a command is refused.
pub(super) fn find(call: &mut Call<'_>) -> Act {
    let args = call.args().to_vec();
    let (mut roots, mut name, mut kind, mut depth) = (Vec::new(), None, None, usize::MAX);
    let mut at = 0;
    while at < args.len() {
        let value = args.get(at + 1).cloned().unwrap_or_default();
        match args[at].as_str() {
            "-name" | "-iname" => name = Some(value),
            "-type" => kind = Some(value),
            "-maxdepth" => depth = value.parse().unwrap_or(usize::MAX),
            "-mindepth" => (),
            "-print" => at = at.wrapping_sub(1),
            flag if flag.starts_with('-') => {
                call.said.err(&format!("pglab does not simulate find {flag}\n"));
                return Act::Done(126);
            }
            root => {
                roots.push(root.to_owned());
                at = at.wrapping_sub(1);
            }
        }
        at = at.wrapping_add(2);
    }
    if roots.is_empty() {
        roots.push(".".to_owned());
    }
    let mut code = 0;
    for root in roots {
        let path = call.path(&root);
        let mut lines = String::new();
        let there = call.on_files(|files| {
            walk(files, &path, &root, depth, &mut |files, path, shown| {
                let base = shown.rsplit('/').next().unwrap_or(shown);
                let named = name.as_ref().is_none_or(|name| super::super::pattern::glob(name, base));
                let of_kind = match kind.as_deref() {
                    Some("d") => files.is_dir(path),
                    Some("f") => !files.is_dir(path),
                    _ => true,
                };
                if named && of_kind {
                    lines.push_str(&format!("{shown}\n"));
                }
            });
            files.exists(&path)
        });
        call.out(&lines);
        if !there {
            call.complain(&format!("‘{root}’: No such file or directory"));
            code = 1;
        }
    }
    Act::Done(code)
}

fn walk(files: &Files<'_>, path: &str, shown: &str, depth: usize, visit: &mut dyn FnMut(&Files<'_>, &str, &str)) {
    if !files.exists(path) {
        return;
    }
    visit(files, path, shown);
    if depth == 0 || !files.is_dir(path) {
        return;
    }
    for name in files.list(path).unwrap_or_default() {
        let inner = format!("{}/{name}", path.trim_end_matches('/'));
        walk(
            files,
            &inner,
            &format!("{}/{name}", shown.trim_end_matches('/')),
            depth - 1,
            visit,
        );
    }
}
