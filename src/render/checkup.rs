//! What a check-up found, worst first: each hole and remark with its repair, and how much is well.

use super::Look;
use super::page::{Page, Words};
use super::style::Tone;
use super::text::{counted, safe};

/// Where messages begin, behind the word that weighs them.
const INDENT: usize = 10;

/// How much something matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The gate can be walked around, or nothing can ever pass it.
    Hole,
    /// It could not be looked at: nobody can say that it is well.
    Unknown,
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
    /// What to do, where there is something to do.
    pub repair: Option<Repair>,
}

/// What to do about something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// A command to copy.
    Run(String),
    /// Advice in words.
    Advice(String),
}

/// Returns a command that repairs something.
#[must_use]
pub fn run(command: impl Into<String>) -> Repair {
    Repair::Run(command.into())
}

impl From<&str> for Repair {
    fn from(advice: &str) -> Self {
        Self::Advice(advice.to_owned())
    }
}

impl From<String> for Repair {
    fn from(advice: String) -> Self {
        Self::Advice(advice)
    }
}

impl Repair {
    /// Returns the command or the advice.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Run(text) | Self::Advice(text) => text,
        }
    }
}

impl Finding {
    /// Returns a finding that something is open.
    #[must_use]
    pub fn hole(code: &'static str, message: impl Into<String>, repair: impl Into<Repair>) -> Self {
        Self { code, weight: Weight::Hole, message: message.into(), repair: Some(repair.into()) }
    }

    /// Returns a finding that something could not be looked at.
    #[must_use]
    pub fn unknown(code: &'static str, message: impl Into<String>, repair: impl Into<Repair>) -> Self {
        Self { code, weight: Weight::Unknown, message: message.into(), repair: Some(repair.into()) }
    }

    /// Returns a finding worth knowing.
    #[must_use]
    pub fn remark(code: &'static str, message: impl Into<String>, repair: impl Into<Repair>) -> Self {
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
        let repair = self.repair.as_ref();
        serde_json::json!({
            "code": self.code, "weight": self.weight.as_str(), "message": self.message,
            "repair": repair.map(Repair::text), "is_command": matches!(repair, Some(Repair::Run(_))),
        })
    }
}

impl Weight {
    /// Returns the word for it, as JSON has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hole => "hole",
            Self::Unknown => "unknown",
            Self::Remark => "remark",
            Self::Well => "ok",
        }
    }
}

/// Returns all findings, worst first. What is well is only counted, unless all is to be `told`.
#[must_use]
pub fn render(title: &str, findings: &[Finding], told: bool, color: bool) -> String {
    let of = |weight: Weight| findings.iter().filter(move |finding| finding.weight == weight);
    let well = of(Weight::Well).count();
    let look = Look { color, ..Look::default() };
    let mut page = Page::new(&look);
    page.paragraph(0, 2, &Words::of(&safe(title)).glue(":").and(&summary(findings)));
    page.blank();
    for weight in [Weight::Hole, Weight::Unknown, Weight::Remark] {
        of(weight).for_each(|finding| one(finding, &mut page));
    }
    let mut text = page.finish();
    if told {
        let mut page = Page::new(&look);
        of(Weight::Well).for_each(|finding| one(finding, &mut page));
        text.push_str(&page.finish());
    } else if well > 0 {
        text.push_str(&format!("  {}      {}\n", Tone::Permitted.paint("ok", color), counted(well, "check")));
    }
    text
}

fn summary(findings: &[Finding]) -> String {
    let number = |weight: Weight| findings.iter().filter(|finding| finding.weight == weight).count();
    let parts: Vec<String> = [
        (number(Weight::Hole), counted(number(Weight::Hole), "hole")),
        (number(Weight::Unknown), format!("{} unknown", number(Weight::Unknown))),
        (number(Weight::Remark), counted(number(Weight::Remark), "remark")),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(_, text)| text)
    .collect();
    if parts.is_empty() { "nothing to repair".to_owned() } else { parts.join(", ") }
}

fn one(finding: &Finding, page: &mut Page<'_>) {
    let (word, tone) = match finding.weight {
        Weight::Hole => ("HOLE", Tone::Refused),
        Weight::Unknown => ("unknown", Tone::Waiting),
        Weight::Remark => ("remark", Tone::Waiting),
        Weight::Well => ("ok", Tone::Permitted),
    };
    let gap = " ".repeat(INDENT - 3 - word.len());
    let message = Words::default().toned(word, tone).glue(&gap).and(&safe(&finding.message));
    // Two columns further in than the repair below it, which must not be taken for the message.
    page.paragraph(2, INDENT, &message);
    match &finding.repair {
        Some(Repair::Run(command)) => command.lines().for_each(|line| page.command(INDENT, line)),
        Some(Repair::Advice(advice)) => page.paragraph(INDENT, 0, &Words::of(&safe(advice))),
        None => {}
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
            Finding::hole("c", "anybody can write it", run("chmod 0644 /srv/policy.yaml")),
        ];
        insta::assert_snapshot!(render("acme/shop.git", &findings, false, false), @r"
        acme/shop.git: 1 hole, 1 remark

          HOLE    anybody can write it
                  chmod 0644 /srv/policy.yaml
          remark  dana\u{1b} alone can override
                  add another
          ok      1 check
        ");
        let blind = [Finding::unknown("d", "who may bypass it is hidden", "needs administration: write")];
        insta::assert_snapshot!(render("x", &blind, false, false), @r"
        x: 1 unknown

          unknown who may bypass it is hidden
                  needs administration: write
        ");
        assert!(render("x", &findings, true, false).ends_with("  ok      it is well\n"));
        assert_eq!(render("x", &findings[..1], false, false), "x: nothing to repair\n\n  ok      1 check\n");
        let colored = render("x", &findings, true, true);
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), render("x", &findings, true, false));
    }
}
