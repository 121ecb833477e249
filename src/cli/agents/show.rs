//! `countersign agents show`: everything that is known of one agent.

use std::path::PathBuf;

use anyhow::Result;

use super::{document, policy};
use crate::catalogue::entry::Document;
use crate::cli::{Exit, Format, Shell, json};
use crate::model::terminal_safe;
use crate::render::agents::{show, show_json, show_rule, show_rule_json};

/// How many ids are proposed for one that is not known.
const PROPOSALS: usize = 4;

/// Show everything that is known of an agent: each sign, where it comes from, when it was last seen
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign agents show kiro\n  countersign agents show dependabot\n  \
    countersign --format json agents show amazon-q | jq '.signs[] | select(.kind == \"address\")'")]
pub struct Args {
    /// The agent's or robot's id, as `agents list` prints it
    id: String,
    /// Look among the agents of this policy, too
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When something cannot be read or written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let policy = match policy(args.policy.as_deref(), shell)? {
        Ok(policy) => policy,
        Err(exit) => return Ok(exit),
    };
    let document = document()?;
    let wanted = args.id.to_lowercase();
    for (entries, is_agent) in [(&document.agents, true), (&document.robots, false)] {
        if let Some(entry) = entries.iter().find(|entry| entry.value.id == wanted) {
            match shell.format {
                Format::Human => write!(shell.out, "{}", show(&entry.value, is_agent, shell.color_out))?,
                format => json::write_for(format, shell.out, &show_json(&entry.value, is_agent))?,
            }
            return Ok(Exit::Permitted);
        }
    }
    if let Some(policy) = &policy {
        for (rules, is_agent) in [(&policy.agents, true), (&policy.robots, false)] {
            if let Some(rule) = rules.iter().find(|rule| rule.id == args.id) {
                match shell.format {
                    Format::Human => write!(shell.out, "{}", show_rule(rule, is_agent))?,
                    format => json::write_for(format, shell.out, &show_rule_json(rule, is_agent))?,
                }
                return Ok(Exit::Permitted);
            }
        }
    }
    writeln!(shell.err, "error: no agent or robot has the id `{}`", terminal_safe(&args.id))?;
    let near = near(&wanted, &document);
    if near.is_empty() {
        writeln!(shell.err, "hint: `countersign agents list --robots` lists all")?;
    } else {
        writeln!(shell.err, "hint: did you mean {}?", near.join(" or "))?;
    }
    Ok(Exit::Usage)
}

/// Returns ids that have to do with what was asked for: by a part of the id, name or vendor.
fn near(wanted: &str, document: &Document) -> Vec<String> {
    let has = |text: &str| {
        let text = text.to_lowercase();
        wanted.len() > 1 && (text.contains(wanted) || text.len() > 2 && wanted.contains(text.as_str()))
    };
    let entries = || document.agents.iter().chain(&document.robots).map(|entry| &entry.value);
    let called = entries().filter(|entry| has(&entry.id) || has(&entry.name));
    let made = entries().filter(|entry| entry.vendor.as_deref().is_some_and(has));
    let mut ids: Vec<String> = Vec::new();
    for id in called.chain(made).map(|entry| format!("`{}`", entry.id)) {
        if ids.len() < PROPOSALS && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}
