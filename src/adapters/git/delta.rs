//! Deltas: an object written as copies from another one and new bytes in between. See
//! gitformat-pack(5), "Deltified representation". Pure.

/// Returns the sizes of base and result that a delta begins with, and its instructions.
pub(super) fn sizes(delta: &[u8]) -> Option<(usize, usize, &[u8])> {
    let (base, rest) = size(delta)?;
    let (result, rest) = size(rest)?;
    Some((base, result, rest))
}

fn size(mut bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut size = 0usize;
    for shift in (0..usize::BITS).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        size |= usize::from(first & 0x7f).checked_shl(shift)?;
        bytes = rest;
        if first & 0x80 == 0 {
            return Some((size, bytes));
        }
    }
    None
}

/// Applies a delta to its base; `None` when it does not fit. `result` is replaced.
pub(super) fn apply(base: &[u8], delta: &[u8], result: &mut Vec<u8>) -> Option<()> {
    let (base_size, result_size, mut rest) = sizes(delta)?;
    if base_size != base.len() {
        return None;
    }
    result.clear();
    result.reserve(result_size);
    while let Some((command, after)) = rest.split_first() {
        rest = after;
        let new = if command & 0x80 != 0 {
            let offset = operand(*command & 0x0f, &mut rest)?;
            let length = match operand((*command >> 4) & 0x07, &mut rest)? {
                0 => 0x10000,
                length => length,
            };
            base.get(offset..offset.checked_add(length)?)?
        } else {
            let (new, after) = rest.split_at_checked(usize::from(*command)).filter(|_| *command != 0)?;
            rest = after;
            new
        };
        if result.len() + new.len() > result_size {
            return None;
        }
        result.extend_from_slice(new);
    }
    (result.len() == result_size).then_some(())
}

/// Reads those bytes of a little-endian number that the bits of `present` announce.
fn operand(present: u8, rest: &mut &[u8]) -> Option<usize> {
    let mut value = 0;
    for bit in 0..4 {
        if present & (1 << bit) != 0 {
            let (first, after) = rest.split_first()?;
            value |= usize::from(*first) << (8 * bit);
            *rest = after;
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_insertions_make_the_result() {
        let base = b"0123456789abcdef";
        let delta = [16, 11, 0x91, 10, 6, 3, b'x', b'y', b'z', 0x90, 2];
        let mut result = vec![1, 2, 3];
        apply(base, &delta, &mut result).unwrap();
        assert_eq!(result, b"abcdefxyz01");
    }

    #[test]
    fn a_delta_that_does_not_fit_is_refused() {
        let mut result = Vec::new();
        for delta in [
            &[15, 1, 0x90, 1][..],
            &[16, 2, 0x90, 1],
            &[16, 1, 0x90, 2],
            &[16, 1, 0x91, 16, 1],
            &[16, 1, 0],
            &[16, 1, 5, b'x'],
            &[16, 1, 0x91],
            &[16],
            &[],
            &[0x80; 12],
        ] {
            assert_eq!(apply(b"0123456789abcdef", delta, &mut result), None, "{delta:?}");
        }
    }

    #[test]
    fn a_copy_of_no_length_copies_64_kib() {
        let base = vec![7; 0x10000];
        let delta = [0x80, 0x80, 0x04, 0x80, 0x80, 0x04, 0x80];
        let mut result = Vec::new();
        apply(&base, &delta, &mut result).unwrap();
        assert_eq!(result, base);
    }
}
