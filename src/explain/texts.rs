//! The texts themselves, one Markdown file per code.
//!
//! A match without a wildcard: a code without a text does not compile.

use crate::decide::Code;

/// Returns a code's text as it was written.
pub(super) fn text(code: Code) -> &'static str {
    match code {
        Code::SignOffMissing => include_str!("codes/sign-off-missing.md"),
        Code::NobodyMaySign => include_str!("codes/nobody-may-sign.md"),
        Code::RoleUnavailable => include_str!("codes/role-unavailable.md"),
        Code::SelfSignOff => include_str!("codes/self-sign-off.md"),
        Code::RoleMissing => include_str!("codes/role-missing.md"),
        Code::ReviewerUnknown => include_str!("codes/reviewer-unknown.md"),
        Code::ReviewerNotHuman => include_str!("codes/reviewer-not-human.md"),
        Code::PresenceMissing => include_str!("codes/presence-missing.md"),
        Code::MethodNotAccepted => include_str!("codes/method-not-accepted.md"),
        Code::SignOffStale => include_str!("codes/sign-off-stale.md"),
        Code::SignOffElsewhere => include_str!("codes/sign-off-elsewhere.md"),
        Code::SignOffExpired => include_str!("codes/sign-off-expired.md"),
        Code::SignOffRevoked => include_str!("codes/sign-off-revoked.md"),
        Code::SignOffInvalid => include_str!("codes/sign-off-invalid.md"),
        Code::Vetoed => include_str!("codes/vetoed.md"),
        Code::AuthorshipUndetermined => include_str!("codes/authorship-undetermined.md"),
        Code::DeclarationDropped => include_str!("codes/declaration-dropped.md"),
        Code::ContributorUnknown => include_str!("codes/contributor-unknown.md"),
        Code::PusherUnknown => include_str!("codes/pusher-unknown.md"),
        Code::RefDeleted => include_str!("codes/ref-deleted.md"),
        Code::RefRewound => include_str!("codes/ref-rewound.md"),
        Code::RefShadowed => include_str!("codes/ref-shadowed.md"),
        Code::RefForbidden => include_str!("codes/ref-forbidden.md"),
        Code::ObjectMalformed => include_str!("codes/object-malformed.md"),
        Code::MergeAltered => include_str!("codes/merge-altered.md"),
        Code::HistoryObscured => include_str!("codes/history-obscured.md"),
        Code::LimitExceeded => include_str!("codes/limit-exceeded.md"),
        Code::PolicyChange => include_str!("codes/policy-change.md"),
        Code::PolicyInvalid => include_str!("codes/policy-invalid.md"),
        Code::PolicyUnreadable => include_str!("codes/policy-unreadable.md"),
        Code::PolicyRolledBack => include_str!("codes/policy-rolled-back.md"),
        Code::FactsUnknown => include_str!("codes/facts-unknown.md"),
        Code::LedgerUnavailable => include_str!("codes/ledger-unavailable.md"),
        Code::CandidateUnseen => include_str!("codes/candidate-unseen.md"),
        Code::CandidateUnguarded => include_str!("codes/candidate-unguarded.md"),
        Code::RolledBack => include_str!("codes/rolled-back.md"),
        Code::Overridden => include_str!("codes/overridden.md"),
        Code::OverrideExpired => include_str!("codes/override-expired.md"),
        Code::OverrideConsumed => include_str!("codes/override-consumed.md"),
        Code::OverrideElsewhere => include_str!("codes/override-elsewhere.md"),
        Code::OverrideStale => include_str!("codes/override-stale.md"),
        Code::OverrideReasonInsufficient => include_str!("codes/override-reason-insufficient.md"),
        Code::OverrideNotPermitted => include_str!("codes/override-not-permitted.md"),
        Code::OverrideIncomplete => include_str!("codes/override-incomplete.md"),
        Code::OverrideReviewOverdue => include_str!("codes/override-review-overdue.md"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_shows_its_own_text() {
        for code in Code::ALL {
            let path = format!("{}/src/explain/codes/{code}.md", env!("CARGO_MANIFEST_DIR"));
            assert_eq!(std::fs::read_to_string(path).unwrap(), text(*code), "{code}");
        }
    }
}
