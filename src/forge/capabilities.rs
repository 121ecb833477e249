//! What a forge can do, as data: the gate says plainly where a forge is too weak to hold a rule.

/// What a forge offers to a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one independent ability")]
pub struct Capabilities {
    /// A required check can be pinned to the app that reports it, so that nobody else can.
    pub pins_checks: bool,
    /// A change cannot be merged while a required check is missing or not successful.
    pub blocks_merging: bool,
    /// After so many seconds the forge itself turns a pending check into a failed one.
    pub pending_ends_after: Option<u32>,
    /// How many buttons a check can have.
    pub buttons: u8,
    /// The forge asks before it deploys.
    pub asks_before_deploying: bool,
    /// Changes can be queued and tested together before they land.
    pub queues_merges: bool,
    /// The forge tells which accounts are no human beings.
    pub tells_bots: bool,
}
