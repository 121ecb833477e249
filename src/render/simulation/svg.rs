//! A simulation as a picture: months as stacked bars, and how evenly people would have been asked.
//!
//! One file without scripts, fonts or links; readable in light and dark, in gray, and to whoever has
//! it read aloud. Every text in it is escaped: names come from a policy, the ref from a repository.

use std::fmt::Write as _;

use super::{Counts, Simulation};
use crate::render::text::{safe, shorten, shorten_middle};

/// The picture's width in its own units; it scales.
const WIDTH: f64 = 760.0;
/// The room at the left, for numbers and names.
const LEFT: f64 = 56.0;
/// Where a person's bar begins.
const NAMES: f64 = 200.0;
/// The room at the right.
const RIGHT: f64 = 24.0;
/// Where the bars of months begin and how high they are.
const TOP: f64 = 118.0;
const HEIGHT: f64 = 190.0;
/// The height of a person's row.
const ROW: f64 = 24.0;
/// The most people that are drawn, and the most months.
const PEOPLE: usize = 20;
const MONTHS: usize = 60;
/// The widest bar of a month.
const WIDEST: f64 = 44.0;

/// What the marks look like, in light and in dark. The fates differ in brightness and pattern, too.
const STYLE: &str = "<style>\
svg{--ground:#ffffff;--ink:#1f2328;--quiet:#59636e;--line:#d1d9e0;--passes:#2f8f83;--waits:#e3a008;--refused:#b42318;--asked:#3b6fb5}\
@media (prefers-color-scheme:dark){svg{--ground:#0d1117;--ink:#e6edf3;--quiet:#9198a1;--line:#3d444d;--passes:#3fb6a8;--waits:#f2c14e;--refused:#f47067;--asked:#6cb0ff}}\
text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:var(--ink)}\
.head{font-size:16px;font-weight:600}.part{font-size:13px;font-weight:600}.quiet{fill:var(--quiet)}.right{text-anchor:end}.middle{text-anchor:middle}\
.ground{fill:var(--ground)}.line{stroke:var(--line)}.passes{fill:var(--passes)}.waits{fill:var(--waits)}.refused{fill:var(--refused)}.asked{fill:var(--asked)}\
.could{fill:none;stroke:var(--quiet)}.stripe{stroke:var(--ground);stroke-width:1.5;opacity:.55}\
</style>\
<defs><pattern id=\"stripes\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<line class=\"stripe\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/></pattern></defs>";

impl Simulation {
    /// Returns the picture.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let people = self.by_load().len().min(PEOPLE);
        let panel = if people == 0 { 0.0 } else { 62.0 + ROW * number(people) };
        let height = TOP + HEIGHT + 48.0 + panel;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
             <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n{STYLE}\n\
             <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\"/>\n",
            escape(&self.title()),
            escape(&self.description()),
        );
        self.head(&mut svg);
        self.bars(&mut svg);
        if people > 0 {
            self.spread(TOP + HEIGHT + 62.0, &mut svg);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn title(&self) -> String {
        format!("What {} would have made of {}", self.subject.policy_name, self.subject.target)
    }

    fn description(&self) -> String {
        let total = &self.total;
        let mut text = format!(
            "Of {} changes {} pass, {} wait for {} sign-offs and {} are refused.",
            total.changes, total.passes, total.waits, total.sign_offs, total.refused
        );
        for (id, asked) in self.by_load().into_iter().take(PEOPLE) {
            let _ = write!(text, " {} is asked {} times and could sign {}.", self.called(id), asked.asked, asked.could);
        }
        text
    }

    fn called<'a>(&'a self, id: &'a str) -> &'a str {
        let (name, _) = self.person(id);
        if name.is_empty() { id } else { name }
    }

    /// Writes what it is about, and how many met which fate.
    fn head(&self, svg: &mut String) {
        let total = &self.total;
        let target = shorten_middle(&safe(&self.subject.target), 36, "…");
        text(LEFT, 32.0, "head", &format!("What would have become of {target}"), svg);
        let when = match (self.first, self.last) {
            (Some(first), Some(last)) => {
                format!("{} to {}", first.strftime("%Y-%m-%d"), last.strftime("%Y-%m-%d"))
            }
            _ => "no change landed in this time".to_owned(),
        };
        let policy = shorten_middle(&safe(&self.subject.policy_name), 56, "…");
        text(LEFT, 52.0, "quiet", &format!("under {policy}: {} changes, {when}", total.changes), svg);
        let fates = [
            ("passes", format!("{} pass", total.passes)),
            ("waits", format!("{} wait for {} sign-offs", total.waits, total.sign_offs)),
            ("refused", format!("{} are refused", total.refused)),
        ];
        let mut x = LEFT;
        for (class, label) in fates {
            mark(class, (x, 68.0, 12.0, 12.0), svg);
            text(x + 18.0, 78.0, "", &label, svg);
            x += 42.0 + 7.0 * number(label.chars().count());
        }
    }

    /// Writes a stacked bar for each month.
    fn bars(&self, svg: &mut String) {
        let months = self.calendar();
        let most = months.iter().map(|(_, counts)| counts.changes).max().unwrap_or(0);
        let step = nice(most);
        let top = step * most.div_ceil(step).max(1);
        let scale = |changes: u64| HEIGHT * amount(changes) / amount(top);
        for line in 0..=top / step {
            let y = TOP + HEIGHT - scale(line * step);
            let _ = writeln!(
                svg,
                "<line class=\"line\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
                WIDTH - RIGHT
            );
            text(LEFT - 8.0, y + 4.0, "quiet right", &(line * step).to_string(), svg);
        }
        let room = (WIDTH - LEFT - RIGHT) / number(months.len().max(1));
        let every = months.len().div_ceil(12).max(1);
        for (place, (month, counts)) in months.iter().enumerate() {
            let wide = (room * 0.7).min(WIDEST);
            let x = LEFT + room * number(place) + (room - wide) / 2.0;
            let _ = writeln!(
                svg,
                "<g><title>{}: {} pass, {} wait for {} sign-offs, {} are refused</title>",
                escape(month),
                counts.passes,
                counts.waits,
                counts.sign_offs,
                counts.refused
            );
            let mut y = TOP + HEIGHT;
            for (class, changes) in [("passes", counts.passes), ("waits", counts.waits), ("refused", counts.refused)] {
                y -= scale(changes);
                if changes > 0 {
                    mark(class, (x, y, wide, scale(changes)), svg);
                }
            }
            svg.push_str("</g>\n");
            if place % every == 0 {
                text(x + wide / 2.0, TOP + HEIGHT + 18.0, "quiet middle", month, svg);
            }
        }
    }

    /// Writes how often each person would have been asked, within how often they could have been.
    fn spread(&self, top: f64, svg: &mut String) {
        text(LEFT, top, "part", "Who would have been asked, where asks are shared evenly", svg);
        text(LEFT, top + 17.0, "quiet", "frame: how often they could have signed", svg);
        let all = self.by_load();
        let most = all.iter().map(|(_, asked)| asked.could.max(asked.asked)).max().unwrap_or(0).max(1);
        let scale = |times: u64| (WIDTH - NAMES - RIGHT - 90.0) * amount(times) / amount(most);
        for (place, (id, asked)) in all.iter().take(PEOPLE).enumerate() {
            let y = top + 30.0 + ROW * number(place);
            let name = shorten(&safe(self.called(id)), 22, "…");
            text(NAMES - 10.0, y + 12.0, "right", &name, svg);
            let _ = writeln!(
                svg,
                "<g><title>{} is asked {} times, could sign {}, and {} times nobody else could</title>\
                 <rect class=\"could\" x=\"{NAMES}\" y=\"{:.1}\" width=\"{:.1}\" height=\"14\"/>\
                 <rect class=\"asked\" x=\"{NAMES}\" y=\"{:.1}\" width=\"{:.1}\" height=\"14\"/></g>",
                escape(&name),
                asked.asked,
                asked.could,
                asked.alone,
                y,
                scale(asked.could.max(asked.asked)),
                y,
                scale(asked.asked)
            );
            let end = NAMES + scale(asked.could.max(asked.asked)) + 8.0;
            text(end, y + 12.0, "", &format!("{} of {}", asked.asked, asked.could), svg);
        }
    }

    /// Returns every month from the first to the last, also those in which nothing landed; of a long
    /// history the last ones.
    fn calendar(&self) -> Vec<(String, Counts)> {
        let mut months = Vec::new();
        let (Some((first, _)), Some((last, _))) = (self.months.first_key_value(), self.months.last_key_value()) else {
            return months;
        };
        let mut month = last.clone();
        while months.len() < MONTHS && month >= *first {
            let counts = self.months.get(&month).cloned().unwrap_or_default();
            let before = month_before(&month);
            months.push((month, counts));
            let Some(before) = before else { break };
            month = before;
        }
        months.reverse();
        months
    }
}

