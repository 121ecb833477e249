//! Checks that somebody asks for again, and records that were pushed.

use super::*;

#[test]
fn a_record_names_the_commit_that_it_is_about() {
    let pushed = |name: String| notice("push", &body(None, json!({ "ref": name, "after": HEAD })));
    let record = pushed(format!("refs/countersign/sign-offs/{HEAD}/{}", "ab".repeat(32)));
    assert_eq!((record.subjects, record.push), (vec![Subject::Check(ID, head())], None));
    let other = "refs/countersign/sign-offs/x".to_owned();
    assert_eq!(pushed(other.clone()).subjects, [Subject::Branch(ID, other)]);
}

#[test]
fn a_check_that_is_asked_for_again_names_its_pull_requests() {
    let listed = |repository: u64| json!([{ "number": 7, "base": { "ref": "main", "repo": { "id": repository } } }]);
    let run = |pull_requests: Value| {
        json!({ "check_run": { "id": 1, "head_sha": HEAD, "pull_requests": pull_requests,
            "check_suite": { "id": 2, "head_branch": "hats", "head_sha": HEAD, "pull_requests": [] } } })
    };
    let here = run(listed(ID.repository));
    let anew = Subject::Check(ID, head());
    let both = [Subject::PullRequest(ID, 7), anew.clone()];
    assert_eq!(subjects("check_run", "rerequested", here.clone()), both);
    // A button lets the change be judged again, whichever it is and whoever presses it, and does nothing else.
    let mut pressed = here;
    pressed["requested_action"] = json!({ "identifier": "override" });
    assert_eq!(subjects("check_run", "requested_action", pressed), both);
    assert_eq!(subjects("check_run", "rerequested", run(json!([]))), std::slice::from_ref(&anew), "from a fork");
    assert_eq!(subjects("check_run", "rerequested", run(listed(1))), [anew], "of a fork");
    let suite = json!({ "check_suite": { "id": 2, "head_branch": null, "pull_requests": null } });
    assert_eq!(subjects("check_suite", "rerequested", suite), [Subject::Repository(ID)]);
    for (event, action) in [("check_run", "completed"), ("check_run", "created"), ("check_suite", "requested")] {
        assert_eq!(ignored(event, &body(Some(action), run(json!([])))), Ignored::Action);
    }
}

#[test]
fn a_check_on_a_queued_group_names_the_group() {
    let branch = format!("gh-readonly-queue/release/pr-1/pr-104-{HEAD}");
    let suite = json!({ "check_suite": { "head_branch": branch, "head_sha": HEAD, "pull_requests": [] } });
    let group = Subject::Group(ID, head(), "refs/heads/release/pr-1".to_owned());
    assert_eq!(subjects("check_suite", "rerequested", suite), std::slice::from_ref(&group));
    let run = json!({ "check_run": { "head_sha": HEAD, "check_suite": { "head_branch": branch } } });
    assert_eq!(subjects("check_run", "rerequested", run), [group]);
}
