//! Which lines of a message stand in a code fence that is closed: they show something.
//!
//! A fence that nobody closed counts for nothing: what follows it would vanish with it.

use super::text::physical_lines;

/// The most fences that are told apart; whatever stands behind them counts as said.
const MOST_FENCES: usize = 1_000;

/// The fenced parts of a message, by the numbers of their first and last line.
#[derive(Debug, Default)]
pub struct Fences(Vec<(usize, usize)>);

impl Fences {
    /// Finds the fenced parts of a message.
    pub fn of(message: &[u8]) -> Self {
        if memchr::memmem::find(message, b"```").is_none() && memchr::memmem::find(message, b"~~~").is_none() {
            return Self::default();
        }
        let mut fences = Vec::new();
        let mut open: Option<(usize, u8)> = None;
        for line in physical_lines(message) {
            let text = line.bytes.trim_ascii();
            let Some(mark) = fence(text) else { continue };
            match open {
                None if fences.len() < MOST_FENCES => open = Some((line.number, mark)),
                Some((start, known)) if known == mark && text.iter().all(|byte| *byte == mark) => {
                    fences.push((start, line.number));
                    open = None;
                }
                _ => {}
            }
        }
        Self(fences)
    }

    /// Tells whether a line stands in one.
    pub fn hold(&self, line: usize) -> bool {
        let next = self.0.partition_point(|(_, end)| *end < line);
        self.0.get(next).is_some_and(|(start, _)| *start <= line)
    }
}

/// The sign that a fence is made of, if the line is one (CommonMark §4.5).
fn fence(line: &[u8]) -> Option<u8> {
    let mark = *line.first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let length = line.iter().take_while(|byte| **byte == mark).count();
    let info = line.get(length..).unwrap_or_default();
    (length >= 3 && !info.contains(&mark)).then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(message: &str) -> Vec<usize> {
        let fences = Fences::of(message.as_bytes());
        (1..=message.lines().count()).filter(|line| fences.hold(*line)).collect()
    }

    #[test]
    fn only_closed_fences_hold_lines() {
        assert_eq!(held("a\n```\nb\n```\nc"), [2, 3, 4]);
        assert_eq!(held("a\n```\nb\nc"), Vec::<usize>::new());
        assert_eq!(held("```sh\na\n~~~\n```\nb\n~~~\nc\n~~~"), [1, 2, 3, 4, 6, 7, 8]);
        assert_eq!(held("```inline``` text\nb\n```\nc"), Vec::<usize>::new());
    }
}
