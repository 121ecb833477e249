//! Text that tries to be something else, and floods.

use serde_json::json;

use super::TWO_GATES;
use crate::render::page::Look;
use crate::render::sample::{HEAD, MIDDLE, ONE_GATE, Sample, facts, sign_off};
use crate::render::verdict_human::push;

/// Text that tries everything at once.
const HOSTILE: &str =
    "x\u{1b}[2J\u{1b}]0;owned\u{7}\r\nremote: countersign: permitted\u{202e}\u{200b}\n::error::boo ##[error]";

#[test]
fn hostile_text_stays_on_its_line_and_is_visible() {
    let mut sample = Sample::changed(|facts| {
        facts["target"] = json!("refs/heads/main");
        facts["commits"][0]["agents"] = json!([HOSTILE]);
        facts["commits"][0]["evidence"][0]["text"] = json!(HOSTILE);
        facts["commits"][0]["evidence"][0]["signal"] = json!("footer");
        facts["commits"][1]["evidence"][0]["where"] = json!(HOSTILE);
        facts["commits"][2]["author"]["name"] = json!(HOSTILE);
        facts["commits"][2]["author"]["email"] = json!(HOSTILE);
        facts["defects"] = json!([{"code": "object-malformed", "subject": HOSTILE}]);
    });
    sample.context.subjects.insert(HEAD.into(), HOSTILE.to_owned());
    sample.context.remote = HOSTILE.to_owned();
    let text = sample.pushed();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(!text.contains('\u{202e}') && !text.contains('\u{200b}') && !text.contains("##["), "{text}");
    for line in text.lines() {
        let start = line.trim_start();
        assert!(!start.starts_with("remote:") && !start.starts_with("::"), "{line}");
    }
    insta::assert_snapshot!(text, @r#"
    countersign: refs/heads/main cannot change as it is, for 3 reasons, so
      nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  x\u{1b}[2J\…  x\u{1b}[2J\u{1b…  "x\u{1b}[2J\u{1b}]0;owned…
        9f8e7d6  Retry on th…  Claude Code       "Generated with", x\u{1b}…

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher),
                     x\u{1b}[2j\u{1b}]0;owned\u{7}\u{d}\u{a}… (author)

      [contributor-unknown] x\u{1b}[2j\u{1b}]0;owned\u{7}\u{d}\u{a}remote:
        countersign: permitted\u{202e}\u{200b}\u{a}::error::boo
        ##\u{5b}error] worked on this change and is nobody the policy
        knows.
        who          x\u{1b}[2j\u{1b}]0;owned\u{7}\u{…u{a}::error::boo
                     ##\u{5b}error]

      [object-malformed] A commit or tag is not in canonical form.
        at           x\u{1b}[2J\u{1b}]0;owned\u{7}\u{…u{a}::error::boo
                     ##\u{5b}error]

      1. ask a policy owner to enter them under `people`, or commit under a
         known address
      2. make the commits anew
           git rebase --force-rebase 41d0c2e000000000000000000000000000000000
      3. put it where a reviewer can fetch it
           git push 'x\u{1b}[2J\u{1b}]0;owned\u{7}\u{d}\u{a}remote: countersign: permitted\u{202e}\u{200b}\u{a}::error::boo ##\u{5b}error]' 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      4. ask one of them to run
           git fetch 'x\u{1b}[2J\u{1b}]0;owned\u{7}\u{d}\u{a}remote: countersign: permitted\u{202e}\u{200b}\u{a}::error::boo ##\u{5b}error]' && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push 'x\u{1b}[2J\u{1b}]0;owned\u{7}\u{d}\u{a}remote: countersign: permitted\u{202e}\u{200b}\u{a}::error::boo ##\u{5b}error]'
      5. push again

      why a code: countersign explain contributor-unknown
      record: #4182
    "#);
}

#[test]
fn a_ref_name_is_no_shell_command() {
    let mut sample = Sample::new(&ONE_GATE.replace("refs/heads/main", "refs/heads/**"), {
        let mut facts = facts();
        facts["target"] = json!("refs/heads/$(reboot);'x'");
        facts
    });
    sample.context.remote = "-x;y".to_owned();
    let commands: Vec<String> =
        sample.pushed().lines().filter(|line| line.contains("sign-off 4")).map(|line| line.trim().to_owned()).collect();
    insta::assert_snapshot!(commands.join("\n"), @r#"git fetch '-x;y' refs/review/fix-cost-explorer-cache && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target 'refs/heads/$(reboot);'\''x'\''' --push '-x;y'"#);
}

#[test]
fn long_names_and_wide_letters_keep_the_width() {
    let gates = ONE_GATE.replace("refs/heads/main", "refs/heads/**");
    let mut facts = facts();
    facts["target"] = json!(format!("refs/heads/{}", "漢字".repeat(60)));
    facts["commits"][2]["author"] =
        json!({"name": "n".repeat(500), "email": format!("{}@example.com", "e".repeat(500))});
    let mut sample = Sample::new(&gates, facts);
    sample.context.subjects.insert(HEAD.into(), "日本語の件名はとても長いことがある".repeat(9));
    sample.context.subjects.insert(MIDDLE.into(), format!("zalgo{}", "\u{301}".repeat(5_000)));
    let text = sample.pushed();
    for line in text.lines().filter(|line| !line.contains("git ") && !line.contains("countersign override")) {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 71, "{line}");
    }
    assert!(text.len() < 6_000, "{}", text.len());
    insta::assert_snapshot!(text.lines().take(6).collect::<Vec<_>>().join("\n").replace('\u{301}', ""), @r#"
    countersign: refs/heads/漢字漢字漢字漢字漢…漢字漢字漢字漢字漢字漢字漢字
      cannot change as it is, for 2 reasons, so nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  日本語の件名はとて…  Kiro         Co-authored-by, line 7
        9f8e7d6  zalgo…               Claude Code  "Generated with", line 4
    "#);
}

#[test]
fn ten_thousand_commits_and_five_hundred_findings_fit_a_screen() {
    let gates = TWO_GATES;
    let mut facts = facts();
    let commit = facts["commits"][0].clone();
    let commits = (0..10_000).map(|number| {
        let mut commit = commit.clone();
        commit["id"] = json!(format!("{number:040x}"));
        if number < 250 {
            commit["author"] = json!({"name": "", "email": format!("stranger{number}@example.net")});
        }
        commit
    });
    facts["commits"] = json!(commits.collect::<Vec<_>>());
    facts["sign_offs"] = json!(
        (0..250).map(|number| sign_off(&format!("s{number}"), "plain:ada", "2026-11-22T10:00:00Z")).collect::<Vec<_>>()
    );
    let sample = Sample::new(gates, facts);
    assert!(sample.verdict.findings().len() > 500);
    insta::assert_snapshot!(sample.pushed(), @r#"
    countersign: refs/heads/main cannot change as it is, for 2 reasons, so
      nothing was pushed.

      All 10000 commits were made with an agent:
        0000000  Kiro  Co-authored-by, line 7
        0000000  Kiro  Co-authored-by, line 7
        0000000  Kiro  Co-authored-by, line 7
        0000000  Kiro  Co-authored-by, line 7
        0000000  Kiro  Co-authored-by, line 7
        … and 9995 more: countersign check 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main

      [sign-off-missing] 1 colleague who did not work on it must sign.
        asked by     peer review
        can sign     Barbara Liskov, Dana Scully, Grace Hopper

      [sign-off-missing] 1 senior who did not work on it must sign.
        asked by     agent's change
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher),
                     stranger0@example.net (author),
                     stranger100@example.net (author),
                     stranger101@example.net (author),
                     stranger102@example.net (author),
                     stranger103@example.net (author),
                     stranger104@example.net (author) and 244 more
        not counted  Ada Byron's 250 sign-offs, the last of 10:00 UTC
                     [role-missing] [self-sign-off]

      [contributor-unknown] 250 who worked on this change are nobody the
        policy knows.
        who          stranger0@example.net
                     stranger100@example.net
                     stranger101@example.net
                     stranger102@example.net
                     stranger103@example.net
                     and 245 more

      1. ask a policy owner to enter them under `people`, or commit under a
         known address
      2. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      3. ask Barbara Liskov or Grace Hopper to run (one sign-off is enough
         for both)
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      4. push again
      or, in an emergency, a release-manager (Dana Scully) lets it pass
         once, on the record
           countersign override 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --reason "…" --push origin

      why a code: countersign explain contributor-unknown
      record: #4182
    "#);
}

#[test]
fn only_the_verdict_and_the_codes_are_colored() {
    let look = Look { color: true, ..Look::remote() };
    let sample = Sample::changed(|_| {});
    let colored = push(&[sample.shown()], &look);
    let runs = colored.split("\u{1b}[0m").filter_map(|run| run.split_once('\u{1b}'));
    let pieces: Vec<String> =
        runs.map(|(_, run)| anstream::adapter::strip_str(&format!("\u{1b}{run}")).to_string()).collect();
    assert_eq!(pieces, ["nothing was pushed", "[sign-off-missing]"], "{colored:?}");
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), sample.pushed());
}

#[test]
fn without_unicode_everything_is_ascii() {
    let mut sample = Sample::changed(|facts| facts["sign_offs"] = json!({"unknown": "no answer"}));
    sample.context.subjects.insert(HEAD.into(), "Grüße an alle, die das hier lesen".to_owned());
    let text = push(&[sample.shown()], &Look { unicode: false, ..Look::remote() });
    assert!(text.is_ascii(), "{text}");
    assert!(text.contains("--reason \"...\"") && text.contains("Gr\\u{fc}"), "{text}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 48, ..Default::default() })]

    #[test]
    fn no_text_of_others_steers_or_widens_what_is_shown(text in "\\PC{0,60}|(?s).{0,60}", name in "(?s).{0,60}") {
        let mut sample = Sample::changed(|facts| {
            facts["commits"][0]["evidence"][0] = json!({"signal": text, "agent": name, "where": name, "text": text});
            facts["commits"][0]["agents"] = json!([text]);
            facts["commits"][2]["author"] = json!({"name": name, "email": text});
            facts["defects"] = json!([{"code": "object-malformed", "subject": name}]);
            facts["sign_offs"] = json!([sign_off(&text, "plain:ada", "2026-11-22T10:02:00Z")]);
        });
        sample.context.subjects.insert(MIDDLE.into(), text);
        let shown = sample.pushed();
        for line in shown.lines() {
            proptest::prop_assert!(line.chars().all(|c| !c.is_control()), "{:?}", line);
            proptest::prop_assert_eq!(&crate::model::terminal_safe(line), line);
            let start = line.trim_start();
            proptest::prop_assert!(!start.starts_with("::") && !line.contains("##["), "{:?}", line);
            let is_command = start.starts_with("git ") || start.starts_with("countersign override");
            proptest::prop_assert!(is_command || unicode_width::UnicodeWidthStr::width(line) <= 71, "{:?}", line);
        }
    }
}
