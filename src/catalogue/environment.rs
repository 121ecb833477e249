//! Whose shell a program runs in, by the variables that agents set in theirs.
//!
//! For the developer's machine alone: a server never sees an environment, and whoever wants to can
//! unset a variable. It serves honesty, not defense.

use super::lint::Test;
use super::lookup::{Catalogue, Who, built_in};
use super::tables::{ACTORS, Actor, CO_AUTHORS, ENVIRONMENT};
use super::unicode::fold;

/// The vendor-neutral variable by which an agent names itself. It stands above all others.
pub const AI_AGENT: &str = "AI_AGENT";

/// The longest value that is read as a name, in bytes.
const LONGEST_NAME: usize = 64;

/// An agent in whose shell something runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InShell {
    /// Its id, where the catalogue knows it.
    pub id: Option<&'static str>,
    /// What it is called.
    pub name: String,
    /// The variables that say so.
    pub by: Vec<String>,
}

impl Catalogue {
    /// Returns the agents in whose shell a program with these variables runs, in the catalogue's order;
    /// where one names itself, that one alone.
    #[must_use]
    pub fn agents_of_shell(&self, variable: &dyn Fn(&str) -> Option<String>) -> Vec<InShell> {
        if let Some(named) = variable(AI_AGENT).as_deref().and_then(|value| self.named_by_itself(value)) {
            return vec![named];
        }
        let mut found: Vec<InShell> = Vec::new();
        for (actor, set) in ENVIRONMENT {
            let Some(actor) = ACTORS.get(usize::from(*actor)) else { continue };
            if !set.iter().all(|(name, test)| holds(variable(name).as_deref(), *test)) {
                continue;
            }
            let by = set.iter().map(|(name, _)| (*name).to_owned());
            match found.iter_mut().find(|known| known.id == Some(actor.id)) {
                Some(known) => known.by.extend(by),
                None => found.push(InShell { id: Some(actor.id), name: spoken(actor), by: by.collect() }),
            }
        }
        for known in &mut found {
            known.by.sort();
            known.by.dedup();
        }
        found
    }

    /// Returns the trailer that names an agent as a co-author, in the form that is documented for it.
    #[must_use]
    pub fn co_author_line(id: &str) -> Option<&'static str> {
        let (_, line) = CO_AUTHORS.iter().find(|(actor, _)| built_in(*actor).is_some_and(|who| who.id == id))?;
        Some(line)
    }

    /// Reads `AI_AGENT`: `kiro@2.1`, `claude-code_2.1.0_cli`, `github_copilot_vscode_agent`.
    fn named_by_itself(&self, value: &str) -> Option<InShell> {
        let value = value.trim();
        let is_proper = |c: char| c.is_ascii_alphanumeric() || " ._-@/+:".contains(c);
        let says_no = matches!(value.to_ascii_lowercase().as_str(), "" | "0" | "1" | "false" | "true" | "no" | "yes");
        if says_no || value.len() > LONGEST_NAME || !value.chars().all(is_proper) {
            return None;
        }
        let by = vec![AI_AGENT.to_owned()];
        let actor = self.actor_called(value);
        let name = actor.map_or_else(|| value.to_owned(), spoken);
        Some(InShell { id: actor.map(|actor| actor.id), name, by })
    }

    fn actor_called(&self, value: &str) -> Option<&'static Actor> {
        let word = value.split(['@', '_', '/', ' ']).next().unwrap_or_default().to_ascii_lowercase();
        let agent = |id: &str| ACTORS.iter().find(|actor| actor.is_agent && actor.id == id);
        agent(&word).or_else(|| {
            let spoken = fold(&value.replace(['_', '@', '/'], " "));
            let phrase = self.phrase(&spoken).or_else(|| self.phrase_within(&spoken))?;
            let named: Vec<Who<'_>> = phrase.agents.into_iter().filter(Who::is_agent).collect();
            named.first().and_then(|who| agent(who.id))
        })
    }
}

/// Returns an actor's name as a trailer gives it: of two products under one id, the first.
fn spoken(actor: &Actor) -> String {
    actor.name.split(" and ").next().unwrap_or(actor.name).to_owned()
}

