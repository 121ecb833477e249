//! What deliveries about deployments lead to.

use serde_json::json;

use super::*;

fn asked(environment: &str, address: &str) -> serde_json::Value {
    json!({
        "environment": environment, "event": "push", "deployment_callback_url": address, "pull_requests": [],
        "deployment": { "id": 5, "sha": HEAD, "ref": "main", "environment": environment },
    })
}

#[test]
fn a_request_leads_to_its_run_in_the_repository_of_the_delivery() {
    for (address, run) in [
        ("https://api.github.com/repos/acme/shop/actions/runs/42/deployment_protection_rule", 42),
        // Neither the host nor the repository of an address is believed.
        ("https://evil.example/repos/mallory/shop/actions/runs/43/deployment_protection_rule", 43),
    ] {
        let found = subjects("deployment_protection_rule", "requested", asked("eu/prod", address));
        assert_eq!(found, [Subject::Deployment(ID, run, "eu/prod".to_owned())]);
    }
    for address in ["", "https://api.github.com/repos/acme/shop/actions/runs/x/deployment_protection_rule", "/1"] {
        let found = subjects("deployment_protection_rule", "requested", asked("prod", address));
        assert_eq!(found, [Subject::Repository(ID)], "{address}");
    }
}

#[test]
fn an_environment_has_a_name_that_can_be_shown() {
    for name in ["", "a\nb", &"x".repeat(2_000)] {
        let body = body(Some("requested"), asked(name, ""));
        assert_eq!(reading("deployment_protection_rule", &body), Err(Malformed::Value("environment")));
    }
}

#[test]
fn only_what_succeeded_was_deployed() {
    let told = |state: &str| json!({ "deployment": { "id": 5 }, "deployment_status": { "id": 6, "state": state } });
    assert_eq!(subjects("deployment_status", "created", told("success")), [Subject::Deployed(ID, 5)]);
    for state in ["pending", "in_progress", "failure", "inactive", "SUCCESS"] {
        assert_eq!(ignored("deployment_status", &body(Some("created"), told(state))), Ignored::Action, "{state}");
    }
}
