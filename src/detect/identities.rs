//! The people on a commit's own lines: author and committer, and the account that it came from.

use super::Signature;
use super::sink::{Sink, Weight};
use crate::catalogue::unicode::as_on_terminal;
use crate::catalogue::{ActorKind, Catalogue, FoldedAddress, Who};
use crate::model::Account;

/// Reads the author line. An author who is automation makes the commit a robot's, unless an agent
/// had a part in it.
pub fn author(catalogue: &Catalogue, author: &Signature<'_>, sink: &mut Sink) {
    for who in known(catalogue, author) {
        let weight = if who.kind == ActorKind::Agent { Weight::Agent } else { Weight::Robot };
        sink.sign(weight, "author", who, "author", &author.to_string());
    }
}

/// Reads the committer line. Automation that only commits (a merge button, a rebase) says nothing
/// about who wrote it; an agent there had the change in its hands.
pub fn committer(catalogue: &Catalogue, committer: &Signature<'_>, sink: &mut Sink) {
    for who in known(catalogue, committer).into_iter().filter(Who::is_agent) {
        sink.sign(Weight::Agent, "committer", who, "committer", &committer.to_string());
    }
}

/// Reads the account that the commit came from.
pub fn account(catalogue: &Catalogue, account: &Account, sink: &mut Sink) {
    let mut found = Vec::new();
    catalogue.find_account(account, None, &mut found);
    for who in found.into_iter().filter(Who::is_agent) {
        sink.sign(Weight::Agent, "account", who, "account", &account.to_string());
    }
}

/// Stands for the address of a line that gives none: it belongs to nobody (RFC 6761, section 6.4).
const NOBODYS: &str = "noreply@invalid";

/// Returns the agents and robots that a signature is known to be.
pub fn known<'c>(catalogue: &'c Catalogue, signature: &Signature<'_>) -> Vec<Who<'c>> {
    let mut found = Vec::new();
    let name = String::from_utf8_lossy(signature.name);
    let email = String::from_utf8_lossy(signature.email);
    let address = if FoldedAddress::new(&email).is_some() { &email } else { NOBODYS };
    catalogue.find_person(&name, address, &mut found);
    let (name_shown, address_shown) = (as_on_terminal(&name), as_on_terminal(address));
    if name_shown.is_some() || address_shown.is_some() {
        let name = name_shown.as_deref().unwrap_or(&name);
        catalogue.find_person(name, address_shown.as_deref().unwrap_or(address), &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}
