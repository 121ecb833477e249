//! Pushes of several refs, and forges with their own ways.

use serde_json::json;

use crate::render::page::Look;
use crate::render::sample::{Sample, override_, sign_off};
use crate::render::verdict_human::push;

#[test]
fn several_refs_one_of_which_is_refused() {
    let main = Sample::changed(|_| {});
    let other = Sample::changed(|facts| facts["target"] = json!("refs/heads/topic"));
    insta::assert_snapshot!(push(&[main.shown(), other.shown()], &Look::remote()), @r#"
    countersign: refs/heads/main needs a sign-off, so nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)

      1. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      2. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push again

      not pushed because of the above: refs/heads/topic

      why a code: countersign explain sign-off-missing      record: #4182
    "#);
}

#[test]
fn several_refs_are_refused() {
    let main = Sample::changed(|_| {});
    let gone = Sample::changed(|facts| {
        facts["action"] = json!("delete");
        facts["commits"] = json!([]);
    });
    let others: Vec<Sample> = (0..40)
        .map(|number| Sample::changed(|facts| facts["target"] = json!(format!("refs/replace/{number}"))))
        .collect();
    let quiet = Sample::changed(|facts| facts["target"] = json!("refs/heads/topic"));
    let mut refs = vec![main.shown(), gone.shown()];
    refs.extend(others.iter().map(Sample::shown));
    refs.push(quiet.shown());
    insta::assert_snapshot!(push(&refs, &Look::remote()), @r#"
    countersign: 42 of 43 refs cannot change as they are, so nothing was
      pushed.

    refs/heads/main needs a sign-off:

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)

      1. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      2. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push again

    refs/heads/main is protected from being deleted:

      [ref-deleted] A protected ref would be deleted.

      1. keep the ref
      or a release-manager (Dana Scully) lets it pass once, on the record
           countersign override 1a2b3c4000000000000000000000000000000000 --target refs/heads/main --action delete --reason "…" --push origin

    refs/replace/0 is a place where nobody may write this:

      [ref-forbidden] Nobody may write to this ref.

      1. push branches and tags only

      refs/replace/1: [ref-forbidden]
      refs/replace/2: [ref-forbidden]
      refs/replace/3: [ref-forbidden]
      refs/replace/4: [ref-forbidden]
      refs/replace/5: [ref-forbidden]
      refs/replace/6: [ref-forbidden]
      refs/replace/7: [ref-forbidden]
      refs/replace/8: [ref-forbidden]
      refs/replace/9: [ref-forbidden]
      refs/replace/10: [ref-forbidden]
      refs/replace/11: [ref-forbidden]
      refs/replace/12: [ref-forbidden]
      refs/replace/13: [ref-forbidden]
      refs/replace/14: [ref-forbidden]
      refs/replace/15: [ref-forbidden]
      refs/replace/16: [ref-forbidden]
      refs/replace/17: [ref-forbidden]
      refs/replace/18: [ref-forbidden]
      refs/replace/19: [ref-forbidden]
      refs/replace/20: [ref-forbidden]
      and 19 more refs: [ref-forbidden]

      not pushed because of the above: refs/heads/topic

      why a code: countersign explain sign-off-missing
      record: #4182 #4182 #4182 #4182
    "#);
}

#[test]
fn gitlab_shows_only_marked_lines() {
    insta::assert_snapshot!(push(&[Sample::changed(|_| {}).shown()], &Look::gitlab()), @r#"
    GL-HOOK-ERR: countersign: refs/heads/main needs a sign-off, so nothing
    GL-HOOK-ERR:   was pushed.
    GL-HOOK-ERR:
    GL-HOOK-ERR:   2 of 3 commits were made with an agent:
    GL-HOOK-ERR:     1a2b3c4  Fix cost ex…  Kiro         Co-authored-by, line 7
    GL-HOOK-ERR:     9f8e7d6  Retry on th…  Claude Code  "Generated with", line 4
    GL-HOOK-ERR:
    GL-HOOK-ERR:   [sign-off-missing] 1 senior who did not work on it must
    GL-HOOK-ERR:     sign.
    GL-HOOK-ERR:     can sign     Barbara Liskov, Grace Hopper
    GL-HOOK-ERR:     cannot       Ada Byron (author), Bob Developer
    GL-HOOK-ERR:                  (pusher)
    GL-HOOK-ERR:
    GL-HOOK-ERR:   1. put it where a reviewer can fetch it
    GL-HOOK-ERR:        git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
    GL-HOOK-ERR:   2. ask one of them to run
    GL-HOOK-ERR:        git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
    GL-HOOK-ERR:   3. push again
    GL-HOOK-ERR:
    GL-HOOK-ERR:   why a code: countersign explain sign-off-missing
    GL-HOOK-ERR:   record: #4182
    "#);
}

#[test]
fn signed_and_overridden_refs_of_one_push() {
    let signed = Sample::changed(|facts| {
        facts["sign_offs"] = json!([sign_off("s1", "plain:grace", "2026-11-22T10:00:00Z")]);
    });
    let overridden = Sample::changed(|facts| facts["overrides"] = json!([override_("o1")]));
    let refs = [overridden.shown(), signed.shown(), overridden.shown()];
    insta::assert_snapshot!(push(&refs, &Look::remote()), @r"
    countersign: refs/heads/main signed off by Grace Hopper. record: #4182

    countersign: OVERRIDDEN by Dana Scully: refs/heads/main takes this.

      why      checkout is down since 09:40, fix verified on staging
      ticket   INC-7
      given    10:00 UTC
      lifted   [sign-off-missing]
      review   due by 2026-11-24 10:05 UTC:
               countersign audit review o1 --outcome justified --by PERSON

      why a code: countersign explain overridden      record: #4182

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
