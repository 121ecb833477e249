//! Whether the environments that a gate names wait for our App.

use std::sync::LazyLock;

use regex::Regex;

use super::seen::{Seen, SeenEnvironment};
use super::tally::{listed, short};
use super::unknown::unread;
use crate::policy::glob::Glob;
use crate::policy::named_otherwise;
use crate::render::checkup::Finding;

/// A job that uses an environment without deploying to it, as YAML may write that. Broad: a comment may
/// match, and what an expression comes to is not known before it runs.
static WITHOUT_DEPLOYMENT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?m)(?:^|[\s{,])["']?deployment["']?\s*:\s*(?:["']?false\b|\$\{\{)"#).ok());

pub(super) fn check(seen: &Seen, findings: &mut Vec<Finding>) {
    let globs: Vec<&Glob> = seen.gates().iter().flat_map(|gate| &gate.environments).collect();
    match &seen.environments {
        None => return,
        Some(Err(error)) => findings.push(unread("environments", "the environments", error, "actions: read")),
        Some(Ok(all)) => {
            let is_gated = |one: &&SeenEnvironment| globs.iter().any(|glob| glob.matches(&one.environment.name));
            all.iter().filter(is_gated).for_each(|one| environment(seen, one, findings));
            missing(seen, &globs, all, findings);
            spelled_otherwise(seen, all, findings);
        }
    }
    workflows(seen, findings);
}

fn environment(seen: &Seen, one: &SeenEnvironment, findings: &mut Vec<Finding>) {
    let name = short(&one.environment.name);
    let page = seen.page("environments");
    let is_ours = |app: u64| seen.app_id == Some(app);
    findings.push(match &one.custom {
        Err(error) => unread("environment-open", &format!("the apps that {name} waits for"), error, "actions: read"),
        Ok(rules) if rules.iter().any(|rule| rule.enabled && is_ours(rule.app.id)) => {
            Finding::well("environment", format!("{name} waits for our App"))
        }
        Ok(rules) if seen.app_id.is_none() && rules.iter().any(|rule| rule.enabled) => Finding::unknown(
            "environment-open",
            format!("{name} waits for an App; whether that is ours is not known here"),
            "say `--app-id NUMBER`",
        ),
        Ok(_) => {
            let has_reviewers = one.environment.protection_rules.iter().any(|rule| rule.kind == "required_reviewers");
            let instead = if has_reviewers { ", but for any one of its reviewers" } else { "" };
            Finding::hole(
                "environment-open",
                format!("a gate names the environment {name}, which does not wait for our App{instead}"),
                format!("turn the App on under \"Deployment protection rules\" of {name}: {page}"),
            )
        }
    });
    match one.environment.can_admins_bypass {
        Some(true) => findings.push(Finding::hole(
            "environment-admins",
            format!("administrators need not wait before deploying to {name}"),
            format!("turn off \"Allow administrators to bypass configured protection rules\" of {name}: {page}"),
        )),
        Some(false) => findings.push(Finding::well("environment-admins", format!("nobody passes the rules of {name}"))),
        None => findings.push(Finding::unknown(
            "environment-admins",
            format!("whether administrators need not wait before deploying to {name} is not told"),
            format!("see that \"Allow administrators to bypass configured protection rules\" is off: {page}"),
        )),
    }
}

/// Names environments that a gate names and that are not there: GitHub makes them without any rule when a
/// workflow uses them first ("Managing environments for deployment").
fn missing(seen: &Seen, globs: &[&Glob], all: &[SeenEnvironment], findings: &mut Vec<Finding>) {
    let literal = globs.iter().flat_map(|glob| glob.alternatives()).filter(|name| !name.contains(['*', '?']));
    let mut names: Vec<String> = literal.filter(|name| !all.iter().any(|one| one.environment.name == *name)).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return;
    }
    let message = format!(
        "a gate names the environment {}, which is not there: GitHub makes it, without any rule, when a workflow first \
        names it",
        listed(&names)
    );
    let repair = format!("make it, and turn the App on for it: {}", seen.page("environments"));
    findings.push(Finding::hole("environment-missing", message, repair));
}

/// Names environments that a gate would name in another case. The service lets nothing into them.
fn spelled_otherwise(seen: &Seen, all: &[SeenEnvironment], findings: &mut Vec<Finding>) {
    for one in all {
        let name = &one.environment.name;
        if let Some(gate) = named_otherwise(seen.gates(), name) {
            findings.push(Finding::hole(
                "environment-case",
                format!(
                    "{} is no environment of the gate that names {}: names are compared exactly",
                    short(name),
                    short(gate)
                ),
                format!("spell it in the policy as it is spelled there: {}", seen.page("environments")),
            ));
        }
    }
}

/// Looks for jobs that take an environment's secrets without asking anybody.
fn workflows(seen: &Seen, findings: &mut Vec<Finding>) {
    match &seen.workflows {
        None => {}
        Some(Err(error)) => findings.push(unread("without-deployment", "the workflows", error, "contents: read")),
        Some(Ok(files)) => {
            let deploys_not = |text: &str| WITHOUT_DEPLOYMENT.as_ref().is_none_or(|pattern| pattern.is_match(text));
            let found: Vec<String> =
                files.iter().filter(|(_, text)| deploys_not(text)).map(|(path, _)| path.clone()).collect();
            findings.push(if found.is_empty() {
                Finding::well(
                    "without-deployment",
                    "no workflow of the default branch uses an environment without deploying",
                )
            } else {
                Finding::hole(
                    "without-deployment",
                    format!(
                        "{} has jobs with `deployment: false`: they get the secrets of an environment, and no rule of \
                        ours is asked",
                        listed(&found)
                    ),
                    "take `deployment` out, or let no secret that deploys rest on the environment alone",
                )
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_that_do_not_deploy_are_found_in_every_spelling() {
        let found = |text: &str| WITHOUT_DEPLOYMENT.as_ref().unwrap().is_match(text);
        for text in [
            "environment:\n  name: production\n  deployment: false\n",
            "environment: {name: production, deployment: false}",
            "environment: { 'deployment' : 'false' }",
            "  deployment: ${{ inputs.deploy }}",
        ] {
            assert!(found(text), "{text}");
        }
        for text in ["deployment: true", "create_deployment: false", "environment: production", "deployment:\n  x: 1"] {
            assert!(!found(text), "{text}");
        }
    }
}