fn holds(value: Option<&str>, test: Test<'_>) -> bool {
    let Some(value) = value else { return false };
    match test {
        Test::Set => !matches!(value.to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "off"),
        Test::Is(wanted) => value.eq_ignore_ascii_case(wanted),
        Test::Has(part) => value.contains(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Vec<(Option<&'static str>, String)> {
        let variable = |asked: &str| {
            let found = variables.iter().find(|(name, _)| *name == asked);
            found.map(|(_, value)| (*value).to_owned())
        };
        let found = Catalogue::built_in().agents_of_shell(&variable);
        found.into_iter().map(|agent| (agent.id, agent.name)).collect()
    }

    fn ids(variables: &[(&str, &str)]) -> Vec<&'static str> {
        found(variables).into_iter().filter_map(|(id, _)| id).collect()
    }

    #[test]
    fn an_agents_shell_is_known_by_its_own_variables() {
        for (variables, id) in [
            (&[("CLAUDECODE", "1")][..], "claude-code"),
            (&[("KIRO_AGENT_PATH", "/opt/kiro")], "kiro"),
            (&[("AGENT_CONTEXT_OUT", "/a"), ("AGENT_DISPLAY_OUT", "/b")], "kiro"),
            (&[("AWS_EXECUTION_ENV", "AmazonQ-For-CLI Version/1.2")], "amazon-q"),
            (&[("CODEX_SANDBOX_NETWORK_DISABLED", "1")], "codex"),
            (&[("COPILOT_AGENT_JOB_ID", "7")], "copilot"),
            (&[("CURSOR_TRACE_ID", "x"), ("PAGER", "head -n 10000 | cat")], "cursor"),
            (&[("CURSOR_EXTENSION_HOST_ROLE", "agent-exec")], "cursor"),
            (&[("REPL_ID", "x"), ("REPLIT_MODE", "assistant")], "replit"),
            (&[("HOME", "/home/jules"), ("USER", "swebot")], "jules"),
            (&[("PS1", "\n###PS1JSON###\n{}")], "openhands"),
            (&[("AGENT", "goose")], "goose"),
            (&[("CLINE_ACTIVE", "true")], "cline"),
            (&[("OZ_RUN_ID", "7")], "warp"),
        ] {
            assert_eq!(ids(variables), [id], "{variables:?}");
        }
    }

    #[test]
    fn a_persons_terminal_is_nobodys() {
        for variables in [
            &[("CURSOR_TRACE_ID", "x")][..],
            &[("REPL_ID", "x")],
            &[("COPILOT_GITHUB_TOKEN", "x")],
            &[("AGENT", "1")],
            &[("AGENT_CONTEXT_OUT", "/a")],
            &[("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE")],
            &[("HOME", "/home/jules"), ("USER", "jules")],
            &[("CLAUDECODE", "0")],
            &[("CLAUDECODE", "")],
            &[("GEMINI_CLI", "false")],
            &[("CLAUDE_CODE_SSE_PORT", "4711")],
            &[("TERM_PROGRAM", "kiro")],
            &[("AI_AGENT", "")],
            &[("AI_AGENT", "0")],
            &[("AI_AGENT", "x\nSigned-off-by: y")],
            &[],
        ] {
            assert_eq!(found(variables), [], "{variables:?}");
        }
    }

    #[test]
    fn who_names_itself_stands_above_the_rest() {
        for (value, id) in [
            ("kiro@2.1", "kiro"),
            ("claude-code_2.1.0_cli", "claude-code"),
            ("github_copilot_vscode_agent", "copilot"),
            ("github_copilot_cloud_agent", "copilot"),
            ("goose", "goose"),
            ("gemini-cli", "gemini"),
            ("cursor-cli", "cursor"),
            ("opencode", "opencode"),
            ("codex", "codex"),
        ] {
            assert_eq!(ids(&[("CLAUDECODE", "1"), ("AI_AGENT", value)]), [id], "{value}");
        }
        assert_eq!(found(&[("AI_AGENT", "acme-fixer@3")]), [(None, "acme-fixer@3".to_owned())]);
        assert_eq!(ids(&[("AI_AGENT", "1"), ("CLAUDECODE", "1")]), ["claude-code"], "a bare yes names nobody");
    }

    #[test]
    fn one_shell_in_another_is_both() {
        assert_eq!(ids(&[("CLAUDECODE", "1"), ("CODEX_SANDBOX", "seatbelt")]), ["claude-code", "codex"]);
    }

    #[test]
    fn a_co_author_has_its_documented_address() {
        assert_eq!(
            Catalogue::co_author_line("kiro"),
            Some("Co-authored-by: Kiro Agent <244629292+kiro-agent@users.noreply.github.com>")
        );
        assert_eq!(Catalogue::co_author_line("nobody"), None);
    }
}
