//! A cache: keys and values in memory. What it keeps over a kill is what its configuration lets it write to its disk,
//! and what lies under that disk: with the image's defaults, a snapshot when it is asked to stop, and now and then.
//!
//! Strings, counters, lists and hashes; no scripts, no clusters, no replication. The files are pglab's own: a real
//! server could not read them.

use super::files::Files;
use super::outcome::Env;
use crate::api::Time;
use crate::programs::runtime::Brand;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

    fn apply(&mut self, words: &[String], now: Time) -> String {
        let name = words.first().map(|word| word.to_uppercase()).unwrap_or_default();
        let arg = |at: usize| words.get(at).map_or("", String::as_str);
        let key = arg(1).to_owned();
        self.data
            .retain(|_, value| !matches!(value, Value::Text(_, Some(until)) if *until <= now));
        let wrong = || format!("ERR wrong number of arguments for '{}' command", name.to_lowercase());
        let kind = || "WRONGTYPE Operation against a key holding the wrong kind of value".to_owned();
        match (name.as_str(), words.len()) {
            ("PING", 1) => "PONG".to_owned(),
            ("PING" | "ECHO", 2) => key,
            ("SET", 3..) => {
                let options: Vec<String> = words[3..].iter().map(|word| word.to_uppercase()).collect();
                if options.iter().any(|option| option == "NX") && self.data.contains_key(&key) {
                    return String::new();
                }
                let after = |unit: &str, factor: i64| {
                    let at = options.iter().position(|option| option == unit)?;
                    Some(options.get(at + 1)?.parse::<i64>().ok()?.saturating_mul(factor))
                };
                let until = after("EX", 1000).or_else(|| after("PX", 1)).map(|ms| now + ms);
                self.data.insert(key, Value::Text(arg(2).to_owned(), until));
                "OK".to_owned()
            }
            ("GET", 2) => match self.data.get(&key) {
                None => String::new(),
                Some(Value::Text(text, _)) => text.clone(),
                Some(_) => kind(),
            },
            ("INCR" | "DECR", 2) | ("INCRBY" | "DECRBY", 3) => {
                let by = if words.len() == 3 { arg(2).parse::<i64>() } else { Ok(1) };
                let old = match self.data.get(&key) {
                    None => Ok(0),
                    Some(Value::Text(text, _)) => text.parse::<i64>(),
                    Some(_) => return kind(),
                };
                let (Ok(by), Ok(old)) = (by, old) else {
                    return "ERR value is not an integer or out of range".to_owned();
                };
                let by = if name.starts_with('D') { by.wrapping_neg() } else { by };
                let Some(new) = old.checked_add(by) else {
                    return "ERR increment or decrement would overflow".to_owned();
                };
                self.data.insert(key, Value::Text(new.to_string(), None));
                new.to_string()
            }
            ("APPEND", 3) => match self.data.entry(key).or_insert(Value::Text(String::new(), None)) {
                Value::Text(text, _) => {
                    text.push_str(arg(2));
                    text.len().to_string()
                }
                _ => kind(),
            },
            ("DEL" | "UNLINK", 2..) => {
                let gone = words[1..].iter().filter(|key| self.data.remove(*key).is_some()).count();
                gone.to_string()
            }
            ("EXISTS", 2..) => words[1..]
                .iter()
                .filter(|key| self.data.contains_key(*key))
                .count()
                .to_string(),
            ("DBSIZE", 1) => self.data.len().to_string(),
            ("FLUSHALL" | "FLUSHDB", 1..) => {
                self.data.clear();
                "OK".to_owned()
            }
            ("KEYS", 2) => {
                let keys = self.data.keys().filter(|known| super::runtime::matches(&key, known));
                keys.cloned().collect::<Vec<_>>().join("\n")
            }
            ("TTL", 2) => match self.data.get(&key) {
                None => "-2".to_owned(),
                Some(Value::Text(_, Some(until))) => ((*until - now + 999) / 1000).to_string(),
                Some(_) => "-1".to_owned(),
            },
            ("EXPIRE", 3) => match (self.data.get_mut(&key), arg(2).parse::<i64>()) {
                (Some(Value::Text(_, until)), Ok(seconds)) => {
                    *until = Some(now + seconds.saturating_mul(1000));
                    "1".to_owned()
                }
                _ => "0".to_owned(),
            },
            ("LPUSH" | "RPUSH", 3..) => match self.data.entry(key).or_insert(Value::List(Vec::new())) {
                Value::List(list) => {
                    for word in &words[2..] {
                        let at = if name == "LPUSH" { 0 } else { list.len() };
                        list.insert(at, word.clone());
                    }
                    list.len().to_string()
                }
                _ => kind(),
            },
            ("LRANGE", 4) => match self.data.get(&key) {
                None => String::new(),
                Some(Value::List(list)) => {
                    let len = list.len() as i64;
                    let place = |text: &str| {
                        let at = text.parse::<i64>().unwrap_or(0);
                        if at < 0 { len + at } else { at }
                    };
                    let (from, to) = (place(arg(2)).max(0), place(arg(3)).min(len - 1));
                    let range = list
                        .iter()
                        .enumerate()
                        .filter(|(at, _)| (from..=to).contains(&(*at as i64)));
                    range.map(|(_, word)| word.clone()).collect::<Vec<_>>().join("\n")
                }
                Some(_) => kind(),
            },
            ("LLEN", 2) => match self.data.get(&key) {
                None => "0".to_owned(),
                Some(Value::List(list)) => list.len().to_string(),
                Some(_) => kind(),
            },
            ("HSET", 4..) => match self.data.entry(key).or_insert(Value::Hash(BTreeMap::new())) {
                Value::Hash(hash) => {
                    let pairs = words[2..].chunks_exact(2);
                    let new = pairs.filter(|pair| hash.insert(pair[0].clone(), pair[1].clone()).is_none());
                    new.count().to_string()
                }
                _ => kind(),
            },
            ("HGET", 3) => match self.data.get(&key) {
                None => String::new(),
                Some(Value::Hash(hash)) => hash.get(arg(2)).cloned().unwrap_or_default(),
                Some(_) => kind(),
            },
            ("HGETALL", 2) => match self.data.get(&key) {
                None => String::new(),
                Some(Value::Hash(hash)) => {
                    let lines = hash.iter().map(|(name, value)| format!("{name}\n{value}"));
                    lines.collect::<Vec<_>>().join("\n")
                }
                Some(_) => kind(),
            },
            ("INFO", _) => format!(
                "# Persistence\r\nrdb_changes_since_last_save:{}\r\naof_enabled:{}\r\n# Keyspace\r\ndb0:keys={}",
                self.dirty.map_or(0, |(changes, _)| changes),
                u8::from(self.append_only),
                self.data.len()
            ),
            (
                "PING" | "ECHO" | "SET" | "GET" | "INCR" | "DECR" | "INCRBY" | "DECRBY" | "APPEND" | "DEL" | "UNLINK"
                | "EXISTS" | "DBSIZE" | "KEYS" | "TTL" | "EXPIRE" | "LPUSH" | "RPUSH" | "LRANGE" | "LLEN" | "HSET"
                | "HGET" | "HGETALL",
                _,
            ) => wrong(),
            _ => format!(
                "ERR pglab does not simulate the command '{}'",
                words.first().map_or("", String::as_str)
            ),
        }
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
