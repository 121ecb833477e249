//! Text to statements, as far as the databases agree on where each of them ends.

use super::super::Unreadable;

/// A part of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A bare word, in capital letters.
    Word(String),
    /// A quoted name. In some databases it is text: it means nothing here.
    Name(String),
    /// Text in quotes.
    Text,
    /// A number, or a numbered parameter.
    Number,
    /// Anything else, a character each.
    Symbol(char),
}

impl Token {
    /// Tells whether it is this bare word.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(found) if found == word)
    }
}

/// A statement without its end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) line: usize,
    pub(super) tokens: Vec<Token>,
}

/// Cuts a text into its statements; empty ones are left out.
pub(super) fn statements(text: &str) -> Result<Vec<Statement>, Unreadable> {
    let mut lexer = Lexer { rest: text, line: 1 };
    let mut found = Vec::new();
    let mut statement = Statement::default();
    while let Some(token) = lexer.token(&statement.tokens)? {
        if token == Token::Symbol(';') {
            found.push(std::mem::take(&mut statement));
            continue;
        }
        if statement.tokens.is_empty() {
            statement.line = lexer.line;
        }
        statement.tokens.push(token);
    }
    found.push(statement);
    found.retain(|statement| !statement.tokens.is_empty());
    Ok(found)
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Lexer<'a> {
    /// Returns the next token; `before` are those of the statement so far.
    fn token(&mut self, before: &[Token]) -> Result<Option<Token>, Unreadable> {
        loop {
            let Some(first) = self.rest.chars().next() else { return Ok(None) };
            if first.is_ascii_whitespace() {
                self.take(1);
            } else if self.rest.starts_with("--") {
                self.line_comment()?;
            } else if self.rest.starts_with("/*") {
                self.block_comment()?;
            } else {
                return self.visible(first, before).map(Some);
            }
        }
    }

    fn visible(&mut self, first: char, before: &[Token]) -> Result<Token, Unreadable> {
        let next = self.rest.chars().nth(1);
        match first {
            '\'' => self.quoted('\'').map(|_| Token::Text),
            '"' | '`' => self.quoted(first).map(Token::Name),
            '[' => self.bracket(before),
            '$' => self.dollar(next),
            ':' if next == Some(':') || next == Some('=') => {
                self.take(2);
                Ok(Token::Symbol(':'))
            }
            '#' | '\\' | '{' | '}' | ':' => Err(self.doubt(&format!("`{first}`, which may stand for anything"))),
            _ if first.is_control() => Err(self.doubt("a character that nobody sees")),
            _ if is_word(first) && !first.is_ascii_digit() => {
                let word = self.run(|c| is_word(c) || c == '$');
                Ok(Token::Word(word.to_uppercase()))
            }
            _ if first.is_ascii_digit() => {
                self.run(|c| is_word(c) || c == '.');
                Ok(Token::Number)
            }
            _ => {
                self.take(first.len_utf8());
                Ok(Token::Symbol(first))
            }
        }
    }

    /// Passes over bytes, and counts their lines.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.line += taken.bytes().filter(|byte| *byte == b'\n').count();
        self.rest = rest;
        taken
    }

    fn run(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c: char| !belongs(c)).unwrap_or(self.rest.len());
        self.take(end)
    }

    /// MySQL takes two dashes for a comment only where a blank follows.
    fn line_comment(&mut self) -> Result<(), Unreadable> {
        if !self.rest.chars().nth(2).is_none_or(|c| c.is_ascii_whitespace()) {
            return Err(self.doubt("two dashes without a blank behind them"));
        }
        self.run(|c| c != '\n');
        Ok(())
    }

    /// Some databases nest these comments, and MySQL runs what stands in some of them.
    fn block_comment(&mut self) -> Result<(), Unreadable> {
        let inside = self.rest.get(2..).unwrap_or_default();
        let end = inside.find("*/").ok_or_else(|| self.doubt("a comment without an end"))?;
        let comment = inside.get(..end).unwrap_or_default();
        if comment.contains("/*") || comment.starts_with(['!', '+']) || comment.starts_with("M!") {
            return Err(self.doubt("a comment that some databases do not take for one"));
        }
        self.take(end + 4);
        Ok(())
    }

    /// Passes over a quoted text or name. A quote that stands twice is one of it; after a backslash the databases
    /// disagree.
    fn quoted(&mut self, quote: char) -> Result<String, Unreadable> {
        let open = self.doubt("a quote without an end");
        self.take(1);
        let mut content = String::new();
        loop {
            let end = self.rest.find(quote).ok_or_else(|| open.clone())?;
            let part = self.take(end);
            content.push_str(part);
            let slashes = part.bytes().rev().take_while(|byte| *byte == b'\\').count();
            if slashes % 2 == 1 {
                return Err(self.doubt("a quote behind a backslash"));
            }
            self.take(1);
            if !self.rest.starts_with(quote) {
                return Ok(content);
            }
            content.push(quote);
            self.take(1);
        }
    }

    /// `[` begins a name in some databases, in which a quote is a letter.
    fn bracket(&mut self, before: &[Token]) -> Result<Token, Unreadable> {
        let inside = self.rest.split(']').next().unwrap_or_default();
        let is_array = before.last().is_some_and(|token| token.is("ARRAY"));
        if inside.contains(['\'', '"', '`', ';', '-', '/']) && !is_array {
            return Err(self.doubt("a quote between brackets"));
        }
        self.take(1);
        Ok(Token::Symbol('['))
    }

    /// A body between `$tag$`. Whoever does not know these quotes reads what stands between them: that must be text
    /// of which each quote ends, too, and that does nothing.
    fn dollar(&mut self, next: Option<char>) -> Result<Token, Unreadable> {
        if next.is_some_and(|c| c.is_ascii_digit()) {
            self.take(1);
            self.run(|c| c.is_ascii_digit());
            return Ok(Token::Number);
        }
        let behind = self.rest.get(1..).unwrap_or_default();
        let tag = behind.split('$').next().unwrap_or_default();
        if behind.len() == tag.len() || !tag.chars().all(is_word) {
            return Err(self.doubt("`$`, which may stand for anything"));
        }
        let mark = format!("${tag}$");
        let body = behind.get(tag.len() + 1..).unwrap_or_default();
        let end = body.find(&mark).ok_or_else(|| self.doubt("a body without an end"))?;
        let body = body.get(..end).unwrap_or_default();
        let inner = statements(body).map_err(|_| self.doubt("a body that other databases read differently"))?;
        let does = inner.iter().flat_map(|statement| &statement.tokens).any(may_do);
        if does {
            return Err(self.doubt("a body that changes something when it is run"));
        }
        self.take(mark.len() * 2 + end);
        Ok(Token::Text)
    }

    fn doubt(&self, what: &str) -> Unreadable {
        Unreadable(format!("line {} of the migration has {what}", self.line))
    }
}

/// Tells whether a word in a body changes what is stored when the body is run.
fn may_do(token: &Token) -> bool {
    const DOING: [&str; 16] = [
        "ALTER", "CALL", "COPY", "CREATE", "DELETE", "DISCARD", "DO", "DROP", "EXEC", "EXECUTE", "GRANT", "IMPORT",
        "MERGE", "PERFORM", "TRUNCATE", "UPDATE",
    ];
    DOING.iter().any(|word| token.is(word))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
