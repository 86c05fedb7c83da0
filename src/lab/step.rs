//! The steps of an act, as a lab writes them. What a step does is the player's business.

use super::Text;
use serde::Deserialize;

/// One step of an act.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Says what is about to happen.
    Say(Text),
    /// Says what it meant.
    Means(Text),
    /// Asks a question; the answer comes later.
    Predict(Prediction),
    /// Gives the answer to the question of this id.
    Answer(String),
    /// Applies manifests.
    Apply(Apply),
    /// Runs a command in the window.
    Run(Run),
    /// Starts or stops a client outside the cluster.
    Client(ClientPlan),
    /// Lets virtual time go on.
    Wait(Wait),
    /// Does what no command can ask for.
    Fault(Fault),
    /// Remembers a pod under a name.
    Mark(Mark),
    /// Shows something that is no command's screen.
    Show(Show),
    /// Judges, and holds the verdict against the predicted one.
    Expect(Expectation),
}

impl Step {
    /// Returns the key under which a lab writes this step.
    pub fn kind(&self) -> &'static str {
        match self {
            Step::Say(_) => "say",
            Step::Means(_) => "means",
            Step::Predict(_) => "predict",
            Step::Answer(_) => "answer",
            Step::Apply(_) => "apply",
            Step::Run(_) => "run",
            Step::Client(_) => "client",
            Step::Wait(_) => "wait",
            Step::Fault(_) => "fault",
            Step::Mark(_) => "mark",
            Step::Show(_) => "show",
            Step::Expect(_) => "expect",
        }
    }
}

/// A question with one right answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// By which an `answer` step names it.
    pub id: String,
    /// The question.
    pub question: Text,
    /// What may be answered.
    pub choices: Vec<Text>,
    /// The number of the right choice, from 1.
    pub answer: usize,
    /// Why it is right.
    pub why: Text,
}

/// Manifests to apply in one go.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "ApplyForm")]
pub struct Apply {
    /// Files under the lab's folder.
    pub files: Vec<String>,
    /// Whether the lab wants to show that they are refused.
    pub refused: bool,
}

/// A command in the window.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "RunForm")]
pub struct Run {
    /// The line, with `kubectl` at its start.
    pub command: String,
    /// The exit code that the lab counts on.
    pub exit: i32,
}

/// A client to start or to stop.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ClientForm")]
pub enum ClientPlan {
    /// Starts it.
    Start {
        /// Its name.
        name: String,
        /// The Service through which it goes.
        service: String,
        /// The Service's port.
        port: u16,
        /// The Secret with user and password.
        login: String,
        /// From one order to the next.
        every_ms: i64,
    },
    /// Stops the client of this name.
    Stop(String),
}

/// How long to wait.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WaitForm")]
pub enum Wait {
    /// Until nothing is due but what goes on for ever.
    Settled,
    /// For a time.
    For {
        /// How long.
        ms: i64,
    },
    /// Until an object is as ready as it asks to be.
    Ready {
        /// `KIND/NAME`.
        of: String,
        /// The longest time to wait.
        at_most_ms: i64,
    },
}

/// What no command can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "FaultForm")]
pub enum Fault {
    /// A container's process dies as by SIGKILL.
    Crash {
        /// The pod.
        pod: String,
        /// The container; the only one when not said.
        container: Option<String>,
    },
    /// A node loses its power.
    StopNode(String),
    /// A node gets it back.
    StartNode(String),
}

/// A pod to remember.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Under which name.
    #[serde(rename = "as")]
    pub name: String,
    /// The label selector that matches it.
    pub pod: String,
    /// Earlier marks whose pods do not count.
    #[serde(default)]
    pub besides: Vec<String>,
}

/// What to show that is no command's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Show {
    /// The lines of the story since the last time.
    Timeline,
    /// What each client knows, against what the database holds.
    Ledger,
}

/// A verdict that the lab predicts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The check's name.
    pub check: String,
    /// What it will say.
    pub verdict: Verdict,
    /// `KIND/NAME`, where one object is meant.
    pub of: Option<String>,
    /// Why the lab predicts so.
    pub why: Text,
}

