//! The world outside: what time it is there, and waiting.

use crate::sim::Lang;

/// The wall clock, and a way to wait. The program brings the machine's; a test brings one that it sets by hand.
pub trait Wall {
    /// Returns the time in milliseconds since 1970.
    fn now_ms(&self) -> i64;

    /// Waits so many milliseconds.
    fn sleep(&self, ms: i64);

    /// Says whether the person sits at a keyboard.
    fn has_keyboard(&self) -> bool {
        false
    }

    /// Asks the person for a line; None when no more come.
    fn ask(&self, _prompt: &str) -> Option<String> {
        None
    }

    /// Returns the person's language.
    fn lang(&self) -> Lang {
        Lang::En
    }

    /// Tells the person something that is no data: that somebody else holds the folder, say.
    fn tell(&self, _words: &str) {}
}
