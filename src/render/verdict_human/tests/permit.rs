//! Changes that may pass.

use serde_json::json;

use crate::render::occasion::Occasion;
use crate::render::sample::{Sample, override_, sign_off};

#[test]
fn a_permit_on_a_push_is_one_line() {
    insta::assert_snapshot!(signed().pushed(), @"countersign: refs/heads/main signed off by Grace Hopper. record: #4182");
}

#[test]
fn a_permit_without_a_gate_is_silent() {
    insta::assert_snapshot!(Sample::changed(|facts| facts["target"] = json!("refs/heads/topic")).pushed(), @"");
}

#[test]
fn a_permit_when_somebody_asks() {
    insta::assert_snapshot!(signed().on(Occasion::Check).asked(), @r#"
    countersign: refs/heads/main would accept this.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer cache  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling      Claude Code  "Generated with", line 4

      Gate "agent's change"
        asks for     1 senior
        signed       Grace Hopper

      record: #4182
    "#);
}

#[test]
fn nothing_is_asked_when_somebody_asks() {
    let sample = Sample::changed(|facts| facts["target"] = json!("refs/heads/topic"));
    insta::assert_snapshot!(sample.on(Occasion::Check).asked(), @r#"
    countersign: refs/heads/topic would accept this.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer cache  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling      Claude Code  "Generated with", line 4

      No gate asks for anything here.

      record: #4182
    "#);
}

#[test]
fn an_overridden_push() {
    insta::assert_snapshot!(Sample::changed(|facts| facts["overrides"] = json!([override_("o1")])).pushed(), @r"
    countersign: OVERRIDDEN by Dana Scully: refs/heads/main takes this.

      why      checkout is down since 09:40, fix verified on staging
      ticket   INC-7
      given    10:00 UTC
      lifted   [sign-off-missing]
      review   due by 2026-11-24 10:05 UTC:
               countersign audit review o1 --outcome justified --by PERSON

      why a code: countersign explain overridden      record: #4182
    ");
}

/// Returns the usual change with Grace's sign-off.
fn signed() -> Sample {
    Sample::changed(|facts| facts["sign_offs"] = json!([sign_off("s1", "plain:grace", "2026-11-22T10:00:00Z")]))
}
