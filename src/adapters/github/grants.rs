//! What the app asks for: permissions and events, each with its reason. The one list from which tokens are
//! narrowed, the app is made, `doctor` judges, and which docs/github-app.md shows.

/// How much of something an app may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Look at it.
    Read,
    /// Change it.
    Write,
}

impl Access {
    /// Returns GitHub's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// A permission that the app needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// GitHub's name for it in its API.
    pub name: &'static str,
    /// How much.
    pub access: Access,
    /// What for.
    pub purpose: &'static str,
}

/// The least that the app needs, by name.
pub const PERMISSIONS: [Permission; 11] = [
    Permission {
        name: "actions",
        access: Access::Read,
        purpose: "runs that wait to deploy; environments and their rules",
    },
    Permission { name: "administration", access: Access::Read, purpose: "what `doctor` looks at" },
    Permission { name: "checks", access: Access::Write, purpose: "the answer" },
    Permission { name: "contents", access: Access::Read, purpose: "commits, and the policy on the default branch" },
    Permission {
        name: "deployments",
        access: Access::Write,
        purpose: "answering before a deployment; what was deployed",
    },
    Permission { name: "issues", access: Access::Write, purpose: "answering commands" },
    Permission { name: "members", access: Access::Read, purpose: "teams and organizations that a policy names" },
    Permission { name: "merge_queues", access: Access::Read, purpose: "groups of a merge queue" },
    Permission { name: "metadata", access: Access::Read, purpose: "GitHub gives it to every app" },
    Permission { name: "pull_requests", access: Access::Write, purpose: "asking for reviews" },
    Permission {
        name: "statuses",
        access: Access::Write,
        purpose: "being offered as the source of a required check; `--commit-status`",
    },
];

/// What lets an app change the gate that it guards, or who passes it. Never to be granted for writing.
pub const NEVER_WRITE: [&str; 7] =
    ["administration", "contents", "environments", "members", "organization_administration", "secrets", "workflows"];

/// The events that the app listens to.
pub const EVENTS: [&str; 16] = [
    "branch_protection_rule",
    "check_run",
    "check_suite",
    "deployment_protection_rule",
    "deployment_status",
    "issue_comment",
    "member",
    "membership",
    "merge_group",
    "organization",
    "pull_request",
    "pull_request_review",
    "push",
    "repository",
    "repository_ruleset",
    "team",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_asked_for_that_may_never_be_granted() {
        let writes = PERMISSIONS.iter().filter(|one| one.access == Access::Write);
        assert!(writes.clone().count() > 0);
        for one in writes {
            assert!(!NEVER_WRITE.contains(&one.name), "{}", one.name);
        }
        assert!(PERMISSIONS.is_sorted_by_key(|one| one.name) && EVENTS.is_sorted() && NEVER_WRITE.is_sorted());
    }

    #[test]
    fn the_manual_lists_the_same() {
        let manual = include_str!("../../../docs/github-app.md");
        let spoken = |name: &str| name.replace('_', " ");
        for one in PERMISSIONS {
            let row = format!("| {} | {} | {} |", spoken(one.name), one.access.as_str(), one.purpose);
            assert!(manual.contains(&row), "docs/github-app.md has no row `{row}`");
        }
        let rows = manual
            .lines()
            .filter(|line| line.ends_with(" |") && (line.contains("| read |") || line.contains("| write |")));
        assert_eq!(rows.count(), PERMISSIONS.len());
        let events: Vec<String> = EVENTS.iter().map(|event| spoken(event)).collect();
        let words: Vec<&str> = manual.split_whitespace().collect();
        assert!(words.join(" ").contains(&format!("Events: {}.", events.join(", "))), "{}", events.join(", "));
    }
}
