//! What came of a push, as its pusher and the server see it.

use std::process::Output;

/// What came of a push.
pub struct Push {
    /// What the pusher read.
    pub text: String,
    succeeded: bool,
    before: String,
    after: String,
}

impl Push {
    /// Remembers how git ended, and the server's refs before and after.
    pub fn new(output: &Output, before: String, after: String) -> Self {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        Self { text, succeeded: output.status.success(), before, after }
    }

    /// Tells whether git called it a success.
    pub fn succeeded(&self) -> bool {
        self.succeeded
    }

    /// Fails unless the push was refused as a whole, and the pusher was told all of these codes.
    #[track_caller]
    pub fn refused(&self, codes: &[&str]) -> &Self {
        assert!(!self.succeeded, "it was let through: {}", self.text);
        assert_eq!(self.before, self.after, "a refused push moved a ref: {}", self.text);
        for code in codes {
            assert!(self.text.contains(&format!("[{code}]")), "[{code}] is not named: {}", self.text);
        }
        self
    }

    /// Fails unless the push landed, and the server has the commit at the ref.
    #[track_caller]
    pub fn landed(&self, name: &str, oid: &str) -> &Self {
        assert!(self.succeeded, "it was refused: {}", self.text);
        let is_there = |line: &str| line.starts_with(oid) && line.ends_with(&format!("\t{name}"));
        assert!(self.after.lines().any(is_there), "{name} is not at {oid}: {}", self.after);
        self
    }

    /// Fails unless the pusher read this.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.text.contains(words), "`{words}` is not said: {}", self.text);
        self
    }

    /// Fails unless the pusher read this, wherever the lines end and sentences begin.
    #[track_caller]
    pub fn explains(&self, words: &str) -> &Self {
        let lines = self.text.lines().map(|line| line.strip_prefix("remote: ").unwrap_or(line).trim());
        let text = lines.collect::<Vec<_>>().join(" ").to_lowercase();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&words.to_lowercase()), "`{words}` is not explained: {}", self.text);
        self
    }

    /// Fails if the pusher read this.
    #[track_caller]
    pub fn does_not_say(&self, words: &str) -> &Self {
        assert!(!self.text.contains(words), "`{words}` is said: {}", self.text);
        self
    }
}
