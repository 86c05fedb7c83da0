//! Tools that show files and disks. Owners are `root`, modes the usual ones, and there are no times: those columns show
//! what a fresh container would.

use super::{Act, Call};
use crate::programs::files::Files;

/// `ls [-1aAlRdh] [PATH…]`
pub(super) fn ls(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let all = flags.has('a') || flags.has('A');
    let dots = flags.has('a');
    let (long, itself) = (flags.has('l'), flags.has('d'));
    let paths = if flags.rest.is_empty() {
        vec![".".to_owned()]
    } else {
        flags.rest.clone()
    };
    let mut code = 0;
    let (mut lines, mut dirs) = (String::new(), Vec::new());
    for name in &paths {
        let path = call.path(name);
        let (exists, is_dir) = call.on_files(|files| (files.exists(&path), files.is_dir(&path)));
        if !exists {
            call.complain(&format!("cannot access '{name}': No such file or directory"));
            code = 2;
        } else if is_dir && !itself {
            dirs.push((name.clone(), path));
        } else {
            let line = call.on_files(|files| entry(files, &path, name, long));
            lines.push_str(&line);
        }
    }
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
            if dots {
                shown.push_str(&entry(files, path, ".", long));
                shown.push_str(&entry(files, path, "..", long));
            }
            for name in names.iter().filter(|name| all || !name.starts_with('.')) {
                shown.push_str(&entry(files, &format!("{path}/{name}"), name, long));
            }
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

fn entry(files: &Files<'_>, path: &str, name: &str, long: bool) -> String {
    if !long {
        return format!("{name}\n");
    }
    let is_dir = files.is_dir(path);
    let (mode, links) = if is_dir { ("drwxr-xr-x", 2) } else { ("-rw-r--r--", 1) };
    let size = if is_dir {
        4096
    } else {
        files.file(path).map_or(0, |file| file.len())
    };
    format!("{mode} {links} root root {size:>8} Jan  1 00:00 {name}\n")
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

/// `df [-h] [PATH…]`
pub(super) fn df(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let human = flags.has('h');
    let paths: Vec<String> = flags.rest.iter().map(|name| call.path(name)).collect();
    let rows = call.on_files(|files| {
        let mut rows = Vec::new();
        let mut add = |at: &str, capacity: u64, used: u64| {
            let device = if at == "/" {
                "overlay".to_owned()
            } else {
                format!("/dev/nvme{}n1", rows.len())
            };
            let row = (device, capacity, used, at.to_owned());
            if !rows.contains(&row) {
                rows.push(row);
            }
        };
        if paths.is_empty() {
            for (at, disk) in files.mounts() {
                add(at, disk.capacity(), disk.used());
            }
        }
        for path in &paths {
            let (disk, at) = files.disk_under(path);
            add(at, disk.capacity(), disk.used());
        }
        rows
    });
    let head = if human {
        "Size  Used Avail"
    } else {
        "1K-blocks      Used Available"
    };
    call.out(&format!("Filesystem     {head} Use% Mounted on\n"));
    for (device, capacity, used, at) in rows {
        let free = capacity.saturating_sub(used);
        let percent = if capacity == 0 {
            0
        } else {
            (u128::from(used) * 100).div_ceil(u128::from(capacity))
        };
        let line = if human {
            format!(
                "{device:<14} {:>5} {:>5} {:>5} {percent:>3}% {at}\n",
                short(capacity),
                short(used),
                short(free)
            )
        } else {
            format!(
                "{device:<14} {:>9} {:>9} {:>9} {percent:>3}% {at}\n",
                capacity / 1024,
                used / 1024,
                free / 1024
            )
        };
        call.out(&line);
    }
    Act::Done(0)
}

/// Returns a size as `df -h` shows it: `9.8G`, `20K`.
fn short(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes as f64, 0);
    while size >= 1024.0 && unit < 6 {
        size /= 1024.0;
        unit += 1;
    }
    let letter = ["", "K", "M", "G", "T", "P", "E"][unit];
    if unit == 0 || size >= 10.0 {
        format!("{:.0}{letter}", size.ceil())
    } else {
        format!("{:.1}{letter}", (size * 10.0).ceil() / 10.0)
    }
}

/// `du [-sh] [PATH…]`
pub(super) fn du(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let paths = if flags.rest.is_empty() {
        vec![".".to_owned()]
    } else {
        flags.rest.clone()
    };
    for name in paths {
        let path = call.path(&name);
        let bytes = call.on_files(|files| size_of(files, &path));
        let size = if flags.has('h') {
            short(bytes)
        } else {
            (bytes / 1024).to_string()
        };
        call.out(&format!("{size}\t{name}\n"));
    }
    Act::Done(0)
}

fn size_of(files: &Files<'_>, path: &str) -> u64 {
    if !files.is_dir(path) {
        return files.file(path).map_or(0, |file| file.blocks());
    }
    let names = files.list(path).unwrap_or_default();
    4096 + names
        .iter()
        .map(|name| size_of(files, &format!("{path}/{name}")))
        .sum::<u64>()
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

/// `stat FILE…`, its size and kind only.
pub(super) fn stat(call: &mut Call<'_>) -> Act {
    let mut code = 0;
    for name in call.flags("c").rest {
        let path = call.path(&name);
        let found = call.on_files(|files| {
            let size = files.file(&path).map_or(4096, |file| file.len());
            files.exists(&path).then(|| (size, files.is_dir(&path)))
        });
        match found {
            Some((size, is_dir)) => {
                let kind = if is_dir { "directory" } else { "regular file" };
                call.out(&format!("  File: {name}\n  Size: {size:<12}{kind}\n"));
            }
            None => {
                call.complain(&format!("cannot stat '{name}': No such file or directory"));
                code = 1;
            }
        }
    }
    Act::Done(code)
}
