//! A person who types to a program in a container, line by line.

use super::call::Call;
use super::trouble::{Trouble, Verdict};
use crate::api::Key;
use crate::programs::runtime::Typed;

/// Lets a person type to a program until it ends; returns its exit code. It is started, or attached to. A container that
/// ends under it ends the conversation, as the stream to it does.
pub(super) fn converse(call: &mut Call<'_>, pod: &Key, container: &str, first: Typed) -> Verdict<i32> {
    let mut typed = first;
    loop {
        let spoken = match call.cluster.typed(pod, container, typed) {
            Ok(spoken) => spoken,
            Err(why) if why.is_empty() => return Ok(137),
            Err(why) => return Err(Trouble::verbatim(why)),
        };
        let code = spoken.outcome.code;
        call.out.then(spoken.outcome);
        call.out.code = 0;
        call.files.show(&mut call.out);
        let Some((listener, prompt)) = spoken.next else {
            return Ok(code);
        };
        typed = match call.cluster.ask(&prompt) {
            Some(line) => Typed::Line(listener, line),
            None => Typed::End(listener),
        };
    }
}
