//! The sentences of findings: what a person reads beside a code, and what they can do.
//!
//! Text that comes from commits or people is not escaped here; every surface escapes for itself.

use super::finding::{Code, Finding};

/// Returns a finding with the code's own sentences; a rule that knows more replaces the message.
pub(super) fn finding(code: Code, subject: &str) -> Finding {
    Finding {
        blocking: code.is_blocking(),
        code,
        gate: None,
        lifted: false,
        message: code.summary().trim_end_matches('.').to_owned(),
        remedy: remedy(code).to_owned(),
        subject: subject.to_owned(),
    }
}

impl Finding {
    /// Returns the finding with a more exact sentence.
    pub(super) fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Returns the finding with the gate that asks.
    pub(super) fn gate(mut self, gate: &str) -> Self {
        self.gate = Some(gate.to_owned());
        self
    }
}

/// Returns what clears a finding, in one sentence.
fn remedy(code: Code) -> &'static str {
    match code {
        Code::SignOffMissing => "ask somebody who may sign to run `countersign sign-off`",
        Code::NobodyMaySign => "give the role to somebody who did not work on the change, or ask for an override",
        Code::RoleUnavailable => "make the role's membership readable again and try again, or ask for an override",
        Code::SelfSignOff => "ask somebody who did not work on the change",
        Code::RoleMissing => "ask somebody who holds the role",
        Code::ReviewerUnknown => "enter the key or account in the policy under exactly one person",
        Code::ReviewerNotHuman => "ask a human being",
        Code::PresenceMissing => "sign again with a security key, and touch it or enter its PIN as the policy asks",
        Code::MethodNotAccepted => "sign again by means that the policy accepts",
        Code::SignOffStale => "sign exactly what is to land now",
        Code::SignOffElsewhere => "sign for this repository, target and plan",
        Code::SignOffExpired => "sign again",
        Code::SignOffRevoked => "ask the signer whether the objection still stands",
        Code::SignOffInvalid => "sign again with `countersign sign-off`, with an enrolled key",
        Code::Vetoed => "settle it with whoever objected; they can approve or revoke",
        Code::AuthorshipUndetermined => "write the commit anew in UTF-8",
        Code::DeclarationDropped => "keep the trailers when commits are squashed or rewritten, or have it signed off",
        Code::ContributorUnknown => "enter the person in the policy with this address or account",
        Code::PusherUnknown => "push with an account that the server identifies",
        Code::RefDeleted => "keep the ref, or ask for an override with `--action delete`",
        Code::RefRewound => "add a commit that undoes the change, or ask for an override with `--action rewind`",
        Code::RefShadowed => "choose another name",
        Code::RefForbidden => "push to a branch or tag",
        Code::ObjectMalformed => "make the object anew with stock git",
        Code::MergeAltered => "review the merge as a change of its own",
        Code::HistoryObscured => "remove grafts, the shallow file and replace refs on the server",
        Code::LimitExceeded => "bring the change in smaller parts, or raise the policy's limit",
        Code::PolicyChange => "ask a policy owner to sign the change off",
        Code::PolicyInvalid => "correct the policy (`countersign policy check`) and raise its serial",
        Code::PolicyUnreadable => "restore the policy where the gate reads it, then run `countersign doctor`",
        Code::PolicyRolledBack => "bring back the newest policy, or a newer one with a higher serial",
        Code::FactsUnknown => "repair what could not be read and try again, or ask for an override",
        Code::LedgerUnavailable => "make the ledger writable again, then try again",
        Code::CandidateUnguarded => "land the commit on a guarded branch, then deploy it by its complete id",
        Code::CandidateUnseen => "deploy a state that landed or ran here, or undo the rest on the branch",
        Code::RolledBack | Code::Overridden => "nothing",
        Code::OverrideExpired => "give a new override, within the longest life the policy allows",
        Code::OverrideConsumed => "give a new override; each works once",
        Code::OverrideElsewhere => "give an override for this repository, target, action and plan",
        Code::OverrideStale => "give an override for exactly this change",
        Code::OverrideReasonInsufficient => "give a new override with a reason and ticket as the policy asks",
        Code::OverrideNotPermitted => "ask a release manager who did not work on the change",
        Code::OverrideIncomplete => "ask another release manager to add theirs: `countersign override --cosign`",
        Code::OverrideReviewOverdue => "review the earlier override: `countersign audit review`",
    }
}
