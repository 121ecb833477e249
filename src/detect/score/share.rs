//! A share of counted things, and how far it may be trusted.

/// How many standard deviations of a normal distribution hold 95 of 100.
const DEVIATIONS: f64 = 1.959_963_984_540_054;

/// How many of some things are of a kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// How many are.
    pub met: usize,
    /// How many there are.
    pub of: usize,
}

impl Share {
    /// Counts one thing.
    pub fn count(&mut self, is_met: bool) {
        self.met += usize::from(is_met);
        self.of += 1;
    }

    /// Returns the share, from 0 to 1; nothing of nothing is none.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        (self.of > 0).then(|| float(self.met) / float(self.of))
    }

    /// Returns between what the share lies that these things are a sample of, with 95 % confidence
    /// (Wilson's score interval: E. B. Wilson, Journal of the American Statistical Association 22,
    /// 1927, pages 209-212).
    #[must_use]
    pub fn interval(self) -> Option<(f64, f64)> {
        let share = self.value()?;
        let count = float(self.of);
        let square = DEVIATIONS * DEVIATIONS;
        let middle = share + square / (2.0 * count);
        let spread = DEVIATIONS * (share * (1.0 - share) / count + square / (4.0 * count * count)).sqrt();
        let scale = 1.0 + square / count;
        Some((((middle - spread) / scale).max(0.0), ((middle + spread) / scale).min(1.0)))
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of commits are far below 2^52")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_tables() {
        // Newcombe, Statistics in Medicine 17, 1998, table I, method 3.
        for (met, of, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let (least, most) = Share { met, of }.interval().unwrap();
            assert!((least - low).abs() < 0.00006 && (most - high).abs() < 0.00006, "{met}/{of}: {least} {most}");
        }
        assert_eq!(Share { met: 3, of: 3 }.interval().map(|(_, most)| most), Some(1.0));
        assert_eq!((Share::default().value(), Share::default().interval()), (None, None));
    }
}
