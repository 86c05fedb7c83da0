//! Whose a file is, and who may do what with it.
//!
//! Disks know nothing of owners and modes. What is known is what everybody leaves behind: a data directory is for its
//! server alone, `lost+found` for root, and everything else is as in a fresh container. What `chmod` and `chown` asked for
//! is not kept.

use super::{Act, Call};
use crate::programs::files::Files;

/// A file's owner, group and mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rights {
    /// Its owner: number and name. A user that the image does not have is called by its number.
    pub owner: (u32, &'static str),
    /// Its group.
    pub group: (u32, &'static str),
    /// The permission bits.
    pub mode: u32,
    /// Whether it is a directory.
    pub is_dir: bool,
}

const ROOT: (u32, &str) = (0, "root");

impl Rights {
    /// Looks at what stands at `path`; `knows_postgres` says whether the image has that user.
    pub fn of(files: &Files<'_>, path: &str, knows_postgres: bool) -> Self {
        let is_dir = files.is_dir(path);
        let plain = if is_dir { 0o755 } else { 0o644 };
        let rights = |owner, group, mode| Self {
            owner,
            group,
            mode,
            is_dir,
        };
        if path.ends_with("/lost+found") {
            return rights(ROOT, ROOT, 0o700);
        }
        if !is_in_data_directory(files, path) {
            return rights(ROOT, ROOT, plain);
        }
        let mode = if is_dir { 0o700 } else { 0o600 };
        // Bitnami's images run as a user without a name, in root's group. Alpine's postgres has the number 70: left out.
        if path.starts_with("/bitnami/") {
            return rights((1001, "1001"), ROOT, mode);
        }
        let postgres = (999, if knows_postgres { "postgres" } else { "999" });
        rights(postgres, postgres, mode)
    }

    /// Returns the mode as `ls -l` shows it: `drwx------`.
    pub fn letters(&self) -> String {
        let bits = "rwxrwxrwx".chars().enumerate();
        let bits = bits.map(|(at, letter)| if self.mode >> (8 - at) & 1 == 1 { letter } else { '-' });
        let kind = if self.is_dir { 'd' } else { '-' };
        std::iter::once(kind).chain(bits).collect()
    }
}

/// Says whether `path` is a data directory or lies in one.
fn is_in_data_directory(files: &Files<'_>, path: &str) -> bool {
    let ends = path.match_indices('/').map(|(at, _)| at).skip(1);
    ends.chain([path.len()]).any(|end| {
        let dir = &path[..end];
        files.is_dir(&format!("{dir}/global")) && files.exists(&format!("{dir}/PG_VERSION"))
    })
}

impl Call<'_> {
    /// Says whether the image has the user of its database.
    pub(super) fn knows_postgres(&self) -> bool {
        self.world.has("psql") == super::Has::Yes
    }
}

/// `stat [-c FORMAT] FILE…`, without times, inodes and devices.
pub(super) fn stat(call: &mut Call<'_>) -> Act {
    let (flags, knows) = (call.flags("c"), call.knows_postgres());
    let format = flags.value('c').map(str::to_owned);
    let mut code = 0;
    for name in flags.rest {
        let path = call.path(&name);
        let found = call.on_files(|files| {
            let size = files.file(&path).map_or(4096, |file| file.len());
            files.exists(&path).then(|| (size, Rights::of(files, &path, knows)))
        });
        let Some((size, rights)) = found else {
            call.complain(&format!("cannot stat '{name}': No such file or directory"));
            code = 1;
            continue;
        };
        match shown(format.as_deref(), &name, size, &rights) {
            Ok(text) => call.out(&text),
            Err(letter) => {
                call.said.err(&format!("pglab does not simulate %{letter} of stat\n"));
                return Act::Done(126);
            }
        }
    }
    Act::Done(code)
}

/// Returns what `stat` prints of a file; the error is a letter of the format that is left out.
fn shown(format: Option<&str>, name: &str, size: u64, rights: &Rights) -> Result<String, char> {
    let kind = if rights.is_dir { "directory" } else { "regular file" };
    let (owner, group) = (rights.owner, rights.group);
    let Some(format) = format else {
        return Ok(format!(
            "  File: {name}\n  Size: {size:<12}{kind}\nAccess: (0{:o}/{})  Uid: ({:>5}/{:>8})   Gid: ({:>5}/{:>8})\n",
            rights.mode,
            rights.letters(),
            owner.0,
            owner.1,
            group.0,
            group.1
        ));
    };
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        match letters.next() {
            Some('a') => text.push_str(&format!("{:o}", rights.mode)),
            Some('A') => text.push_str(&rights.letters()),
            Some('u') => text.push_str(&owner.0.to_string()),
            Some('U') => text.push_str(owner.1),
            Some('g') => text.push_str(&group.0.to_string()),
            Some('G') => text.push_str(group.1),
            Some('s') => text.push_str(&size.to_string()),
            Some('n') => text.push_str(name),
            Some('F') => text.push_str(kind),
            Some('%') | None => text.push('%'),
            Some(other) => return Err(other),
        }
    }
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::disk::Disk;

    #[test]
    fn a_data_directory_is_for_its_server_alone() {
        let mut disk = Disk::ext4(1 << 20);
        disk.mkdir_all("/pg/global").unwrap();
        disk.write("/pg/PG_VERSION", b"16\n").unwrap();
        disk.write("/notes", b"x").unwrap();
        let files = Files::new(&mut disk);
        let told = |path: &str, knows: bool| {
            let rights = Rights::of(&files, path, knows);
            format!("{} {} {}", rights.letters(), rights.owner.1, rights.group.1)
        };
        for (path, knows, words) in [
            ("/pg", true, "drwx------ postgres postgres"),
            ("/pg/global", true, "drwx------ postgres postgres"),
            ("/pg/PG_VERSION", true, "-rw------- postgres postgres"),
            ("/pg/PG_VERSION", false, "-rw------- 999 999"),
            ("/lost+found", true, "drwx------ root root"),
            ("/notes", true, "-rw-r--r-- root root"),
            ("/", true, "drwxr-xr-x root root"),
        ] {
            assert_eq!(told(path, knows), words, "{path}");
        }
        let rights = Rights::of(&files, "/pg", true);
        assert_eq!(
            shown(Some("%a %U:%G %n"), "pg", 4096, &rights),
            Ok("700 postgres:postgres pg\n".to_owned())
        );
        assert_eq!(shown(Some("%y"), "pg", 4096, &rights), Err('y'));
    }
}
