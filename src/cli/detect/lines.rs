//! Lines of JSON in, lines of JSON out: one commit at a time, so that memory does not grow.

use std::io::{BufRead, Read as _};

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::catalogue::Catalogue;
use crate::cli::json::shown_as;
use crate::cli::{Exit, Shell};
use crate::detect::lines::answer;

/// The longest line, in bytes.
pub(super) const LONGEST: u64 = 64 << 20;

/// Answers every line of standard input.
pub(super) fn run(catalogue: &Catalogue, shell: &mut Shell<'_>) -> Result<Exit> {
    if shell.interactive {
        writeln!(
            shell.err,
            "reading commits from the terminal, one JSON document a line; try `countersign detect HEAD`"
        )?;
    }
    let mut line = Vec::new();
    let mut all_answered = true;
    for number in 1.. {
        if !read_line(shell.input, &mut line).context("reading standard input")? {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let said = match std::str::from_utf8(&line) {
            _ if line.len() as u64 > LONGEST => refused(&format!("the line is longer than {LONGEST} bytes"), number),
            Ok(text) => answer(catalogue, text.trim_end_matches(['\r', '\n']), number),
            Err(error) => refused(&format!("the line is no UTF-8: {error}"), number),
        };
        all_answered &= !said.starts_with("{\"error\":");
        writeln!(shell.out, "{}", shown_as(shell.format, said))?;
    }
    Ok(if all_answered { Exit::Permitted } else { Exit::Undetermined })
}

fn refused(error: &str, number: usize) -> String {
    json!({ "error": error, "id": null, "line": number }).to_string()
}

/// Reads a line; of one that is too long, one byte more than is allowed is kept. Returns whether
/// there was one.
pub(super) fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    let mut bounded = input.take(LONGEST + 1);
    let count = bounded.read_until(b'\n', line)?;
    if line.len() as u64 > LONGEST && !line.ends_with(b"\n") {
        skip_line(input)?;
    }
    Ok(count > 0)
}

fn skip_line(input: &mut dyn BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (used, ended) = match memchr::memchr(b'\n', buffer) {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_does_not_take_the_next_one_with_it() {
        let mut text = vec![b'x'; usize::try_from(LONGEST).unwrap() + 10];
        text.extend(b"\nnext\n");
        let mut input = std::io::Cursor::new(text);
        let mut line = Vec::new();
        assert!(read_line(&mut input, &mut line).unwrap());
        assert_eq!(line.len() as u64, LONGEST + 1);
        assert!(read_line(&mut input, &mut line).unwrap());
        assert_eq!(line, b"next\n");
        assert!(!read_line(&mut input, &mut line).unwrap());
    }
}
