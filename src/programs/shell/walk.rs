//! Walking a script: a stack of what is still to be done, so that it can stop anywhere and go on later.

use super::scope::{Scope, Streams, Target};
use super::script::Node;
use super::{Pause, Shell, Surroundings, pattern};
use crate::programs::outcome::{Outcome, Stream};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Something that is still to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Frame {
    /// Run a command.
    Run(Arc<Node>),
    /// Run the last command of the script: it takes the shell's place.
    Last(Arc<Node>),
    /// Go on with the command at this place of a sequence; whether the sequence ends the script.
    Seq(Arc<Node>, usize, bool),
    /// Run the command if the last one succeeded; whether it ends the script.
    AndThen(Arc<Node>, bool),
    /// Run the command if the last one failed; whether it ends the script.
    OrElse(Arc<Node>, bool),
    /// Turn the status round.
    Negate,
    /// Look at the condition of this branch.
    If(Arc<Node>, usize),
    /// Look at the condition of a loop.
    LoopTest(Arc<Node>),
    /// Go round a loop again.
    LoopAgain(Arc<Node>),
    /// Take the next word of a `for`.
    For(Arc<Node>, Vec<String>, usize),
    /// Give the streams back.
    Unredirect,
    /// Leave a subshell.
    Leave(Box<Scope>),
    /// Leave a function: its caller's arguments come back.
    Return(Vec<String>),
    /// Wait for the next line that somebody types.
    Prompt,
}

impl Shell {
    /// Does one thing; returns why the script has to stop, if it has to.
    pub(super) fn take(&mut self, frame: Frame, world: &mut dyn Surroundings, outcome: &mut Outcome) -> Option<Pause> {
        match frame {
            Frame::Prompt => {
                self.stack.push(Frame::Prompt);
                return Some(Pause::Done(self.status));
            }
            Frame::Run(node) => return self.enter(&node, false, world, outcome),
            Frame::Last(node) => return self.enter(&node, true, world, outcome),
            Frame::Seq(node, at, last) => {
                let Node::Seq(nodes) = &*node else { return None };
                if let Some(next) = nodes.get(at) {
                    let ends = at + 1 == nodes.len();
                    if !ends {
                        self.stack.push(Frame::Seq(Arc::clone(&node), at + 1, last));
                    }
                    self.push(Arc::clone(next), last && ends);
                }
            }
            Frame::AndThen(node, last) if self.status == 0 => self.push(node, last),
            Frame::OrElse(node, last) if self.status != 0 => self.push(node, last),
            Frame::AndThen(..) | Frame::OrElse(..) => (),
            Frame::Negate => self.status = i32::from(self.status == 0),
            Frame::If(node, at) => self.judge(&node, at),
            Frame::LoopTest(node) => {
                let Node::While { body, until, .. } = &*node else {
                    return None;
                };
                if (self.status == 0) != *until {
                    self.stack.push(Frame::LoopAgain(Arc::clone(&node)));
                    self.stack.push(Frame::Run(Arc::clone(body)));
                } else {
                    self.status = 0;
                }
            }
            Frame::LoopAgain(node) => self.push(node, false),
            Frame::For(node, words, at) => {
                let Node::For { name, body, .. } = &*node else {
                    return None;
                };
                if let Some(word) = words.get(at) {
                    self.scope.vars.insert(name.clone(), word.clone());
                    let body = Arc::clone(body);
                    self.stack.push(Frame::For(Arc::clone(&node), words, at + 1));
                    self.stack.push(Frame::Run(body));
                }
            }
            Frame::Unredirect => drop(self.streams.pop()),
            Frame::Leave(scope) => self.scope = *scope,
            Frame::Return(args) => self.scope.args = args,
        }
        None
    }

    pub(super) fn push(&mut self, node: Arc<Node>, last: bool) {
        self.stack.push(if last { Frame::Last(node) } else { Frame::Run(node) });
    }

