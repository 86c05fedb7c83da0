//! The commands of a cache and their answers, as into a pipe.

use std::collections::BTreeMap;

use super::{Cache, Value};
use crate::api::Time;
use crate::programs::runtime::matches;

impl Cache {
    pub(super) fn apply(&mut self, words: &[String], now: Time) -> String {
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
                let keys = self.data.keys().filter(|known| matches(&key, known));
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
