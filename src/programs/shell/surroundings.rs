//! What a shell and the tools in it can reach. A container gives it to them; tests have one of their own.

use crate::api::{Text, Time};
use crate::programs::files::Files;
use crate::programs::psql::Network;
use crate::programs::runtime::{Dead, Signal};

/// The world around a shell.
pub trait Surroundings {
    /// Lends the files.
    fn files(&mut self, act: &mut dyn FnMut(&mut Files<'_>));

    /// Lends the files and the way to servers at once, to a program like psql; what it writes is kept when it ends.
    fn client(&mut self, act: &mut dyn FnMut(&mut Files<'_>, &mut dyn Network));

    /// Returns the time.
    fn now(&mut self) -> Time;

    /// Draws a number.
    fn draw(&mut self) -> u64;

    /// Returns the name and the address of the pod.
    fn identity(&self) -> (String, String);

    /// Says whether a tool is there.
    fn has(&self, tool: &str) -> Has;

    /// Returns the addresses of a host name.
    fn resolve(&mut self, host: &str) -> Option<Vec<Text>>;

    /// Returns the name that DNS has for an address.
    fn name_of(&mut self, _address: &str) -> Option<String> {
        None
    }

    /// Returns the image that the container runs; "" where there is none.
    fn image(&self) -> String {
        String::new()
    }

    /// Knocks at a port.
    fn knock(&mut self, host: &str, port: u16) -> Result<(), Dead>;

    /// Asks a web server for a path.
    fn http(&mut self, host: &str, port: u16, method: &str, path: &str) -> Result<Page, Dead>;

    /// Gives a cache a command; None when no cache listens there.
    fn cache(&mut self, host: &str, port: u16, words: &[String]) -> Result<Option<String>, Dead>;

    /// Returns the processes of the container: number and words.
    fn processes(&self) -> Vec<(u32, String)>;

    /// Sends a signal to a process; returns whether there is one.
    fn kill(&mut self, pid: u32, signal: Signal) -> bool;
}

/// What a web server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The status code.
    pub status: u16,
    /// The server's name and version.
    pub server: String,
    /// The body.
    pub body: String,
}

/// Whether a tool is in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Nobody here knows the image: it may well be.
    Perhaps,
}
