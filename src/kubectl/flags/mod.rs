//! Flags as kubectl reads them (Go's pflag): long and short, before and after the words, up to `--`.
//! The tables of flags are data, so that what a verb takes, and what it does with it, can be listed.

mod read;
mod reasons;
mod table;

pub use read::Flags;
pub use reasons::reason;
pub use table::flag_table;

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing, or `=true` and `=false`.
    Bool,
    /// Any text.
    Text,
    /// A whole number.
    Int,
    /// A duration such as `30s`.
    Duration,
    /// Nothing, which means this; or `=TEXT`.
    Optional(&'static str),
}

/// What pglab does with a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// What kubectl does.
    Yes,
    /// Nothing: it makes no difference here.
    Moot,
    /// It is refused by name.
    No,
}

/// One flag of a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flag {
    /// `output`.
    pub long: &'static str,
    /// `o`.
    pub short: Option<char>,
    /// What it takes.
    pub takes: Takes,
    /// What pglab does with it.
    pub done: Done,
}

/// Makes a flag that is honoured.
pub const fn flag(long: &'static str, takes: Takes) -> Flag {
    Flag {
        long,
        short: None,
        takes,
        done: Done::Yes,
    }
}

impl Flag {
    /// Gives the flag a short form.
    pub const fn short(self, short: char) -> Flag {
        Flag {
            short: Some(short),
            ..self
        }
    }

    /// Marks a flag that makes no difference here.
    pub const fn moot(self) -> Flag {
        Flag {
            done: Done::Moot,
            ..self
        }
    }

    /// Marks a flag that is refused by name.
    pub const fn refused(self) -> Flag {
        Flag { done: Done::No, ..self }
    }
}

/// The flags that every verb takes. What names another cluster or another user is refused; what tunes a connection
/// makes no difference.
pub const GLOBAL: &[Flag] = &[
    flag("namespace", Takes::Text).short('n'),
    flag("context", Takes::Text),
    flag("as", Takes::Text).refused(),
    flag("as-group", Takes::Text).refused(),
    flag("as-uid", Takes::Text).refused(),
    flag("cluster", Takes::Text).refused(),
    flag("user", Takes::Text).refused(),
    flag("username", Takes::Text).refused(),
    flag("password", Takes::Text).refused(),
    flag("token", Takes::Text).refused(),
    flag("server", Takes::Text).short('s').refused(),
    flag("kubeconfig", Takes::Text).refused(),
    flag("client-certificate", Takes::Text).refused(),
    flag("client-key", Takes::Text).refused(),
    flag("certificate-authority", Takes::Text).refused(),
    flag("tls-server-name", Takes::Text).refused(),
    flag("insecure-skip-tls-verify", Takes::Bool).moot(),
    flag("cache-dir", Takes::Text).moot(),
    flag("disable-compression", Takes::Bool).moot(),
    flag("match-server-version", Takes::Bool).moot(),
    flag("profile", Takes::Text).moot(),
    flag("profile-output", Takes::Text).moot(),
    flag("request-timeout", Takes::Text).moot(),
    flag("log-flush-frequency", Takes::Duration).moot(),
    flag("v", Takes::Int).short('v').moot(),
    flag("vmodule", Takes::Text).moot(),
    flag("warnings-as-errors", Takes::Bool).refused(),
];

#[cfg(test)]
mod tests {
    use super::read::duration_ms;
    use super::*;
    use crate::kubectl::trouble::Verdict;

    const TABLE: &[Flag] = &[
        flag("output", Takes::Text).short('o'),
        flag("watch", Takes::Bool).short('w'),
        flag("replicas", Takes::Int),
        flag("cascade", Takes::Optional("background")),
    ];

    fn read(line: &str) -> Verdict<Flags> {
        let args: Vec<String> = line.split_whitespace().map(ToOwned::to_owned).collect();
        Flags::read("get", TABLE, &args)
    }

    #[test]
    fn flags_stand_anywhere_up_to_the_dashes() {
        let flags = read("-owide pods -w --replicas=3 -n x a -- -o b").unwrap();
        assert_eq!(flags.text("output"), Some("wide"));
        assert!(flags.is_set("watch"));
        assert_eq!(flags.int("replicas"), Some(3));
        assert_eq!(flags.text("namespace"), Some("x"));
        assert_eq!(flags.words, ["pods", "a", "-o", "b"]);
        assert_eq!(flags.dash, Some(2));
        assert_eq!(read("--cascade").unwrap().text("cascade"), Some("background"));
        assert_eq!(read("--watch=false").unwrap().bool("watch"), Some(false));
    }

    #[test]
    fn wrong_flags_are_told_in_pflags_words() {
        let text = |line: &str| read(line).unwrap_err().text;
        assert_eq!(
            text("pods --namespace"),
            "Error: flag needs an argument: --namespace\nSee 'kubectl get --help' for usage."
        );
        assert!(text("--nosuch").starts_with("Error: unknown flag: --nosuch\n"));
        assert!(text("-wz").starts_with("Error: unknown shorthand flag: 'z' in -z\n"));
        assert!(text("--replicas=x").starts_with(
            "Error: invalid argument \"x\" for \"--replicas\" flag: strconv.ParseInt: parsing \"x\": invalid syntax\n"
        ));
        assert_eq!(text("--token=x"), "error: flag --token is not simulated");
    }

    #[test]
    fn durations_are_gos() {
        assert_eq!(duration_ms("1h2m3.5s"), Some(3_723_500));
        assert_eq!(duration_ms("300ms"), Some(300));
        assert_eq!(duration_ms("-1s"), Some(-1000));
        assert_eq!(duration_ms("0"), Some(0));
        for wrong in ["", "5", "s", "5x", "-"] {
            assert_eq!(duration_ms(wrong), None);
        }
    }
}
