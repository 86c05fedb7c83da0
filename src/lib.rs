//! pglab: what happens to a PostgreSQL database on Kubernetes, in one process and in virtual time.
//!
//! # The house, floor by floor
//!
//! Each module stands on the floors below it and never uses one above; `tests/tidy.rs` reads this list and fails on an
//! upward `use`. Read it from the ground.
//!
//! | floor | module | what it holds | what it is spared from knowing |
//! |---|---|---|---|
//! | 0 | `pack` | plain data as bytes | what the data means |
//! | 0 | `tongue` | the languages of people: English sentences said in Korean | what is told |
//! | 1 | `api` | Kubernetes objects as plain data | time, chance, I/O |
//! | 2 | `manifest` | text to trees, located errors, the schema of Kubernetes | what any object does |
//! | 2 | `store` | the API server and etcd in one: a log of revisions | who is asking, and when it is |
//! | 2 | `cloud` | zones, machines, network, disks, latencies | Kubernetes |
//! | 3 | `programs` | what runs inside containers | who started it |
//! | 4 | `actors` | the controllers, the scheduler and the kubelets | one another |
//! | 5 | `sim` | the world, its steps, its clock and its chance | who watches |
//! | 6 | `checks` | claims about a world | how the actors do it |
//! | 6 | `why` | why an object is as it is, what it waits for, and what would help | what a person typed |
//! | 6 | `map` | the cluster as a picture: one layout, drawn as text and as SVG | why anything is as it is |
//! | 6 | `kubectl` | the window: verbs, tables, describe | labs |
//! | 7 | `workspace` | a cluster that lives in a folder: journal, landing, going back | the terminal and the wall clock |
//! | 7 | `explore` | scripts of choices and their shrinking | labs |
//! | 8 | `lab` | stories: find, load, play, judge | the name of any lab |
//! | 9 | `book` | transcripts that are run, not typed | any chapter |
//! | 10 | `cli` | the commands; the only floor that reads the wall clock and the environment | |

pub mod pack;
pub mod tongue;
pub mod api;
pub mod manifest;
pub mod store;
pub mod cloud;
pub mod programs;
pub mod actors;
pub mod sim;
pub mod checks;
pub mod why;
pub mod map;
pub mod kubectl;
pub mod workspace;
pub mod explore;
pub mod lab;
pub mod book;
pub mod cli;
