//! Deployments with plans of real Terraform.

use std::path::PathBuf;

use serde_json::json;

use crate::gate_rig::with_plans;
use crate::push_rig::{ADA, BARBARA, GRACE, MAIN, Shop};
use crate::terraform_rig::Cloud;

const ENVIRONMENT: &str = r#"
resource "terraform_data" "db" {
  input            = "one"
  triggers_replace = ["a"]
}
resource "terraform_data" "cache" {
  input = "x"
}
"#;

/// Writes plans: one that changes something, and one that replaces the database.
fn plans(shop: &Shop) -> [PathBuf; 2] {
    let cloud = Cloud::built(ENVIRONMENT);
    let write = |name: &str, configuration: &str| {
        cloud.configure(configuration);
        let path = shop.path(name);
        std::fs::write(&path, cloud.plan(&[])).unwrap();
        path
    };
    let gentle = write("gentle.json", &ENVIRONMENT.replace("\"x\"", "\"y\""));
    [gentle, write("replaces.json", &ENVIRONMENT.replace("[\"a\"]", "[\"b\"]"))]
}

/// Opens a shop whose first commit runs in production; returns it with that commit and the two plans.
pub fn deployed() -> (Shop, String, [String; 2]) {
    let shop = Shop::with_policy(with_plans);
    let [gentle, replaces] = plans(&shop).map(|path| path.display().to_string());
    let start = shop.head();
    shop.override_deployment(&start, &["--plan", &gentle]);
    shop.deploy(&start, &["--plan", &gentle]);
    (shop, start, [gentle, replaces])
}

#[test]
fn a_plan_that_destroys_needs_those_who_saw_it() {
    let (shop, start, [gentle, replaces]) = deployed();
    let [gentle, replaces] = [&gentle, &replaces].map(String::as_str);
    let head = shop.commit(ADA, "Just a human's change");
    shop.push_main().landed(MAIN, &head);
    shop.git(&["fetch", "-q", "origin"]);

    shop.gate(&["--to", &head, "--plan", gentle]).permits(&[]);
    // Without a plan nobody can tell, and a signature for none is worth nothing.
    shop.gate(&["--to", &head]).refuses(&["sign-off-missing"]);
    let range = format!("{start}..{head}");
    shop.sign_deployment(GRACE, &range, &[]);
    shop.sign_deployment(BARBARA, &range, &[]);
    shop.gate(&["--to", &head]).refuses(&["(sign-off-elsewhere)", "(sign-off-elsewhere)", "sign-off-missing"]);
    let asked = shop.on_server(&["gate", "--environment", "production", "--to", &head]);
    let command = format!("countersign gate --environment production --to {head} --plan FILE");
    assert!(asked.out.contains(&command) && !asked.out.contains("countersign sign-off"), "{}", asked.out);

    // What it destroys is in the verdict and on the screen.
    let elsewhere = ["(sign-off-elsewhere)", "(sign-off-elsewhere)"];
    let answer = shop.gate(&["--to", &head, "--plan", replaces]);
    answer.refuses(&[&elsewhere[..], &["sign-off-missing"]].concat());
    let verdict = answer.json();
    let lost = json!({ "existing": 2, "listed": [{ "address": "terraform_data.db", "how": "replaced" }], "total": 1 });
    assert_eq!((&verdict["destroys"], &verdict["waiting"]), (&lost, &json!(true)));
    assert_eq!(verdict["gates"][0]["name"], "destroys something");
    let asked = shop.on_server(&["gate", "--environment", "production", "--to", &head, "--plan", replaces]);
    for words in ["destroys     1 of 2 that are there", "replaced        terraform_data.db", "--plan FILE", "2 of them"]
    {
        assert!(asked.out.contains(words), "{words}: {}", asked.out);
    }

    // One senior is not two, and a signature for another plan is worth nothing.
    shop.sign_deployment(GRACE, &range, &["--plan", replaces]);
    shop.sign_deployment(BARBARA, &range, &["--plan", gentle]);
    let three = ["(sign-off-elsewhere)", "(sign-off-elsewhere)", "(sign-off-elsewhere)", "sign-off-missing"];
    shop.gate(&["--to", &head, "--plan", replaces]).refuses(&three);
    shop.sign_deployment(BARBARA, &range, &["--plan", replaces]);
    let answer = shop.gate(&["--to", &head, "--plan", replaces]);
    answer.permits(&three[..3]);
    assert_eq!(answer.json()["gates"][0]["requirements"][0]["counted"], json!(["barbara", "grace"]));
    shop.deployed(&head);

    // Back to what ran passes, unless that destroys.
    let newer = shop.commit(ADA, "Another human's change");
    shop.push_main().landed(MAIN, &newer);
    shop.deploy(&newer, &["--plan", gentle]);
    shop.gate(&["--to", &head, "--plan", gentle]).permits(&["(rolled-back)"]);
    let other = shop.path("other.json");
    let text = std::fs::read_to_string(replaces).unwrap();
    std::fs::write(&other, format!("{text}\n")).unwrap();
    let answer = shop.gate(&["--to", &head, "--plan", other.to_str().unwrap()]);
    let findings = answer.findings();
    let blocking: Vec<&String> = findings.iter().filter(|finding| !finding.starts_with('(')).collect();
    assert_eq!((answer.code, blocking), (1, vec![&"sign-off-missing".to_owned()]), "{findings:?}");
    assert!(findings.contains(&"(rolled-back)".to_owned()), "{findings:?}");
}

#[test]
fn an_override_is_for_one_plan() {
    let shop = Shop::with_policy(with_plans);
    let [gentle, replaces] = plans(&shop);
    let [gentle, replaces] = [&gentle, &replaces].map(|path| path.to_str().unwrap());
    let start = shop.head();
    shop.override_deployment(&start, &["--plan", gentle]);
    let answer = shop.gate(&["--to", &start, "--plan", replaces]);
    answer.refuses(&["facts-unknown", "(override-elsewhere)", "sign-off-missing"]);
    shop.gate(&["--to", &start, "--plan", gentle]).permits(&["-facts-unknown", "(overridden)"]);
}

#[test]
fn a_way_back_is_found_however_much_landed_since_the_adoption() {
    let shop = Shop::with_policy(|text| format!("{}limits: {{ commits: 4 }}\n", with_plans(text)));
    let [gentle, _] = plans(&shop).map(|path| path.display().to_string());
    let start = shop.head();
    shop.override_deployment(&start, &["--plan", &gentle]);
    shop.deploy(&start, &["--plan", &gentle]);
    let releases = ["One", "Two", "Three"].map(|release| {
        for part in 0..3 {
            shop.commit(ADA, &format!("{release}, part {part}"));
        }
        let head = shop.head();
        shop.push_main().landed(MAIN, &head);
        shop.git(&["fetch", "-q", "origin"]);
        shop.deploy(&head, &["--plan", &gentle]);
        head
    });
    shop.gate(&["--to", &releases[1], "--plan", &gentle]).permits(&["(rolled-back)"]);
    // Where it has to be read after all, the limit is named, and not something else.
    shop.write_policy(|text| {
        let gate = "  - name: release\n    environments: [production]\n    require: [{ role: senior }]\n";
        format!("{}{gate}limits: {{ commits: 4 }}\n", with_plans(text))
    });
    let answer = shop.gate(&["--to", &releases[1], "--plan", &gentle]);
    assert!(answer.findings().contains(&"limit-exceeded".to_owned()), "{:?}", answer.findings());
}
