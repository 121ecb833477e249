//! What a line cannot tell by itself: whether it stands in a code fence, in a block of trailers, or
//! answers a question above. Found once for a text, so that reading stays linear.

use memchr::memmem;

use super::fences::Fences;
use super::text::{PhysicalLine, is_blank, last_line, split_line, without_line_end};

/// The most lines of a paragraph that are looked at above and below.
const MOST_LINES: usize = 32;

/// What surrounds the lines of one text.
#[derive(Debug, Default)]
pub struct Context {
    fences: Fences,
    first_question: Option<usize>,
    paragraph: Option<Paragraph>,
}

#[derive(Debug, Clone, Copy)]
struct Paragraph {
    start: usize,
    end: usize,
    is_block: bool,
}

impl Context {
    /// Looks over a text.
    pub fn of(text: &[u8]) -> Self {
        let first_question = memmem::find(text, b"ASSISTANT:").and_then(|_| {
            let asked = memmem::find(text, b"\nUSER:");
            if text.starts_with(b"USER:") { Some(0) } else { asked }
        });
        Self { fences: Fences::of(text), first_question, paragraph: None }
    }

    /// Tells whether a line only shows something: it stands in a code fence that is closed.
    pub fn is_shown(&self, line: usize) -> bool {
        self.fences.hold(line)
    }

    /// Tells whether a line that begins at an offset answers a question (early Aider's chats).
    pub fn is_answer(&self, offset: usize) -> bool {
        self.first_question.is_some_and(|question| question < offset)
    }

    /// Tells whether a line stands in a block of trailers below the subject.
    pub fn is_in_block(&mut self, line: &PhysicalLine<'_>) -> bool {
        let at = line.above.len();
        match self.paragraph {
            Some(paragraph) if (paragraph.start..paragraph.end).contains(&at) => paragraph.is_block,
            _ => {
                let paragraph = look_around(line);
                self.paragraph = Some(paragraph);
                paragraph.is_block
            }
        }
    }
}

fn look_around(line: &PhysicalLine<'_>) -> Paragraph {
    let mut above = line.above;
    if is_blank(line.bytes) {
        return Paragraph { start: above.len(), end: above.len() + 1, is_block: false };
    }
    let mut is_block = false;
    let is_trailer = looks_like_trailer(line.bytes);
    for _ in 0..MOST_LINES {
        let next = last_line(above);
        if above.is_empty() || !looks_like_trailer(next) {
            is_block = is_trailer && !above.is_empty() && is_blank(next);
            break;
        }
        let ended = without_line_end(above);
        above = ended.get(..ended.len().saturating_sub(next.len())).unwrap_or_default();
    }
    let mut below = line.below;
    for _ in 0..MOST_LINES {
        let (next, rest) = split_line(below);
        if is_blank(next) {
            break;
        }
        if !looks_like_trailer(next) {
            is_block = false;
            break;
        }
        below = rest.unwrap_or_default();
    }
    let length = line.above.len() + line.bytes.len() + line.below.len();
    Paragraph { start: above.len(), end: (length - below.len()).max(line.above.len() + 1), is_block }
}

fn looks_like_trailer(line: &[u8]) -> bool {
    let key = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    line.starts_with(b" ") || key > 0 && line.get(key..).is_some_and(|rest| rest.starts_with(b": "))
}

#[cfg(test)]
mod tests {
    use super::super::text::physical_lines;
    use super::*;

    fn in_block(message: &str) -> Vec<usize> {
        let mut context = Context::of(message.as_bytes());
        physical_lines(message.as_bytes()).filter(|line| context.is_in_block(line)).map(|line| line.number).collect()
    }

    #[test]
    fn blocks_stand_below_the_subject_and_hold_nothing_else() {
        assert_eq!(in_block("Model: x"), Vec::<usize>::new());
        assert_eq!(in_block("fix\n\nModel: x\nSigned-off-by: Ada"), [3, 4]);
        assert_eq!(in_block("fix\n\nsome prose\nModel: x\n"), Vec::<usize>::new());
        assert_eq!(in_block("fix\n\nModel: x\nsome prose\n\nTool: y\n"), [6]);
    }

    #[test]
    fn answers_stand_below_questions() {
        let context = Context::of(b"x\nUSER: why\nASSISTANT: so");
        assert!(context.is_answer(12));
        assert!(!context.is_answer(1));
    }
}
