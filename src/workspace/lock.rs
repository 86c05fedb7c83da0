//! One at a time: who changes a folder holds its lock, and who waits for it is told who that is.

use super::trouble::Trouble;
use super::wall::Wall;
use crate::sim::Lang;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

/// The lock of a folder, held. It ends with this value, or with the process, however that dies.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

/// After how long whoever waits is told why, and after how long it gives up, in milliseconds.
const TELL_MS: i64 = 2_000;
const GIVE_UP_MS: i64 = 60_000;

impl Lock {
    /// Waits for the lock at `path` and takes it, in the name of a command.
    pub fn take(path: &Path, words: &str, wall: &dyn Wall) -> Result<Self, Trouble> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let mut file = file.map_err(|error| Trouble::file("lock", path, &error))?;
        let since = wall.now_ms();
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(Trouble::file("lock", path, &error)),
                Err(TryLockError::WouldBlock) => (),
            }
            let waited = wall.now_ms() - since;
            if waited > GIVE_UP_MS {
                return Err(Trouble::new(
                    format!("the cluster is held by {} for more than a minute", holder(&mut file)),
                    "wait until that command ends, or end it",
                ));
            }
            if waited > TELL_MS && !told {
                told = true;
                let holder = holder(&mut file);
                wall.tell(&match wall.lang() {
                    Lang::En => format!("waiting for {holder}, which holds this cluster"),
                    Lang::Ko => format!("다른 명령이 끝나기를 기다리는 중: {holder}"),
                });
            }
            wall.sleep(5);
        }
        let mut lock = Self { file };
        // Only for the eyes of whoever waits: a lock without a name is a lock.
        let _: std::io::Result<()> = lock.sign(words);
        Ok(lock)
    }

    fn sign(&mut self, words: &str) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        write!(self.file, "`{words}` (process {})", std::process::id())
    }
}

/// Returns what the holder has written about itself.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    match read {
        Ok(_) if !text.is_empty() => text,
        _ => "another command".to_owned(),
    }
}
