//! What a check-up found, worst first: each hole and remark with its repair, and how much is well.

use super::style::Tone;
use super::text::{counted, safe};

/// How much something matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The gate can be walked around, or nothing can ever pass it.
    Hole,
    /// Worth knowing; nothing is open.
    Remark,
    /// It was looked at and is well.
    Well,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A stable name, kebab-case.
    pub code: &'static str,
    /// How much it matters.
    pub weight: Weight,
    /// What was found, in one sentence without a full stop.
    pub message: String,
    /// What to do, where there is something to do: a command, or a sentence.
    pub repair: Option<String>,
}

impl Finding {
    /// Returns a finding that something is open.
    #[must_use]
    pub fn hole(code: &'static str, message: impl Into<String>, repair: impl Into<String>) -> Self {
        Self { code, weight: Weight::Hole, message: message.into(), repair: Some(repair.into()) }
    }

    /// Returns a finding worth knowing.
    #[must_use]
    pub fn remark(code: &'static str, message: impl Into<String>, repair: impl Into<String>) -> Self {
        Self { code, weight: Weight::Remark, message: message.into(), repair: Some(repair.into()) }
    }

    /// Returns a finding that something is well.
    #[must_use]
    pub fn well(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, weight: Weight::Well, message: message.into(), repair: None }
    }

    /// Returns the finding as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "code": self.code, "weight": self.weight.as_str(), "message": self.message, "repair": self.repair,
        })
    }
}

impl Weight {
    /// Returns the word for it, as JSON has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hole => "hole",
            Self::Remark => "remark",
            Self::Well => "ok",
        }
    }
}

/// Returns all findings, worst first. What is well is only counted, unless all is to be `told`.
#[must_use]
pub fn render(title: &str, findings: &[Finding], told: bool, color: bool) -> String {
    let of = |weight: Weight| findings.iter().filter(move |finding| finding.weight == weight);
    let (holes, remarks, well) = (of(Weight::Hole).count(), of(Weight::Remark).count(), of(Weight::Well).count());
    let mut text = format!("{}   {}\n\n", safe(title), summary(holes, remarks));
    for weight in [Weight::Hole, Weight::Remark] {
        of(weight).for_each(|finding| one(finding, color, &mut text));
    }
    if told {
        of(Weight::Well).for_each(|finding| one(finding, color, &mut text));
    } else if well > 0 {
        text.push_str(&format!("  {}      {}\n", Tone::Permitted.paint("ok", color), counted(well, "check")));
    }
    text
}

fn summary(holes: usize, remarks: usize) -> String {
    let parts: Vec<String> = [(holes, "hole"), (remarks, "remark")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| counted(number, noun))
        .collect();
    if parts.is_empty() { "nothing to repair".to_owned() } else { parts.join(", ") }
}

fn one(finding: &Finding, color: bool, text: &mut String) {
    let (word, tone) = match finding.weight {
        Weight::Hole => ("HOLE", Tone::Refused),
        Weight::Remark => ("remark", Tone::Waiting),
        Weight::Well => ("ok", Tone::Permitted),
    };
    let gap = " ".repeat(8usize.saturating_sub(word.len()));
    text.push_str(&format!("  {}{gap}{}\n", tone.paint(word, color), safe(&finding.message)));
    for line in finding.repair.iter().flat_map(|repair| repair.lines()) {
        text.push_str(&format!("          {}\n", safe(line)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first() {
        let findings = [
            Finding::well("a", "it is well"),
            Finding::remark("b", "dana\u{1b} alone can override", "add another"),
            Finding::hole("c", "anybody can write it", "chmod 0644 /srv/policy.yaml\nchown root /srv/policy.yaml"),
        ];
        insta::assert_snapshot!(render("acme/shop.git", &findings, false, false), @"");
        assert!(render("x", &findings, true, false).ends_with("  ok      it is well\n"));
        assert_eq!(render("x", &findings[..1], false, false), "x   nothing to repair\n\n  ok      1 check\n");
    }
}
