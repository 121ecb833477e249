//! Simpler rules than ours, to compare with: what other tools, hooks and studies look for. They know
//! what they know from the lists that those publish, and nothing from our catalogue.

use super::super::lines::InputLine;

/// A simpler rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Baseline {
    /// The author is one of a list of accounts.
    AuthorAccount,
    /// A trailer of git's last block names an agent, or says that one helped.
    LastBlock,
    /// The message names a product, wherever.
    ProductName,
}

impl Baseline {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AuthorAccount, Self::LastBlock, Self::ProductName];

    /// Returns what it looks for, in a few words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::AuthorAccount => "author is a listed account",
            Self::LastBlock => "trailer in git's last block",
            Self::ProductName => "product name anywhere",
        }
    }

    /// Tells whether the rule takes a commit for an agent's, or for one that an agent helped with.
    #[must_use]
    pub fn finds(self, commit: &InputLine) -> bool {
        match self {
            Self::AuthorAccount => is_listed(&commit.author.email.to_lowercase()),
            Self::LastBlock => last_block(&commit.message).iter().any(|line| names_agent(line)),
            Self::ProductName => names_product(&commit.message),
        }
    }
}

/// The accounts that lists of bots agree on.
const ACCOUNTS: &[&str] = &[
    "198982749+copilot@users.noreply.github.com",
    "158243242+devin-ai-integration[bot]@users.noreply.github.com",
    "161369871+google-labs-jules[bot]@users.noreply.github.com",
    "206951365+cursor[bot]@users.noreply.github.com",
    "209825114+claude[bot]@users.noreply.github.com",
    "208079219+amazon-q-developer[bot]@users.noreply.github.com",
    "215057067+openai-codex[bot]@users.noreply.github.com",
    "199175422+chatgpt-codex-connector[bot]@users.noreply.github.com",
    "176961590+gemini-code-assist[bot]@users.noreply.github.com",
    "noreply@anthropic.com",
    "cursoragent@cursor.com",
];

fn is_listed(email: &str) -> bool {
    ACCOUNTS.contains(&email)
}

/// The lines of the message's last block of trailers, by git's rules (git-interpret-trailers(1)): the
/// last paragraph, unless it is the first; every line a trailer or the continuation of one, or one
/// that git itself writes among at least a quarter of trailers.
fn last_block(message: &str) -> Vec<String> {
    let lines: Vec<&str> = message.lines().map(str::trim_end).collect();
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    let body = lines.get(..end).unwrap_or_default();
    let Some(start) = body.iter().rposition(|line| line.is_empty()) else { return Vec::new() };
    let mut block: Vec<String> = Vec::new();
    let (mut trailers, mut others, mut is_gits) = (0, 0, false);
    for line in body.get(start + 1..).unwrap_or_default() {
        if line.starts_with([' ', '\t']) {
            if let Some(last) = block.last_mut() {
                last.push_str(line);
            }
            continue;
        }
        is_gits |= line.starts_with("Signed-off-by: ") || line.starts_with("(cherry picked from commit ");
        if is_trailer(line) || line.starts_with("(cherry picked from commit ") {
            trailers += 1;
        } else {
            others += 1;
        }
        block.push((*line).to_owned());
    }
    let is_block = trailers > 0 && (others == 0 || is_gits && trailers * 3 >= others);
    if is_block { block } else { Vec::new() }
}

fn is_trailer(line: &str) -> bool {
    line.split_once(':').is_some_and(|(key, _)| {
        !key.is_empty() && key.trim_end().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

/// Tells whether a trailer names an agent.
fn names_agent(line: &str) -> bool {
    let Some((key, value)) = line.split_once(':') else { return false };
    let key = key.trim().to_lowercase();
    let is_telling = matches!(key.as_str(), "co-authored-by" | "assisted-by" | "generated-by" | "made-with");
    is_telling && names_product(value)
}

/// The names of products that such lists search for.
const PRODUCTS: &[&str] = &[
    "aider",
    "amp",
    "anthropic",
    "chatgpt",
    "claude",
    "cline",
    "codex",
    "copilot",
    "cursor",
    "cursoragent",
    "devin",
    "gemini",
    "gpt",
    "jules",
    "kiro",
    "openai",
    "opencode",
    "openhands",
    "windsurf",
];

fn names_product(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| PRODUCTS.binary_search(&word.to_lowercase().as_str()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(email: &str, message: &str) -> InputLine {
        let person = serde_json::json!({ "name": "Ada Byron", "email": email });
        serde_json::from_value(serde_json::json!({ "author": person, "committer": person, "message": message }))
            .unwrap()
    }

    #[test]
    fn each_rule_finds_what_it_looks_for_and_misses_the_rest() {
        let found = |email: &str, message: &str| Baseline::ALL.map(|rule| rule.finds(&commit(email, message)));
        let ada = "ada@example.com";
        assert_eq!(found("NoReply@Anthropic.com", "Fix"), [true, false, false]);
        assert_eq!(found(ada, "Fix\n\nCo-authored-by: Claude <noreply@anthropic.com>"), [false, true, true]);
        assert_eq!(found(ada, "Fix\n\nCo-authored-by: Claude <x@example.com>\n\nWhy: so"), [false, false, true]);
        assert_eq!(found(ada, "Move the cursor"), [false, false, true]);
        assert_eq!(found(ada, "Fix\n\nSee the precursor"), [false, false, false]);
        assert_eq!(found(ada, "Assisted-by: Cursor"), [false, false, true]);
    }

    #[test]
    fn the_last_block_is_gits() {
        assert_eq!(last_block("Fix\n\nWhy.\n\nA: b\nC: d\n e\n\n"), ["A: b", "C: d e"]);
        assert_eq!(last_block("A: b"), Vec::<String>::new());
        assert_eq!(last_block("Fix\n\nA: b\nsome prose here"), Vec::<String>::new());
        assert_eq!(last_block("Fix\n\nsome prose\nSigned-off-by: Ada Byron <ada@example.com>").len(), 2);
        assert_eq!(last_block(""), Vec::<String>::new());
    }

    #[test]
    fn names_are_sorted() {
        assert!(PRODUCTS.is_sorted());
    }
}
