//! `pglab time`, `pglab undo`

use super::error::{Exit, Failure};
use super::place::{Place, read_span, span};
use super::terminal;
use crate::sim::clock;
use crate::workspace::{Pace, UNDO, Wall};
use clap::Subcommand;

#[derive(Subcommand)]
pub(super) enum Time {
    /// Let virtual time pass
    Advance {
        /// How long: 30s, 5m, 1h
        #[arg(value_parser = read_span)]
        span: i64,
    },
    /// Go back: to the end of a step of `pglab time log`, or by a span such as -30s
    Back {
        /// A step's number, or -SPAN
        #[arg(allow_hyphen_values = true)]
        to: String,
    },
    /// List the moments
    Log,
    /// Tell at which pace time goes, or let it go at another: wall, 10x (any number), or paused
    Pace {
        /// The pace
        pace: Option<Pace>,
    },
}

impl Time {
    pub fn run(self, place: &Place) -> Result<Exit, Failure> {
        match self {
            Self::Advance { span: ms } => advance(place, ms),
            Self::Back { to } => back(place, &to),
            Self::Log => log(place),
            Self::Pace { pace } => {
                let mut session = place.open("pglab time pace")?;
                if let Some(pace) = pace {
                    session.set_pace(pace)?;
                }
                let pace = session.state().pace;
                session.close()?;
                terminal::print(&place.say(
                    format!("time goes at pace {pace}\n"),
                    format!("시간의 빠르기: {pace}\n"),
                ))
            }
        }
    }
}

/// The longest that time is let pass at once, in milliseconds: thirty days.
const LONGEST_MS: i64 = 30 * 24 * 3_600_000;

fn advance(place: &Place, ms: i64) -> Result<Exit, Failure> {
    if ms > LONGEST_MS {
        return Err(Failure::wrong(
            "that is more than thirty days",
            "let time pass in smaller parts",
        ));
    }
    let mut session = place.open(&format!("pglab time advance {}", span(ms)))?;
    let until = session.world().now() + ms;
    let passing = place.working("letting time pass", "시간이 흐르는 중");
    session.pass_until(until);
    drop(passing);
    let now = clock(session.world().now() - session.world().began());
    session.close()?;
    terminal::print(&place.say(format!("it is {now}\n"), format!("지금은 {now}\n")))
}

fn back(place: &Place, to: &str) -> Result<Exit, Failure> {
    let mut session = place.open(&format!("pglab time back {to}"))?;
    let _working = place.working("going back in time", "시간을 되돌리는 중");
    let wrong = |why: String| Failure::wrong(why, "give a step of `pglab time log`, or a span such as -30s");
    let at = match to.strip_prefix('-') {
        Some(back) => {
            let ms = read_span(back).map_err(wrong)?;
            let at = session.world().now() + -ms;
            session.back_until(at)?
        }
        None => {
            let number = to
                .parse()
                .map_err(|_| wrong(format!("`{to}` is no step and no span")))?;
            session.back_to(number)?
        }
    };
    let now = clock(at - session.world().began());
    session.close()?;
    terminal::print(&place.say(format!("back at {now}\n"), format!("{now} 시점으로 돌아옴\n")))
}

pub(super) fn undo(place: &Place) -> Result<Exit, Failure> {
    let mut session = place.open(UNDO)?;
    let working = place.working("taking the last command back", "마지막 명령을 되돌리는 중");
    let words = session.undo()?;
    drop(working);
    let now = clock(session.world().now() - session.world().began());
    session.close()?;
    terminal::print(&place.say(
        format!("taken back: {words}\nback at {now}\n"),
        format!("되돌린 명령: {words}\n{now} 시점으로 돌아옴\n"),
    ))
}

fn log(place: &Place) -> Result<Exit, Failure> {
    let session = place.open("pglab time log")?;
    let moments = session.moments()?;
    let began = session.world().began();
    let now = place.clock().now_ms();
    let present = clock(session.world().now() - began);
    session.close()?;
    let mut text = format!("{:>5}  {:>13}  {:>9}  COMMAND\n", "STEP", "TIME", "AGO");
    let taken_back = place.say("  (taken back)", "  (되돌림)");
    for moment in &moments {
        let undone = if moment.lived { "" } else { &taken_back };
        let ago = span((now - moment.wall_ms).max(0));
        text.push_str(&format!(
            "{:>5}  {:>13}  {ago:>9}  {}{undone}\n",
            moment.number,
            clock(moment.at - began),
            moment.words
        ));
    }
    text.push_str(&format!("{:>5}  {present:>13}  {:>9}\n", "now", ""));
    terminal::print(&text)
}
