//! Commands to copy: complete, on one line, and harmless whatever a ref is called.
//!
//! A ref's name may hold quotes, `$(…)` and semicolons (git-check-ref-format(1) forbids neither),
//! and whoever reads a refusal copies what it says into a shell.

use super::context::Context;
use super::page::Look;
use crate::decide::{Code, Verdict};
use crate::model::{Action, Target};

/// Returns a word as a POSIX shell takes it literally.
#[must_use]
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@%+=,-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Returns the command with which a change is put where reviewers can fetch it.
pub(crate) fn offer_for_review(verdict: &Verdict, context: &Context) -> Option<String> {
    let place = context.review_ref.as_ref()?;
    Some(format!("git push {} {}:{}", quote(&context.remote), quote(&head(verdict)), quote(place)))
}

/// Returns the command with which a reviewer signs.
pub(crate) fn sign_off(verdict: &Verdict, context: &Context) -> String {
    let remote = quote(&context.remote);
    let fetch = match context.review_ref.as_deref().filter(|place| !place.starts_with("refs/heads/")) {
        Some(place) => format!("git fetch {remote} {}", quote(place)),
        None => format!("git fetch {remote}"),
    };
    format!("{fetch} && countersign sign-off {}{} --push {remote}", subject(verdict, context), plan(context))
}

/// Returns the command with which a release manager lets the change pass.
pub(crate) fn override_(verdict: &Verdict, context: &Context, look: &Look) -> String {
    let dots = look.ellipsis();
    let action = match action(verdict, context) {
        Some(Action::Delete) => " --action delete",
        Some(Action::Rewind) => " --action rewind",
        _ => "",
    };
    let ticket = if context.needs_ticket { format!(" --ticket \"{dots}\"") } else { String::new() };
    let subject = subject(verdict, context);
    let plan = plan(context);
    format!(
        "countersign override {subject}{action}{plan} --reason \"{dots}\"{ticket} --push {}",
        quote(&context.remote)
    )
}

/// Returns the command that shows everything about the change, changing nothing.
pub(crate) fn check(verdict: &Verdict, context: &Context) -> String {
    match verdict.target().parse() {
        Ok(Target::Environment(name)) => {
            format!("countersign gate --environment {} --to {}", quote(&name), quote(&head(verdict)))
        }
        _ => format!("countersign check {}", subject(verdict, context)),
    }
}

/// Returns what a record is for: range, target and, where it is needed, the repository.
fn subject(verdict: &Verdict, context: &Context) -> String {
    let target = match verdict.target().parse() {
        Ok(Target::Environment(name)) => format!("--environment {}", quote(&name)),
        _ => format!("--target {}", quote(verdict.target())),
    };
    let range = match action(verdict, context) {
        Some(Action::Delete) => head(verdict),
        _ => range(verdict),
    };
    let repository = match context.needs_repository {
        true => format!(" --repository {}", quote(verdict.repository())),
        false => String::new(),
    };
    format!("{} {target}{repository}", quote(&range))
}

fn plan(context: &Context) -> &'static str {
    if context.has_plan { " --plan FILE" } else { "" }
}

/// Returns the range in complete ids: an abbreviation names whatever tag or branch is called so. Where nothing is new
/// on a ref, as for a tag at what landed, there is a head and no range.
fn range(verdict: &Verdict) -> String {
    let is_deployed = matches!(verdict.target().parse(), Ok(Target::Environment(_)));
    match verdict.from() {
        Some(from) if is_deployed || from != verdict.head() => format!("{from}..{}", verdict.head()),
        _ => verdict.head().to_string(),
    }
}

/// Returns the head's complete id.
pub(crate) fn head(verdict: &Verdict) -> String {
    verdict.head().to_string()
}

/// Returns the action; a verdict shows it only by what it refuses.
pub(crate) fn action(verdict: &Verdict, context: &Context) -> Option<Action> {
    let found = |code: Code| verdict.findings().iter().any(|finding| finding.code == code);
    context.action.or_else(|| match (found(Code::RefDeleted), found(Code::RefRewound)) {
        (true, _) => Some(Action::Delete),
        (_, true) => Some(Action::Rewind),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_every_word_literally() {
        assert_eq!(quote("refs/heads/main"), "refs/heads/main");
        assert_eq!(quote("refs/heads/$(reboot)"), "'refs/heads/$(reboot)'");
        assert_eq!(quote("it's"), "'it'\\''s'");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("a;b&c|d<e>f`g\"h!i"), "'a;b&c|d<e>f`g\"h!i'");
    }
}
