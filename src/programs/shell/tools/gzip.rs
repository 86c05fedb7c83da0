//! `gzip`, `gunzip` and `zcat`: files and pipes that are packed and unpacked, in the words of GNU gzip 1.12.
//!
//! Left out: `-l`, `-r`, `-S`, and that an unpacked file has the time of the packed one.

use super::{Act, Call, Flags};
use crate::cloud::disk::DiskError;
use crate::programs::bytes::{bytes_of, text_of};
use flate2::Compression;
use flate2::read::{GzEncoder, MultiGzDecoder};
use std::io::Read;

/// How much one file may hold when it is unpacked, in bytes: what is larger is refused, since all of it is held at once.
const MOST: u64 = 1 << 28;

/// `gzip [-cdfknqtv1-9] [FILE…]`, `gunzip` and `zcat`
pub(super) fn gzip(call: &mut Call<'_>) -> Act {
    let flags = call.flags("S");
    let long = |name: &str| flags.has_long(name);
    let unpack = call.name() != "gzip" || flags.has('d') || long("decompress") || long("uncompress") || testing(&flags);
    let to_stdout = call.name() == "zcat" || flags.has('c') || long("stdout") || long("to-stdout");
    if let Some(letter) = flags.letters.chars().find(|letter| "lrS".contains(*letter)) {
        call.said.err(&format!("pglab does not simulate -{letter} of gzip\n"));
        return Act::Done(1);
    }
    let keep = flags.has('k') || long("keep");
    let force = flags.has('f') || long("force");
    let level = level(&flags);
    let names = if flags.rest.is_empty() {
        vec!["-".to_owned()]
    } else {
        flags.rest.clone()
    };
    let mut worst = 0;
    for name in names {
        let job = Job {
            name: &name,
            unpack,
            to_stdout: to_stdout || name == "-",
            only_test: testing(&flags),
            keep,
            force,
            level,
        };
        if let Err((code, words)) = job.run(call) {
            call.said.err(&words);
            // A warning (2) weighs less than an error (1).
            worst = if worst == 1 || code == 1 { 1 } else { code };
        }
    }
    Act::Done(worst)
}

fn testing(flags: &Flags) -> bool {
    flags.has('t') || flags.has_long("test")
}

fn level(flags: &Flags) -> u32 {
    let digit = flags.letters.chars().rev().find_map(|letter| letter.to_digit(10));
    match digit {
        Some(digit) => digit.clamp(1, 9),
        None if flags.has_long("best") => 9,
        None if flags.has_long("fast") => 1,
        None => 6,
    }
}

/// What becomes of one file.
struct Job<'a> {
    name: &'a str,
    unpack: bool,
    to_stdout: bool,
    only_test: bool,
    keep: bool,
    force: bool,
    level: u32,
}

/// An exit code, and what is said.
type Trouble = (i32, String);

impl Job<'_> {
    fn run(&self, call: &mut Call<'_>) -> Result<(), Trouble> {
        let shown = if self.name == "-" { "stdin" } else { self.name };
        let tool = call.name().to_owned();
        let trouble = |code: i32, words: &str| (code, format!("{tool}: {shown}: {words}\n"));
        let target = if self.to_stdout || self.only_test {
            None
        } else {
            Some(self.target(&trouble)?)
        };
        let bytes = self.read(call).map_err(|why| match why {
            DiskError::IsADirectory => (2, format!("{tool}: {shown} is a directory -- ignored\n")),
            why => trouble(1, &why.to_string()),
        })?;
        let made = if self.unpack {
            unpacked(&bytes)
        } else {
            packed(&bytes, self.level)
        };
        let made = made.map_err(|why| match self.name {
            "-" => (1, format!("\n{tool}: stdin: {why}\n")),
            _ => (1, format!("\n{tool}: {shown}: {why}\n")),
        })?;
        match target {
            _ if self.only_test => Ok(()),
            None => {
                call.out(&text_of(&made));
                Ok(())
            }
            Some(target) => {
                let (from, to) = (call.path(self.name), call.path(&target));
                let (keep, force) = (self.keep, self.force);
                let done = call.on_files(|files| {
                    if files.exists(&to) && !force {
                        return Err(None);
                    }
                    files.write(&to, &made).map_err(Some)?;
                    if keep {
                        Ok(())
                    } else {
                        files.remove(&from).map_err(Some)
                    }
                });
                done.map_err(|error| match error {
                    None => (2, format!("{tool}: {target} already exists;\tnot overwritten\n")),
                    Some(error) => (1, format!("{tool}: {target}: {error}\n")),
                })
            }
        }
    }

    /// Returns the name of the file that is made.
    fn target(&self, trouble: &dyn Fn(i32, &str) -> Trouble) -> Result<String, Trouble> {
        if self.unpack {
            let tar = self.name.strip_suffix(".tgz").map(|base| format!("{base}.tar"));
            let plain = self.name.strip_suffix(".gz").map(str::to_owned).or(tar);
            return plain.ok_or_else(|| trouble(2, "unknown suffix -- ignored"));
        }
        if self.name.ends_with(".gz") && !self.force {
            return Err(trouble(2, "already has .gz suffix -- unchanged"));
        }
        Ok(format!("{}.gz", self.name))
    }

    fn read(&self, call: &mut Call<'_>) -> Result<Vec<u8>, DiskError> {
        if self.name == "-" {
            return Ok(bytes_of(&std::mem::take(&mut call.input)).into_owned());
        }
        let path = call.path(self.name);
        call.on_files(|files| {
            if files.is_dir(&path) {
                return Err(DiskError::IsADirectory);
            }
            files.read(&path)
        })
    }
}

fn packed(bytes: &[u8], level: u32) -> Result<Vec<u8>, String> {
    let mut made = Vec::new();
    let read = GzEncoder::new(bytes, Compression::new(level)).read_to_end(&mut made);
    read.map(|_| made).map_err(|error| error.to_string())
}

fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, String> {
    if bytes.is_empty() {
        return Err("unexpected end of file".to_owned());
    }
    if !bytes.starts_with(&[0x1F, 0x8B]) {
        return Err("not in gzip format".to_owned());
    }
    let mut made = Vec::new();
    match MultiGzDecoder::new(bytes).take(MOST + 1).read_to_end(&mut made) {
        Ok(_) if made.len() as u64 > MOST => Err("pglab unpacks 256 MiB at most".to_owned()),
        Ok(_) => Ok(made),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err("unexpected end of file".to_owned()),
        Err(_) => Err("invalid compressed data--format violated".to_owned()),
    }
}
