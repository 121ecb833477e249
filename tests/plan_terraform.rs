//! What plans of real Terraform destroy, and that nobody signs for one without seeing it.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod push_rig;
mod terraform_rig;

use countersign::plan::{LossKind, PlanKind, read};
use push_rig::{ADA, GRACE, KIRO, Shop};
use terraform_rig::Cloud;

const TWO: &str = r#"
resource "terraform_data" "db" {
  input            = "one"
  triggers_replace = ["a"]
}
resource "terraform_data" "cache" {
  input = "x"
}
"#;

/// Returns what a plan loses: each address and how.
fn losses(plan: &[u8]) -> Vec<(String, LossKind)> {
    let effect = read(plan).effect.unwrap();
    effect.losses.into_iter().map(|loss| (loss.address, loss.how)).collect()
}

#[test]
fn what_terraform_would_destroy_is_told() {
    let cloud = Cloud::built(TWO);
    let same = cloud.plan(&[]);
    assert_eq!(read(&same).kind, Some(PlanKind::Terraform));
    assert_eq!((losses(&same), read(&same).effect.unwrap().existing), (vec![], 2));
    cloud.configure(&TWO.replace("\"x\"", "\"y\""));
    assert_eq!(losses(&cloud.plan(&[])), []);
    cloud.configure(&TWO.replace("[\"a\"]", "[\"b\"]"));
    assert_eq!(losses(&cloud.plan(&[])), [("terraform_data.db".to_owned(), LossKind::Replaced)]);
    let gentle = TWO.replace("[\"a\"]", "[\"b\"]\n  lifecycle {\n    create_before_destroy = true\n  }");
    cloud.configure(&gentle);
    assert_eq!(losses(&cloud.plan(&[])), [("terraform_data.db".to_owned(), LossKind::Replaced)]);
    cloud.configure(TWO.split("resource \"terraform_data\" \"cache\"").next().unwrap());
    assert_eq!(losses(&cloud.plan(&[])), [("terraform_data.cache".to_owned(), LossKind::Destroyed)]);
    cloud.configure(TWO);
    let all = read(&cloud.plan(&["-destroy"])).effect.unwrap();
    assert_eq!((all.existing, all.losses.len()), (2, 2));
    assert!(read(&cloud.plan_file()).effect.unwrap_err().to_string().contains("terraform show -json"));
}

#[test]
fn deleting_and_making_the_environment_anew_is_seen_before_it_is_signed() {
    let shop = Shop::new();
    let base = shop.head();
    shop.commit(ADA, KIRO);
    let cloud = Cloud::built(TWO);
    cloud.configure(&TWO.replace("[\"a\"]", "[\"b\"]").replace("input = \"x\"", "triggers_replace = [\"z\"]"));
    let plan = cloud.plan(&["-replace=terraform_data.cache"]);
    let file = shop.path("plan.json");
    std::fs::write(&file, &plan).unwrap();
    let mut sign = shop.command(env!("CARGO_BIN_EXE_countersign"), GRACE.account, &shop.work);
    sign.args(["sign-off", &format!("{base}..HEAD"), "--environment", "production", "--repository", "acme/shop"]);
    let output = sign.arg("--plan").arg(&file).arg("--key").arg(shop.path(GRACE.account)).output().unwrap();
    let screen = String::from_utf8(output.stderr).unwrap();
    for text in [
        "EVERYTHING that is there: 2 of 2",
        "replaced        terraform_data.db",
        "replaced        terraform_data.cache",
        &read(&plan).digest.to_string(),
    ] {
        assert!(screen.contains(text), "{text}: {screen}");
    }
}
