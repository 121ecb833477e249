//! What people share with agents: given names, everyday words, mail providers, terminals. A rule made
//! of nothing else would hit people.
//!
//! Shared with `build.rs`: nothing else of the crate may be named here.

/// Given names and family names that agents bear, too, and some more that a next one may bear.
pub const GIVEN_NAMES: &[&str] = &[
    "ada", "adam", "aide", "alex", "alice", "amber", "anna", "aria", "atlas", "aurora", "ava", "ben", "charlie",
    "chris", "claire", "claud", "claude", "cline", "cody", "dana", "daniel", "david", "devin", "ella", "ellis", "emma",
    "eva", "eve", "felix", "finn", "francis", "grace", "gru", "hal", "hermes", "iris", "jack", "james", "jarvis",
    "jules", "julia", "june", "junie", "kai", "kim", "kimi", "kiro", "leo", "liam", "lily", "linus", "luna", "max",
    "maya", "mia", "milo", "mira", "nora", "nova", "oliver", "olivia", "oscar", "otto", "pi", "robin", "roo", "ruby",
    "ryan", "sage", "sam", "sasha", "sketch", "sol", "sonny", "sophia", "stella", "theo", "vera", "victor", "violet",
    "will", "zed", "zoe",
];

/// Words of every day that are products' names, too.
pub const EVERYDAY_WORDS: &[&str] = &[
    "agent",
    "agents",
    "amp",
    "assistant",
    "augment",
    "blackbox",
    "bolt",
    "bot",
    "builder",
    "cascade",
    "charm",
    "coder",
    "composer",
    "continue",
    "copy",
    "crush",
    "cursor",
    "developer",
    "dev",
    "droid",
    "engine",
    "fable",
    "factory",
    "fixer",
    "flow",
    "gemini",
    "ghost",
    "goose",
    "haiku",
    "happy",
    "helper",
    "junior",
    "lovable",
    "mentat",
    "mythos",
    "ona",
    "opus",
    "oz",
    "pilot",
    "reviewer",
    "sonnet",
    "sweep",
    "swarm",
    "tembo",
    "test",
    "trae",
    "user",
    "vibe",
    "warp",
    "windsurf",
    "you",
];

/// Where anybody has an address.
pub const MAIL_PROVIDERS: &[&str] = &[
    "126.com",
    "163.com",
    "aol.com",
    "duck.com",
    "fastmail.com",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "outlook.com",
    "pm.me",
    "posteo.de",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "users.noreply.github.com",
    "web.de",
    "yahoo.com",
    "yandex.ru",
];

/// Variables that stand in people's own terminals, too: in every terminal of an editor, or in that of
/// whoever has an account with a vendor.
pub const EVERYDAY_VARIABLES: &[&str] = &[
    "AGENT",
    "ANTHROPIC_API_KEY",
    "AWS_EXECUTION_ENV",
    "CI",
    "CLAUDE_CODE_SSE_PORT",
    "COPILOT_GITHUB_TOKEN",
    "CURSOR_TRACE_ID",
    "GEMINI_API_KEY",
    "GEMINI_CLI_IDE_SERVER_PORT",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "HOME",
    "OPENAI_API_KEY",
    "PAGER",
    "PATH",
    "PROMPT_COMMAND",
    "PS1",
    "REPL_ID",
    "SHELL",
    "SSH_AUTH_SOCK",
    "TERM",
    "TERM_PROGRAM",
    "USER",
    "VSCODE_GIT_ASKPASS_NODE",
    "VSCODE_INJECTION",
    "VSCODE_IPC_HOOK_CLI",
    "npm_config_yes",
];

/// Beginnings of branch names that people choose themselves.
pub const EVERYDAY_BRANCHES: &[&str] = &[
    "agent/",
    "ai/",
    "auto/",
    "automation/",
    "bot/",
    "bugfix/",
    "chore/",
    "dev/",
    "docs/",
    "feat/",
    "feature/",
    "fix/",
    "hotfix/",
    "main",
    "patch-",
    "refactor/",
    "release/",
    "review/",
    "test/",
    "user/",
    "users/",
    "wip/",
];

/// The keys with which GitHub signs what anybody does on its pages (<https://github.com/web-flow.gpg>).
pub const GITHUBS_OWN_KEYS: &[&str] =
    &["5DE3E0509C47EA3CF04A42D34AEE18F83AFDEB23", "968479A1AFF927E37D1A566BB5690EEEBB952194"];

/// Tells whether a name, in lower case and without blanks around it, is nothing but a name that people
/// bear or a word of every day.
#[must_use]
pub fn is_everyday_name(name: &str) -> bool {
    GIVEN_NAMES.contains(&name) || EVERYDAY_WORDS.contains(&name)
}

/// Tells whether anybody may have an address at a domain, in lower case.
#[must_use]
pub fn is_mail_provider(domain: &str) -> bool {
    MAIL_PROVIDERS.contains(&domain)
}
