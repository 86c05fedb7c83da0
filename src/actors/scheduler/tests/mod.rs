//! The scheduler's rules, each as a short story.

mod binding;
mod messages;
mod placement;
mod preemption;
mod turns;
mod two_ways;