/// Returns the month before one that is written `2026-01`.
fn month_before(month: &str) -> Option<String> {
    let (year, number) = month.split_once('-')?;
    let (year, number): (i32, u32) = (year.parse().ok()?, number.parse().ok()?);
    Some(if number <= 1 { format!("{:04}-12", year - 1) } else { format!("{year:04}-{:02}", number - 1) })
}

/// Returns the step between two lines of a scale up to `most`: 1, 2 or 5 times a power of ten.
fn nice(most: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for step in [1, 2, 5] {
            let step = power.saturating_mul(step);
            if most / step <= 4 || power > u64::MAX / 10 {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// Writes a colored mark; what waits is striped, so that it differs in gray, too.
fn mark(class: &str, (x, y, wide, high): (f64, f64, f64, f64), svg: &mut String) {
    let place = format!("x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\"");
    let _ = write!(svg, "<rect class=\"{class}\" {place}/>");
    if class == "waits" {
        let _ = write!(svg, "<rect fill=\"url(#stripes)\" {place}/>");
    }
    svg.push('\n');
}

fn text(x: f64, y: f64, class: &str, words: &str, svg: &mut String) {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let _ = writeln!(svg, "<text{class} x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escape(words));
}

/// Returns text as XML's character data (XML 1.0 §2.4); what XML cannot hold (§2.2) and what turns the
/// reading direction is shown as it is for a terminal.
fn escape(words: &str) -> String {
    let mut escaped = String::new();
    for character in safe(words).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[expect(clippy::cast_precision_loss, reason = "a picture has no more than a few thousand units")]
fn amount(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "a picture has no more than a few thousand units")]
fn number(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_have_few_round_steps() {
        let steps: Vec<u64> = [0, 1, 4, 5, 9, 12, 30, 47, 99, 100, 2_400].map(nice).into();
        assert_eq!(steps, [1, 1, 1, 2, 2, 5, 10, 10, 20, 50, 500]);
        assert!(nice(u64::MAX) > 0);
    }

    #[test]
    fn nothing_in_a_name_is_markup() {
        assert_eq!(escape("<b onload=\"x\">&\u{1b}[2J"), "&lt;b onload=&quot;x&quot;&gt;&amp;\\u{1b}[2J");
    }

    #[test]
    fn months_go_back_over_the_year() {
        assert_eq!(month_before("2026-01").as_deref(), Some("2025-12"));
        assert_eq!(month_before("2026-11").as_deref(), Some("2026-10"));
        assert_eq!(month_before("never"), None);
    }
}