    /// Begins a command.
    fn enter(
        &mut self,
        node: &Arc<Node>,
        last: bool,
        world: &mut dyn Surroundings,
        outcome: &mut Outcome,
    ) -> Option<Pause> {
        match &**node {
            Node::Simple(simple) => return self.simple(simple, last, world, outcome),
            Node::Seq(_) => self.stack.push(Frame::Seq(Arc::clone(node), 0, last)),
            Node::And(first, second) => {
                self.stack.push(Frame::AndThen(Arc::clone(second), last));
                self.stack.push(Frame::Run(Arc::clone(first)));
            }
            Node::Or(first, second) => {
                self.stack.push(Frame::OrElse(Arc::clone(second), last));
                self.stack.push(Frame::Run(Arc::clone(first)));
            }
            Node::Not(inner) => {
                self.stack.push(Frame::Negate);
                self.stack.push(Frame::Run(Arc::clone(inner)));
            }
            Node::If(branches, _) => {
                self.stack.push(Frame::If(Arc::clone(node), 0));
                self.stack.push(Frame::Run(Arc::clone(&branches[0].0)));
            }
            Node::While { condition, .. } => {
                self.stack.push(Frame::LoopTest(Arc::clone(node)));
                self.stack.push(Frame::Run(Arc::clone(condition)));
            }
            Node::For { words, .. } => {
                let list = match words {
                    Some(words) => self.fields(words, world, outcome),
                    None => self.scope.args.clone(),
                };
                self.status = 0;
                self.stack.push(Frame::For(Arc::clone(node), list, 0));
            }
            Node::Case(subject, arms) => {
                let subject = self.text(subject, world, outcome);
                self.status = 0;
                for (patterns, body) in arms {
                    let matched = patterns.iter().any(|wanted| {
                        let wanted = self.pattern(wanted, world, outcome);
                        pattern::glob(&wanted, &subject)
                    });
                    if matched {
                        self.stack.push(Frame::Run(Arc::clone(body)));
                        break;
                    }
                }
            }
            Node::Redirected(inner, redirections) => match self.redirect(redirections, world, outcome) {
                Ok(streams) => {
                    self.streams.push(streams);
                    self.stack.push(Frame::Unredirect);
                    self.stack.push(Frame::Run(Arc::clone(inner)));
                }
                Err(words) => self.fail(2, &words, world, outcome),
            },
            Node::Subshell(inner) => {
                self.stack.push(Frame::Leave(Box::new(self.scope.clone())));
                self.stack.push(Frame::Run(Arc::clone(inner)));
            }
            Node::Function(name, body) => {
                self.scope.functions.insert(name.clone(), Arc::clone(body));
                self.status = 0;
            }
            Node::Background(inner) => return Some(Pause::Fork(Box::new(self.child(inner)))),
            Node::Pipe(stages) => return self.pipe(stages, world, outcome),
        }
        None
    }

    /// Looks at the condition of a branch, and goes on to its body or to the next.
    fn judge(&mut self, node: &Arc<Node>, at: usize) {
        let Node::If(branches, otherwise) = &**node else { return };
        if self.status == 0 {
            self.stack.push(Frame::Run(Arc::clone(&branches[at].1)));
        } else if let Some((condition, _)) = branches.get(at + 1) {
            self.stack.push(Frame::If(Arc::clone(node), at + 1));
            self.stack.push(Frame::Run(Arc::clone(condition)));
        } else {
            self.status = 0;
            self.stack
                .extend(otherwise.as_ref().map(|body| Frame::Run(Arc::clone(body))));
        }
    }

    /// Makes a shell that goes on with one command by itself.
    pub(super) fn child(&self, node: &Arc<Node>) -> Shell {
        Shell {
            stack: vec![Frame::Run(Arc::clone(node))],
            traps: Default::default(),
            pending: None,
            awaited: None,
            ..self.clone()
        }
    }

