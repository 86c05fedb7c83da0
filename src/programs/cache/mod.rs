//! A cache: keys and values in memory. What it keeps over a kill is what its configuration lets it write to its disk,
//! and what lies under that disk: with the image's defaults, a snapshot when it is asked to stop, and now and then.
//!
//! Strings, counters, lists and hashes; no scripts, no clusters, no replication. The files are pglab's own: a real
//! server could not read them.

mod commands;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::files::Files;
use super::outcome::Env;
use crate::api::Time;
use crate::programs::runtime::Brand;

/// A server that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cache {
    /// Whose server it is.
    pub brand: Brand,
    /// The port on which it listens.
    pub port: u16,
    dir: String,
    append_only: bool,
    saves: bool,
    data: BTreeMap<String, Value>,
    /// How many changes the last snapshot does not have, and since when.
    dirty: Option<(u64, Time)>,
    /// When it was told to stop, and with which exit code it does.
    pub stopped: Option<(Time, i32)>,
    /// What it has to say.
    words: Vec<String>,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Value {
    Text(String, Option<Time>),
    List(Vec<String>),
    Hash(BTreeMap<String, String>),
}

/// When a snapshot is taken by itself: after so many milliseconds, if there were so many changes (`save 3600 1 300 100
/// 60 10000`, Redis' default).
const SNAPSHOTS: [(i64, u64); 3] = [(3_600_000, 1), (300_000, 100), (60_000, 10_000)];

const SNAPSHOT: &str = "dump.rdb";

const LOG: &str = "appendonly.aof";

impl Cache {
    /// Starts a server, which reads what it finds on its disk.
    pub fn start(brand: Brand, args: &[String], env: &Env, files: &mut Files<'_>, now: Time) -> Self {
        let mut cache = Self {
            brand,
            port: if brand == Brand::Memcached { 11211 } else { 6379 },
            dir: "/data".to_owned(),
            append_only: env.get("REDIS_AOF_ENABLED").is_some_and(|value| value == "yes"),
            saves: brand != Brand::Memcached,
            data: BTreeMap::new(),
            dirty: None,
            stopped: None,
            words: Vec::new(),
        };
        let mut args = args.iter().peekable();
        if let Some(path) = args.peek().filter(|arg| arg.ends_with(".conf"))
            && let Ok(text) = files.read_text(path)
        {
            for line in text.lines() {
                let mut words = line.split_whitespace().map(str::to_owned);
                if let Some(name) = words.next() {
                    cache.configure(&name, &words.collect::<Vec<_>>().join(" "));
                }
            }
        }
        while let Some(arg) = args.next() {
            if let Some(name) = arg.strip_prefix("--") {
                let value = args.next_if(|next| !next.starts_with("--"));
                cache.configure(name, value.map_or("", String::as_str));
            }
        }
        let _ = files.mkdir_all(&cache.dir);
        cache.load(files);
        cache.words.push("* Ready to accept connections tcp".to_owned());
        let _ = now;
        cache
    }

