//! The way from an object to one of its fields, as Kubernetes writes it: `spec.containers[0].image`.

use std::fmt;

/// A way down a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into a map.
    Key(String),
    /// Into a list.
    Index(usize),
}

impl Path {
    /// Returns the path of the object itself.
    pub fn root() -> Path {
        Path::default()
    }

    /// Reads `spec.containers[0].env` or `metadata.labels[app.kubernetes.io/name]`; every text is some path.
    pub fn parse(text: &str) -> Path {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let (key, after) = inside.split_once(']').unwrap_or((inside, ""));
                steps.push(match key.parse() {
                    Ok(index) => Step::Index(index),
                    Err(_) => Step::Key(key.to_owned()),
                });
                rest = after.strip_prefix('.').unwrap_or(after);
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                steps.push(Step::Key(rest[..end].to_owned()));
                rest = rest[end..].strip_prefix('.').unwrap_or(&rest[end..]);
            }
        }
        Path(steps)
    }

    /// Returns the path of a field or a key below this one.
    pub fn key(&self, key: &str) -> Path {
        let mut steps = self.0.clone();
        steps.push(Step::Key(key.to_owned()));
        Path(steps)
    }

    /// Returns the path of an item below this one.
    pub fn index(&self, index: usize) -> Path {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Path(steps)
    }

    /// Returns the path of several fields below this one, `a.b[0].c`.
    pub fn join(&self, below: &str) -> Path {
        let mut steps = self.0.clone();
        steps.extend(Path::parse(below).0);
        Path(steps)
    }

    /// Returns the steps from the top.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Returns the path of what holds this one.
    pub fn parent(&self) -> Path {
        Path(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    /// Returns the first `count` steps.
    pub fn first(&self, count: usize) -> Path {
        Path(self.0[..count.min(self.0.len())].to_vec())
    }

    /// Returns the last key, if the path ends with one.
    pub fn last_key(&self) -> Option<&str> {
        match self.0.last() {
            Some(Step::Key(key)) => Some(key),
            _ => None,
        }
    }

    /// Tells whether this path leads to `other` or through it.
    pub fn starts_with(&self, other: &Path) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Tells whether this is the object itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the way without its indexes, as Go's JSON decoder writes it: `spec.containers.env.value`.
    pub fn without_indexes(&self) -> String {
        let keys: Vec<&str> = self
            .0
            .iter()
            .filter_map(|step| match step {
                Step::Key(key) => Some(key.as_str()),
                Step::Index(_) => None,
            })
            .collect();
        keys.join(".")
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                // A key such as `app.kubernetes.io/name` would read as three fields.
                Step::Key(key) if key.contains(['.', '/', '[']) => write!(f, "[{key}]")?,
                Step::Key(key) if position == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// The way to where one is, borrowed from the places above; written out only when it is needed.
#[derive(Clone, Copy, Debug)]
pub struct Trail<'a> {
    above: Option<&'a Trail<'a>>,
    step: Stride<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Stride<'a> {
    Key(&'a str),
    Index(usize),
    None,
}

impl<'a> Trail<'a> {
    /// Begins at the object itself.
    pub const fn top() -> Trail<'a> {
        Trail {
            above: None,
            step: Stride::None,
        }
    }

    /// Goes on into a map.
    pub fn key<'b>(&'b self, key: &'b str) -> Trail<'b> {
        Trail {
            above: Some(self),
            step: Stride::Key(key),
        }
    }

    /// Goes on into a list.
    pub fn index(&self, index: usize) -> Trail<'_> {
        Trail {
            above: Some(self),
            step: Stride::Index(index),
        }
    }

    /// Returns how many steps it has.
    pub fn depth(&self) -> usize {
        let own = usize::from(!matches!(self.step, Stride::None));
        own + self.above.map_or(0, Trail::depth)
    }

    /// Writes out the way.
    pub fn path(&self) -> Path {
        let mut steps = Vec::new();
        let mut trail = Some(self);
        while let Some(here) = trail {
            match here.step {
                Stride::Key(key) => steps.push(Step::Key(key.to_owned())),
                Stride::Index(index) => steps.push(Step::Index(index)),
                Stride::None => (),
            }
            trail = here.above;
        }
        steps.reverse();
        Path(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_it_is_read() {
        for text in [
            "spec.containers[0].env[2].name",
            "metadata.labels[app.kubernetes.io/name]",
            "",
            "[0].a",
            "kind",
        ] {
            assert_eq!(Path::parse(text).to_string(), text);
        }
        assert_eq!(
            Path::parse("spec.containers[0].env").without_indexes(),
            "spec.containers.env"
        );
    }

    #[test]
    fn any_text_is_some_path() {
        for text in ["[", "]", "..", "a[", "a]b", "[x]y", "."] {
            let _ = Path::parse(text).to_string();
        }
    }
}