    /// Runs the stages of a pipe, each to its end before the next.
    fn pipe(&mut self, stages: &[Arc<Node>], world: &mut dyn Surroundings, outcome: &mut Outcome) -> Option<Pause> {
        // The first stage reads what the shell has to read.
        let mut input = Some(self.take_input());
        let mut busy_ms = 0u64;
        let mut failed = 0;
        for (at, stage) in stages.iter().enumerate() {
            let mut child = self.child(stage);
            let top = Streams {
                out: if at + 1 < stages.len() {
                    Target::Stdout
                } else {
                    Target::Own
                },
                err: Target::Own,
                input,
            };
            // Between two stages all output goes to the next one, wherever the shell's own leads.
            if at + 1 < stages.len() {
                child.streams = vec![self.streams_for_pipe(), top];
            } else {
                child.streams.push(top);
            }
            let said = child.run(world);
            if at == 0 {
                self.give_back_input(child.take_input());
            }
            busy_ms = busy_ms.max(said.busy_ms);
            let mut passed = String::new();
            for (stream, text) in said.said {
                match stream {
                    Stream::Stdout if at + 1 < stages.len() => passed.push_str(&text),
                    Stream::Stdout => outcome.out(&text),
                    Stream::Stderr => outcome.err(&text),
                }
            }
            input = Some(passed);
            self.status = said.code;
            failed = if said.code == 0 { failed } else { said.code };
        }
        if self.scope.pipefail {
            self.status = failed;
        }
        self.after_failure();
        (busy_ms > 0).then_some(Pause::Sleep(busy_ms))
    }

    /// Returns the streams at the bottom of a stage: errors go where the shell's own go.
    fn streams_for_pipe(&self) -> Streams {
        let (_, err) = self.targets();
        Streams {
            out: Target::Stdout,
            err,
            input: None,
        }
    }

    /// Ends the script after a command that failed, where `set -e` says so and nobody looks at the status.
    pub(super) fn after_failure(&mut self) {
        if self.status == 0 || !self.scope.errexit {
            return;
        }
        let looked_at = self.stack.iter().any(|frame| {
            matches!(
                frame,
                Frame::AndThen(..) | Frame::OrElse(..) | Frame::Negate | Frame::If(..) | Frame::LoopTest(_)
            )
        });
        if !looked_at {
            self.leave();
        }
    }

    /// Ends the script, or the subshell that it is in.
    pub(super) fn leave(&mut self) {
        while let Some(frame) = self.stack.pop() {
            match frame {
                Frame::Unredirect => drop(self.streams.pop()),
                Frame::Leave(scope) => {
                    self.scope = *scope;
                    return;
                }
                _ => (),
            }
        }
    }

    /// Ends the innermost loops, or goes round the last of them again.
    pub(super) fn break_out(&mut self, levels: usize, again: bool) {
        let mut left = levels.max(1);
        while let Some(frame) = self.stack.pop() {
            match frame {
                Frame::Unredirect => drop(self.streams.pop()),
                Frame::LoopAgain(_) | Frame::For(..) | Frame::LoopTest(_) => {
                    left -= 1;
                    if left == 0 {
                        if again {
                            let frame = match frame {
                                Frame::LoopTest(node) => Frame::LoopAgain(node),
                                other => other,
                            };
                            self.stack.push(frame);
                        }
                        return;
                    }
                }
                Frame::Leave(scope) => self.scope = *scope,
                Frame::Return(args) => {
                    self.stack.push(Frame::Return(args));
                    return;
                }
                _ => (),
            }
        }
    }

    /// Leaves the innermost function.
    pub(super) fn return_now(&mut self) {
        while let Some(frame) = self.stack.pop() {
            match frame {
                Frame::Unredirect => drop(self.streams.pop()),
                Frame::Leave(scope) => self.scope = *scope,
                Frame::Return(args) => {
                    self.scope.args = args;
                    return;
                }
                _ => (),
            }
        }
    }
}