/// What a check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The claim is true of this world.
    Holds,
    /// It is not.
    Broken,
}

// The forms below are what YAML may hold; each becomes one of the types above, in which a wrong state cannot be written.

#[derive(Deserialize)]
#[serde(untagged)]
enum ApplyForm {
    One(String),
    Many(ApplyMap),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplyMap {
    files: Vec<String>,
    #[serde(default)]
    refused: bool,
}

impl From<ApplyForm> for Apply {
    fn from(form: ApplyForm) -> Self {
        match form {
            ApplyForm::One(file) => Apply {
                files: vec![file],
                refused: false,
            },
            ApplyForm::Many(ApplyMap { files, refused }) => Apply { files, refused },
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RunForm {
    Line(String),
    Map(RunMap),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunMap {
    command: String,
    exit: i32,
}

impl From<RunForm> for Run {
    fn from(form: RunForm) -> Self {
        match form {
            RunForm::Line(command) => Run { command, exit: 0 },
            RunForm::Map(RunMap { command, exit }) => Run { command, exit },
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientForm {
    start: Option<String>,
    stop: Option<String>,
    service: Option<String>,
    port: Option<u16>,
    login: Option<String>,
    every: Option<String>,
}

impl TryFrom<ClientForm> for ClientPlan {
    type Error = String;
    fn try_from(form: ClientForm) -> Result<Self, String> {
        match form {
            ClientForm {
                start: None,
                stop: Some(name),
                service: None,
                port: None,
                login: None,
                every: None,
            } => Ok(ClientPlan::Stop(name)),
            ClientForm {
                start: Some(name),
                stop: None,
                service: Some(service),
                port: Some(port),
                login: Some(login),
                every: Some(every),
            } => Ok(ClientPlan::Start {
                name,
                service,
                port,
                login,
                every_ms: duration(&every)?,
            }),
            _ => Err("a client has either `stop`, or `start`, `service`, `port`, `login` and `every`".into()),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WaitForm {
    Word(String),
    Until(WaitMap),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WaitMap {
    until: String,
    of: String,
    at_most: String,
}

impl TryFrom<WaitForm> for Wait {
    type Error = String;
    fn try_from(form: WaitForm) -> Result<Self, String> {
        match form {
            WaitForm::Word(word) if word == "settled" => Ok(Wait::Settled),
            WaitForm::Word(word) => Ok(Wait::For { ms: duration(&word)? }),
            WaitForm::Until(WaitMap { until, of, at_most }) if until == "ready" => Ok(Wait::Ready {
                of,
                at_most_ms: duration(&at_most)?,
            }),
            WaitForm::Until(WaitMap { until, .. }) => Err(format!("cannot wait until `{until}`, only until `ready`")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FaultForm {
    crash: Option<String>,
    container: Option<String>,
    stop_node: Option<String>,
    start_node: Option<String>,
}

impl TryFrom<FaultForm> for Fault {
    type Error = String;
    fn try_from(form: FaultForm) -> Result<Self, String> {
        match (form.crash, form.stop_node, form.start_node) {
            (Some(pod), None, None) => Ok(Fault::Crash {
                pod,
                container: form.container,
            }),
            (None, Some(node), None) if form.container.is_none() => Ok(Fault::StopNode(node)),
            (None, None, Some(node)) if form.container.is_none() => Ok(Fault::StartNode(node)),
            _ => Err("a fault is one of `crash` (with `container`, if need be), `stop-node` and `start-node`".into()),
        }
    }
}

/// Reads `30s`, `5m` or `1h` as milliseconds.
fn duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is no duration: write a number and s, m or h, such as 30s");
    let unit_ms = match text.chars().last() {
        Some('s') => 1_000,
        Some('m') => 60_000,
        Some('h') => 3_600_000,
        _ => return Err(wrong()),
    };
    let number: i64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    if !(0..=100_000).contains(&number) {
        return Err(wrong());
    }
    Ok(number * unit_ms)
}
