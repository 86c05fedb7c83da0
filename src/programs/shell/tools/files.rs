//! Tools that change files.

use super::{Act, Call};
use crate::cloud::disk::DiskError;
use crate::programs::bytes::bytes_of;
use crate::programs::files::Files;

/// Linux' `PATH_MAX`.
const LONGEST_PATH: usize = 4096;

/// `mkdir [-p] DIR…`
pub(super) fn mkdir(call: &mut Call<'_>) -> Act {
    let flags = call.flags("m");
    let mut code = 0;
    for name in &flags.rest {
        let path = call.path(name);
        let parents = flags.has('p') || flags.has_long("parents");
        if path.len() > LONGEST_PATH {
            call.complain(&format!("cannot create directory ‘{name}’: File name too long"));
            return Act::Done(1);
        }
        let made = call.on_files(|files| {
            if parents {
                files.mkdir_all(&path)
            } else {
                files.mkdir(&path)
            }
        });
        if let Err(error) = made {
            call.complain(&format!("cannot create directory ‘{name}’: {error}"));
            code = 1;
        }
    }
    Act::Done(code)
}

/// `rmdir DIR…`
pub(super) fn rmdir(call: &mut Call<'_>) -> Act {
    let mut code = 0;
    for name in call.flags("").rest {
        let path = call.path(&name);
        let removed = call.on_files(|files| {
            if files.is_dir(&path) {
                files.remove(&path)
            } else {
                Err(DiskError::NotADirectory)
            }
        });
        if let Err(error) = removed {
            call.complain(&format!("failed to remove '{name}': {error}"));
            code = 1;
        }
    }
    Act::Done(code)
}

/// `rm [-r] [-f] FILE…`
pub(super) fn rm(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let (recursive, force) = (flags.has('r') || flags.has('R'), flags.has('f'));
    let mut code = 0;
    for name in &flags.rest {
        let path = call.path(name);
        let removed = call.on_files(|files| match (files.is_dir(&path), recursive) {
            (true, false) => Err(DiskError::IsADirectory),
            (true, true) => remove_tree(files, &path),
            _ => files.remove(&path),
        });
        match removed {
            Err(DiskError::NotFound) if force => (),
            Err(error) => {
                call.complain(&format!("cannot remove '{name}': {error}"));
                code = 1;
            }
            Ok(()) => (),
        }
    }
    Act::Done(code)
}

/// Removes a directory; one that is a mount point is emptied and stays.
fn remove_tree(files: &mut Files<'_>, path: &str) -> Result<(), DiskError> {
    if files.disk_under(path).1 == path {
        for name in files.list(path)? {
            let inner = format!("{path}/{name}");
            if files.is_dir(&inner) {
                remove_tree(files, &inner)?
            } else {
                files.remove(&inner)?
            }
        }
        return Ok(());
    }
    files.remove_all(path)
}

/// `touch FILE…`: there are no times of files.
pub(super) fn touch(call: &mut Call<'_>) -> Act {
    let mut code = 0;
    for name in call.flags("dtr").rest {
        let path = call.path(&name);
        let touched = call.on_files(|files| {
            if files.exists(&path) {
                Ok(())
            } else {
                files.write(&path, b"")
            }
        });
        if let Err(error) = touched {
            call.complain(&format!("cannot touch '{name}': {error}"));
            code = 1;
        }
    }
    Act::Done(code)
}

/// Owners and modes are left out: what only changes those is done at once.
pub(super) fn no_owner(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let mut code = 0;
    for name in flags.rest.iter().skip(1) {
        let path = call.path(name);
        if !call.on_files(|files| files.exists(&path)) {
            call.complain(&format!("cannot access '{name}': No such file or directory"));
            code = 1;
        }
    }
    Act::Done(code)
}

/// `mktemp [-d]`
pub(super) fn mktemp(call: &mut Call<'_>) -> Act {
    let flags = call.flags("p");
    let path = format!("/tmp/tmp.{}", crate::api::hash::suffix(call.world.draw()));
    let made = call.on_files(|files| {
        files.mkdir_all("/tmp")?;
        if flags.has('d') {
            files.mkdir(&path)
        } else {
            files.write(&path, b"")
        }
    });
    match made {
        Ok(()) => {
            call.out(&format!("{path}\n"));
            Act::Done(0)
        }
        Err(error) => call.complain(&format!("failed to create file via template ‘{path}’: {error}")),
    }
}

/// `tee [-a] FILE…`
pub(super) fn tee(call: &mut Call<'_>) -> Act {
    let flags = call.flags("");
    let text = std::mem::take(&mut call.input);
    call.out(&text);
    let mut code = 0;
    for name in &flags.rest {
        let path = call.path(name);
        let written = call.on_files(|files| {
            if flags.has('a') {
                files.append(&path, &bytes_of(&text))
            } else {
                files.write(&path, &bytes_of(&text))
            }
        });
        if let Err(error) = written {
            call.complain(&format!("{name}: {error}"));
            code = 1;
        }
    }
    Act::Done(code)
}

/// Returns where a thing lands that is put at `to`: inside it, when that is a directory.
fn landing(files: &Files<'_>, from: &str, to: &str) -> String {
    let name = from.rsplit('/').next().unwrap_or_default();
    if files.is_dir(to) {
        format!("{}/{name}", to.trim_end_matches('/'))
    } else {
        to.to_owned()
    }
}

/// `cp [-r] FROM… TO`
pub(super) fn cp(call: &mut Call<'_>) -> Act {
    transfer(call, false)
}

/// `mv FROM… TO`
pub(super) fn mv(call: &mut Call<'_>) -> Act {
    transfer(call, true)
}

fn transfer(call: &mut Call<'_>, away: bool) -> Act {
    let flags = call.flags("");
    let Some((to, froms)) = flags.rest.split_last().filter(|(_, froms)| !froms.is_empty()) else {
        return call.complain("missing file operand");
    };
    let recursive = away || flags.letters.contains(['r', 'R', 'a']);
    let target = call.path(to);
    let mut code = 0;
    for name in froms {
        let from = call.path(name);
        let done = call.on_files(|files| {
            if !files.exists(&from) {
                return Err(format!("cannot stat '{name}': No such file or directory"));
            }
            if files.is_dir(&from) && !recursive {
                return Err(format!("-r not specified; omitting directory '{name}'"));
            }
            // `cp -r dir/. to` means what is in it.
            let inside = name.ends_with("/.");
            let to = if inside {
                target.clone()
            } else {
                landing(files, &from, &target)
            };
            let copied = copy(files, &from, &to);
            let copied = copied.and_then(|()| if away { files.remove_all(&from) } else { Ok(()) });
            copied.map_err(|error| format!("cannot create '{to}': {error}"))
        });
        if let Err(words) = done {
            call.complain(&words);
            code = 1;
        }
    }
    Act::Done(code)
}

fn copy(files: &mut Files<'_>, from: &str, to: &str) -> Result<(), DiskError> {
    if !files.is_dir(from) {
        let bytes = files.read(from)?;
        return files.write(to, &bytes);
    }
    files.mkdir_all(to)?;
    for name in files.list(from)? {
        copy(files, &format!("{from}/{name}"), &format!("{to}/{name}"))?;
    }
    Ok(())
}
