//! The fast path: one pass over the bytes tells whether anything in them can be a sign at all.
//!
//! Most commits carry none. Words are hashed while they are read and looked up in a set of bits;
//! nothing is built, allocated or compared as text. What is hidden behind look-alikes or invisible
//! characters cannot be told here, so such bytes count as a possible sign.

use crate::catalogue::Catalogue;
use crate::catalogue::ascii::{HASH_START, hash_step, letter};

/// Stands for bytes behind which something may hide.
const HIDING: u8 = 0xff;
/// Stands for the backslash: `\n` written out must not grow onto the word behind it.
const BACKSLASH: u8 = 0xfe;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0u8; 256];
    let mut byte = 0u8;
    #[expect(clippy::indexing_slicing, reason = "evaluated at compile time; a byte cannot leave 256 places")]
    loop {
        classes[byte as usize] = match byte {
            b'\\' => BACKSLASH,
            b'\t' | b'\n' | b'\r' => 0,
            0x00..=0x1f | 0x7f..=0xff => HIDING,
            _ => letter(byte),
        };
        if byte == u8::MAX {
            return classes;
        }
        byte += 1;
    }
}

/// Tells whether a sign may stand in `text`; false is certain.
#[must_use]
pub fn may_tell(catalogue: &Catalogue, text: &[u8]) -> bool {
    scan(catalogue, text, true)
}

/// Tells whether a sign may stand in text that is folded already: nothing hides in it any more.
#[must_use]
pub fn tells(catalogue: &Catalogue, folded: &str) -> bool {
    scan(catalogue, folded.as_bytes(), false)
}

#[inline]
fn scan(catalogue: &Catalogue, text: &[u8], may_hide: bool) -> bool {
    let mut word = HASH_START;
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        let class = CLASSES.get(usize::from(*byte)).copied().unwrap_or(HIDING);
        if class != 0 && class < BACKSLASH {
            word = hash_step(word, class);
            continue;
        }
        if class == HIDING && may_hide || word != HASH_START && catalogue.may_tell(word) {
            return true;
        }
        word = HASH_START;
        if class == BACKSLASH && matches!(bytes.as_slice().first(), Some(b'n' | b'r' | b't')) {
            bytes.next();
        }
    }
    word != HASH_START && catalogue.may_tell(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_messages_are_passed_over() {
        let catalogue = Catalogue::built_in();
        for text in [
            "Fix the build on IRIX\n\nThe linker wants -liconv there.\n\nSigned-off-by: Ada Byron <ada@example.com>\n",
            "feat(parser): accept empty lists (#12)",
            "",
            "\\n",
            "Bump anyhow from 1.0.1 to 1.0.2",
        ] {
            let telling = text.split(' ').find(|word| may_tell(&catalogue, word.as_bytes()));
            assert!(!may_tell(&catalogue, text.as_bytes()), "{text}: {telling:?}");
        }
    }

    #[test]
    fn nothing_that_may_be_a_sign_is_passed_over() {
        let catalogue = Catalogue::built_in();
        for text in [
            "Co-authored-by: x",
            "CoAuthoredBy: x",
            "fix\\n\\nAssisted-by: Kiro",
            "Assisted-by: GPT 5.6",
            "Assisted-by: gpt5",
            "AI-assisted: yes",
            "Amp-Thread-ID: x",
            "Со-аuthоrеd-bу: x",
            "a\u{200b}b",
            "Assisted-by: Opus 4.7",
            "C0-auth0red-by: x",
            "Signed-off-by: Ada <noreply@anthropic.com>",
            "a\x08b",
        ] {
            assert!(may_tell(&catalogue, text.as_bytes()), "{text}");
        }
    }
}
