//! What plans destroy, of real Terraform above all, and that nobody signs for one without seeing it.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod gate_rig;
mod push_rig;
mod terraform_rig;

use countersign::plan::{LossKind, PlanKind, read};
use push_rig::{ADA, BARBARA, GRACE, KIRO, Shop};
use serde_json::json;
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

/// Returns what `kubectl diff` prints about two states of a cluster: the files that it writes, through the `diff` that
/// it runs.
#[expect(clippy::disallowed_methods, reason = "tests start programs")]
fn kubectl_diff(live: &[(&str, &str)], merged: &[(&str, &str)]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    for (side, files) in [("LIVE-123", live), ("MERGED-456", merged)] {
        let side = folder.path().join(side);
        std::fs::create_dir(&side).unwrap();
        for (name, text) in files {
            std::fs::write(side.join(name), text).unwrap();
        }
    }
    let [live, merged] = ["LIVE-123", "MERGED-456"].map(|side| folder.path().join(side));
    std::process::Command::new("diff").args(["-u", "-N"]).args([live, merged]).output().unwrap().stdout
}

const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  uid: 1\nspec:\n  replicas: 1\n";

#[test]
fn what_kubectl_would_take_away_is_told() {
    let web = "apps.v1.Deployment.default.web";
    let live =
        [(web, WEB), ("v1.Namespace..old", "kind: Namespace\n"), ("v1.PersistentVolumeClaim.default.db", "a: 1\n")];
    assert_eq!(kubectl_diff(&live, &live), b"");
    let scaled = WEB.replace("replicas: 1", "replicas: 2");
    let gentle = kubectl_diff(&live, &[(web, &scaled), live[1], live[2], ("v1.Secret.default.new", "kind: Secret\n")]);
    let plan = read(&gentle);
    assert_eq!((plan.kind, plan.is_destructive()), (Some(PlanKind::KubectlDiff), Some(false)));
    assert_eq!(plan.effect.unwrap().existing, 1);
    let anew = WEB.replace("uid: 1", "uid: 2");
    let harsh = kubectl_diff(&live, &[(web, &anew), ("v1.PersistentVolumeClaim.default.db", "a: 2\n")]);
    let mut lost = losses(&harsh);
    lost.sort();
    let expected = [
        ("Deployment default/web", LossKind::Replaced),
        ("Namespace old", LossKind::Destroyed),
        ("PersistentVolumeClaim default/db", LossKind::MaybeReplaced),
    ];
    assert_eq!(lost, expected.map(|(address, how)| (address.to_owned(), how)));
}

#[test]
fn a_migration_is_shown_for_what_it_is_and_bound_by_its_bytes() {
    let shop = Shop::with_policy(gate_rig::with_plans);
    let start = shop.head();
    let files = ["gentle.sql", "harsh.sql"].map(|name| shop.path(name).display().to_string());
    let [gentle, harsh] = files.each_ref().map(String::as_str);
    std::fs::write(gentle, "ALTER TABLE orders ADD COLUMN note text;\n").unwrap();
    std::fs::write(harsh, "ALTER TABLE orders ADD COLUMN note text;\nDROP TABLE carts;\n").unwrap();
    shop.override_deployment(&start, &["--plan", gentle, "--plan-format", "sql"]);
    shop.deploy(&start, &["--plan", gentle, "--plan-format", "sql"]);
    let head = shop.commit(ADA, "Just a human's change");
    shop.push_main();
    shop.git(&["fetch", "-q", "origin"]);
    // That nothing was found that destroys is no proof that nothing does.
    shop.gate(&["--to", &head, "--plan", gentle, "--plan-format", "sql"]).refuses(&["sign-off-missing"]);
    // Nobody guesses that a text is SQL, and what is no plan of a format destroys who knows what.
    shop.gate(&["--to", &head, "--plan", gentle]).refuses(&["sign-off-missing"]);
    shop.gate(&["--to", &head, "--plan", gentle, "--plan-format", "terraform"]).refuses(&["sign-off-missing"]);
    let answer = shop.gate(&["--to", &head, "--plan", harsh, "--plan-format", "sql"]);
    let lost = json!({ "existing": 2, "listed": [{ "address": "DROP TABLE CARTS", "how": "destroyed" }], "total": 1 });
    assert_eq!(answer.refuses(&["sign-off-missing"]).json()["destroys"], lost);
    // Who signs sees it, whatever name the file has, and signs for these bytes alone.
    let range = format!("{start}..{head}");
    let mut sign = shop.command(env!("CARGO_BIN_EXE_countersign"), GRACE.account, &shop.work);
    sign.args(["sign-off", &range, "--environment", "production", "--repository", "acme/shop"]);
    sign.args(["--plan", harsh, "--plan-format", "sql", "--key"]).arg(shop.path("grace"));
    let screen = String::from_utf8(sign.output().unwrap().stderr).unwrap();
    for words in ["(SQL)", "1 of 2 statements take something away", "DROP TABLE CARTS"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    for signer in [GRACE, BARBARA] {
        shop.sign_deployment(signer, &range, &["--plan", harsh, "--plan-format", "sql"]);
    }
    shop.gate(&["--to", &head, "--plan", harsh, "--plan-format", "sql"]).permits(&[]);
    std::fs::write(harsh, "DROP TABLE orders;\n").unwrap();
    let swapped = shop.gate(&["--to", &head, "--plan", harsh, "--plan-format", "sql"]);
    swapped.refuses(&["(sign-off-elsewhere)", "(sign-off-elsewhere)", "sign-off-missing"]);
}
