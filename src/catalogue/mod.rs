//! Agents and robots as data: who they are and what they leave behind.
#![allow(missing_docs, reason = "temporary")]
use crate::model::Identity;
use crate::policy::ActorRule;
pub struct Catalogue;
#[derive(Clone, Copy)]
pub enum ActorKind {
    Agent,
    Robot,
}
pub struct ActorMatch {
    pub kind: ActorKind,
    pub id: String,
}
impl Catalogue {
    pub fn with_rules(_a: &[ActorRule], _r: &[ActorRule]) -> Self {
        Self
    }
    pub fn match_identity(&self, _i: &Identity) -> Vec<ActorMatch> {
        let _ = (ActorKind::Agent, ActorKind::Robot);
        Vec::new()
    }
}