    fn configure(&mut self, name: &str, value: &str) {
        let value = value.trim_matches('"');
        match name {
            "port" => self.port = value.parse().unwrap_or(self.port),
            "dir" => self.dir = value.to_owned(),
            "appendonly" => self.append_only = value == "yes",
            "save" => self.saves = !value.is_empty(),
            _ => (),
        }
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.dir)
    }

    /// Reads the log where it is kept, else the snapshot.
    fn load(&mut self, files: &Files<'_>) {
        if self.brand == Brand::Memcached {
            return;
        }
        if self.append_only && files.exists(&self.path(LOG)) {
            for line in files.read_text(&self.path(LOG)).unwrap_or_default().lines() {
                if let Ok(words) = serde_json::from_str::<Vec<String>>(line) {
                    self.apply(&words, Time(i64::MIN));
                }
            }
            let count = self.data.len();
            self.words
                .push(format!("* DB loaded from append only file: {count} keys"));
        } else if let Ok(text) = files.read_text(&self.path(SNAPSHOT)) {
            self.data = serde_json::from_str(&text).unwrap_or_default();
            self.words.push(format!(
                "* Done loading RDB, keys loaded: {}, keys expired: 0.",
                self.data.len()
            ));
        }
    }

    fn save(&mut self, files: &mut Files<'_>) -> bool {
        let text = serde_json::to_string(&self.data).expect("a map of texts is always JSON");
        let saved = files.write(&self.path(SNAPSHOT), text.as_bytes());
        match saved {
            Ok(()) => {
                self.dirty = None;
                self.words.push("* DB saved on disk".to_owned());
            }
            Err(error) => self
                .words
                .push(format!("# Failed opening the temp RDB file for saving: {error}")),
        }
        saved.is_ok()
    }

    /// Returns when it will take a snapshot by itself.
    pub fn due(&self) -> Option<Time> {
        let (changes, since) = self.dirty.filter(|_| self.saves)?;
        let rules = SNAPSHOTS.iter().filter(|(_, least)| changes >= *least);
        rules.map(|(after, _)| since + *after).min()
    }

    /// Lets time pass.
    pub fn advance(&mut self, files: &mut Files<'_>, now: Time) {
        if self.due().is_some_and(|due| due <= now) {
            self.save(files);
            // One that failed is tried again as if the changes were new.
            self.dirty = self.dirty.map(|(changes, _)| (changes, now));
        }
    }

    /// Takes the words that it has to say.
    pub fn take_words(&mut self) -> Vec<String> {
        std::mem::take(&mut self.words)
    }

    /// Is told to stop: it saves first, where it saves at all.
    pub fn stop(&mut self, files: &mut Files<'_>, now: Time) {
        if self.stopped.is_some() {
            return;
        }
        self.words.push("* User requested shutdown...".to_owned());
        if self.saves {
            self.words
                .push("* Saving the final RDB snapshot before exiting.".to_owned());
            if !self.save(files) {
                // Rather than lose what it has, it stays.
                self.words.push("# Error trying to save the DB, can't exit.".to_owned());
                return;
            }
        }
        self.stopped = Some((now, 0));
    }

    /// Does what a command asks, and answers as `redis-cli` prints it into a pipe.
    pub fn command(&mut self, words: &[String], files: &mut Files<'_>, now: Time) -> String {
        let name = words.first().map(|word| word.to_uppercase()).unwrap_or_default();
        match name.as_str() {
            "SAVE" | "BGSAVE" => {
                let saved = self.save(files);
                return match (saved, name.as_str()) {
                    (false, _) => "ERR".to_owned(),
                    (_, "SAVE") => "OK".to_owned(),
                    _ => "Background saving started".to_owned(),
                };
            }
            "SHUTDOWN" => {
                self.stop(files, now);
                return String::new();
            }
            _ => (),
        }
        let before = self.data.clone();
        let answer = self.apply(words, now);
        if self.data != before {
            let (changes, since) = self.dirty.unwrap_or((0, now));
            self.dirty = Some((changes + 1, since));
            if self.append_only {
                let line = serde_json::to_string(words).expect("texts are always JSON");
                let _ = files.append(&self.path(LOG), format!("{line}\n").as_bytes());
            }
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::disk::Disk;

    fn start(files: &mut Files<'_>, args: &str) -> Cache {
        let args: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        Cache::start(Brand::Redis, &args, &Env::new(), files, Time::EPOCH)
    }

    fn ask(cache: &mut Cache, files: &mut Files<'_>, command: &str) -> String {
        let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        cache.command(&words, files, Time::EPOCH)
    }

    #[test]
    fn commands_answer_as_into_a_pipe() {
        let mut disk = Disk::empty(1 << 20);
        let mut files = Files::new(&mut disk);
        let mut cache = start(&mut files, "");
        for (command, answer) in [
            ("set a 1", "OK"),
            ("get a", "1"),
            ("incr a", "2"),
            ("incrby n 5", "5"),
            ("get none", ""),
            ("set a x nx", ""),
            ("dbsize", "2"),
            ("rpush l x y z", "3"),
            ("lrange l 0 -1", "x\ny\nz"),
            (
                "incr l",
                "WRONGTYPE Operation against a key holding the wrong kind of value",
            ),
            ("hset h f v", "1"),
            ("hget h f", "v"),
            ("keys *", "a\nh\nl\nn"),
            ("del a none", "1"),
            ("get", "ERR wrong number of arguments for 'get' command"),
            ("eval x", "ERR pglab does not simulate the command 'eval'"),
        ] {
            assert_eq!(ask(&mut cache, &mut files, command), answer, "{command}");
        }
    }

    #[test]
    fn what_was_not_written_is_lost_with_the_process() {
        let mut disk = Disk::empty(1 << 20);
        let mut files = Files::new(&mut disk);
        let mut cache = start(&mut files, "");
        ask(&mut cache, &mut files, "set a 1");
        drop(cache);
        let mut cache = start(&mut files, "");
        assert_eq!(
            ask(&mut cache, &mut files, "dbsize"),
            "0",
            "killed: nothing was saved yet"
        );
        ask(&mut cache, &mut files, "set a 1");
        cache.stop(&mut files, Time::EPOCH);
        let mut cache = start(&mut files, "");
        assert_eq!(ask(&mut cache, &mut files, "get a"), "1", "asked to stop, it saves");
    }

    #[test]
    fn an_append_only_file_has_every_change_and_no_snapshots_mean_none() {
        let mut disk = Disk::empty(1 << 20);
        let mut files = Files::new(&mut disk);
        let mut cache = start(&mut files, "--appendonly yes");
        ask(&mut cache, &mut files, "set a 1");
        ask(&mut cache, &mut files, "incr a");
        drop(cache);
        let mut cache = start(&mut files, "--appendonly yes");
        assert_eq!(ask(&mut cache, &mut files, "get a"), "2");
        let mut forgetful = start(&mut files, "--save  --dir /tmp");
        ask(&mut forgetful, &mut files, "set b 1");
        assert_eq!(forgetful.due(), None);
        forgetful.stop(&mut files, Time::EPOCH);
        assert!(!files.exists("/tmp/dump.rdb"));
    }

    #[test]
    fn a_snapshot_comes_by_itself_after_an_hour() {
        let mut disk = Disk::empty(1 << 20);
        let mut files = Files::new(&mut disk);
        let mut cache = start(&mut files, "");
        ask(&mut cache, &mut files, "set a 1");
        assert_eq!(cache.due(), Some(Time::EPOCH + 3_600_000));
        cache.advance(&mut files, Time::EPOCH + 3_600_000);
        assert!(files.exists("/data/dump.rdb"));
        assert_eq!(cache.due(), None);
    }
}
