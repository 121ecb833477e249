//! `countersign doctor --github`: the real program before a fake GitHub, as an operator runs it.
#![cfg(all(feature = "server", unix))]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "integration test")]
#![recursion_limit = "256"]

mod cli_support;
mod github_fake;

use std::os::unix::fs::PermissionsExt as _;

use cli_support::{Ran, World};
use countersign::forge::RepositoryId;
use github_fake::settings::{Settings, environment};
use github_fake::{ADA, APP, Edit, Fake, required_checks};
use insta::assert_snapshot;
use serde_json::{Value, json};

const CHECK: &str = "countersign (main)";

const POLICY: &str = r#"version: 1
serial: 1
people:
  grace: { name: Grace Hopper, emails: [grace@example.com], accounts: { github: grace } }
  dana: { name: Dana Scully, emails: [dana@example.com], accounts: { github: dana } }
roles:
  senior: { people: [grace] }
  release-manager: { people: [dana] }
gates:
  - name: agent's change
    refs: ["refs/heads/main"]
    when: { authorship-at-least: assisted }
    require: [{ role: senior }]
"#;

/// A shop on GitHub, and a machine from which it is looked at.
struct Shop {
    fake: Fake,
    id: RepositoryId,
    world: World,
}

/// Everything that a token of an administrator may do.
const ADMINISTRATOR: [&str; 4] = ["administration:write", "contents:read", "actions:read", "metadata:read"];

impl Shop {
    fn open() -> Self {
        Self::with_policy(POLICY)
    }

    fn with_policy(policy: &str) -> Self {
        let fake = Fake::start_enterprise();
        for login in ["ada", "grace", "dana"] {
            fake.user(login);
        }
        fake.organization("acme", &["ada", "grace", "dana"]);
        let id = fake.repository("acme", "shop");
        fake.push(id, "main", "grace", &[Edit::new(ADA, "Set the rules", ".countersign/policy.yaml", policy)]);
        let shop = Self { fake, id, world: World::new() };
        shop.secret("app.pem", &shop.fake.key.private.clone());
        shop.give("dana", &ADMINISTRATOR);
        shop
    }

    fn secret(&self, name: &str, text: &str) {
        let path = self.world.write(name, text);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Puts somebody's token into the file `token`.
    fn give(&self, login: &str, permissions: &[&str]) {
        self.secret("token", &self.fake.token_of(login, permissions));
    }

    /// Requires the check as it should be.
    fn well_guarded(&self) -> u64 {
        let rules = json!([
            {"type": "deletion"}, {"type": "non_fast_forward"}, required_checks(&[(CHECK, Some(APP))]),
        ]);
        self.fake.ruleset(self.id, CHECK, &["refs/heads/main"], rules, json!({}))
    }

    fn set(&self, change: impl FnOnce(&mut Settings)) {
        self.fake.set(self.id, change);
    }

    /// Looks with the App and with the administrator's token.
    fn doctor(&self, more: &[&str]) -> Ran {
        self.doctor_with(&["--token-file", "token", "--app-id", "7001", "--app-key-file", "app.pem"], more)
    }

    fn doctor_with(&self, credentials: &[&str], more: &[&str]) -> Ran {
        let url = self.fake.url();
        let url = url.strip_suffix("/api/v3").unwrap();
        let fixed = ["doctor", "--github", "acme/shop", "--github-url", url];
        let ran = self.world.run(&[&fixed, credentials, more].concat());
        Ran {
            stdout: ran.stdout.replace(url, "https://git.example.com"),
            stderr: ran.stderr.replace(url, "https://git.example.com"),
            ..ran
        }
    }

    /// Returns the weight of each finding with this code, by its message.
    fn found(&self, code: &str) -> Vec<(String, String)> {
        let ran = self.doctor(&["--format", "json"]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let findings = ran.json()["findings"].as_array().unwrap().clone();
        let with_code = findings.iter().filter(|finding| finding["code"] == code);
        with_code.map(|finding| (text(&finding["weight"]), text(&finding["message"]))).collect()
    }

    /// Makes sure that one finding with this code has this weight, and returns its message.
    fn finds(&self, code: &str, weight: &str) -> String {
        let found = self.found(code);
        let [(found_weight, message)] = found.as_slice() else { panic!("{code}: {found:#?}") };
        assert_eq!(found_weight, weight, "{message}");
        message.clone()
    }
}

#[test]
fn a_repository_that_nobody_has_set_up_is_full_of_holes() {
    let ran = Shop::open().doctor(&[]);
    assert_snapshot!(ran.shown(), @r"
    acme/shop: 3 holes

      HOLE    main: our check is not required: whoever can merge or push need not
                wait
              countersign doctor --github acme/shop --app-id 7001 --github-url https://git.example.com --token-file FILE --fix
      HOLE    main: whoever can push may rewind it to anything that once had the
                check, which the policy forbids
              countersign doctor --github acme/shop --app-id 7001 --github-url https://git.example.com --token-file FILE --fix
      HOLE    main: whoever can push may delete it, which the policy forbids
              countersign doctor --github acme/shop --app-id 7001 --github-url https://git.example.com --token-file FILE --fix
      ok      5 checks
    -- exit 1
    ");
}

#[test]
fn a_repository_that_is_well_guarded_is_well() {
    let shop = Shop::open();
    shop.well_guarded();
    assert_snapshot!(shop.doctor(&["-v"]).shown(), @r"
    acme/shop: nothing to repair

      ok      the policy loads and names 1 branch
      ok      nobody may bypass what guards a branch
      ok      main: our check is required, and from our App alone
      ok      main: it cannot be rewound
      ok      main: it cannot be deleted
      ok      workflows may read only, and cannot approve
      ok      the App asks for nothing that could change the gate
      ok      the App was granted nothing that could change the gate
      ok      the App has what it needs
    -- exit 0
    ");
}

#[test]
fn what_an_app_may_not_see_is_unknown() {
    let shop = Shop::open();
    shop.well_guarded();
    let ran = shop.doctor_with(&["--app-id", "7001", "--app-key-file", "app.pem"], &[]);
    assert_snapshot!(ran.shown(), @r#"
    acme/shop: 1 unknown

      unknown who may bypass the ruleset "countersign (main)" is hidden from this
                token or App
              look with administration: write, as your own token may have and the
              App must not
      ok      8 checks
    -- exit 4
    "#);
}

#[test]
fn what_a_token_may_not_see_is_unknown_with_the_permission_that_is_missing() {
    let shop = Shop::open();
    shop.well_guarded();
    shop.give("ada", &["contents:read"]);
    let ran = shop.doctor_with(&["--token-file", "token"], &[]);
    assert_snapshot!(ran.shown(), @r#"
    acme/shop: 5 unknown

      unknown who may bypass the ruleset "countersign (main)" is hidden from this
                token or App
              look with administration: write, as your own token may have and the
              App must not
      unknown main: branch protection cannot be read: GitHub answered 403 Resource
                not accessible by personal access token
              look with a token, or an App, that has administration: read
      unknown main: our check is required from App 7001; whether that is ours is
                not known here
              say `--app-id NUMBER`, the number on the App's settings page
      unknown what workflows may do cannot be read: GitHub answered 403 Resource
                not accessible by personal access token
              look with a token, or an App, that has administration: read
      unknown what our App is granted was not looked at: that needs the App's own
                key
              give `--app-id` and `--app-key-file`
      ok      3 checks
    -- exit 4
    "#);
}

#[test]
fn a_check_that_anybody_may_give_is_a_hole() {
    let shop = Shop::open();
    shop.fake.ruleset(shop.id, "ours", &["~DEFAULT_BRANCH"], json!([required_checks(&[(CHECK, None)])]), json!({}));
    shop.finds("check-not-pinned", "hole");
    // A second place that pins it heals that.
    shop.well_guarded();
    assert_eq!(shop.found("check-not-pinned"), []);
    shop.finds("check-required", "ok");
}

#[test]
fn a_check_that_another_app_gives_is_a_hole() {
    let shop = Shop::open();
    let rules = json!([required_checks(&[(CHECK, Some(99))])]);
    shop.fake.ruleset(shop.id, "theirs", &["~ALL"], rules, json!({}));
    assert!(shop.finds("check-foreign", "hole").contains("App 99"));
}

#[test]
fn rulesets_that_do_not_hold_count_for_nothing() {
    let shop = Shop::open();
    let rules = || json!([required_checks(&[(CHECK, Some(APP))])]);
    shop.fake.ruleset(shop.id, "tried", &["~ALL"], rules(), json!({"enforcement": "evaluate"}));
    shop.fake.ruleset(shop.id, "off", &["~ALL"], rules(), json!({"enforcement": "disabled"}));
    shop.fake.ruleset(shop.id, "elsewhere", &["refs/heads/other"], rules(), json!({}));
    // Required for another branch's name.
    shop.fake.ruleset(shop.id, "near", &["~ALL"], json!([required_checks(&[("countersign", Some(APP))])]), json!({}));
    shop.finds("check-not-required", "hole");
}

#[test]
fn everybody_who_may_bypass_is_named() {
    let shop = Shop::open();
    let actor = |kind: &str, id: Value, mode: &str| json!({"actor_type": kind, "actor_id": id, "bypass_mode": mode});
    let actors = json!([
        actor("OrganizationAdmin", Value::Null, "always"),
        actor("RepositoryRole", json!(5), "pull_request"),
        actor("Integration", json!(APP), "exempt"),
        actor("DeployKey", Value::Null, "always"),
        actor("Team", json!(8), "always"),
        actor("User", json!(9), "always"),
        actor("Integration", json!(15368), "always"),
    ]);
    let rules = json!([{"type": "deletion"}, {"type": "non_fast_forward"}, required_checks(&[(CHECK, Some(APP))])]);
    let more = json!({"bypass_actors": actors, "source_type": "Organization", "source": "acme"});
    shop.fake.ruleset(shop.id, "for all\u{1b}[2J\u{202e}", &["~ALL"], rules, more);
    assert_snapshot!(shop.doctor(&[]).shown(), @r#"
    acme/shop: 7 holes

      HOLE    every owner of the organization may bypass the ruleset "for
                all\u{1b}[2J\u{202e}" of the organization acme at any time
              take them off the bypass list:
              https://git.example.com/organizations/acme/settings/rules/1009
      HOLE    everybody with the role admin may merge pull requests past the
                ruleset "for all\u{1b}[2J\u{202e}" of the organization acme
              take them off the bypass list:
              https://git.example.com/organizations/acme/settings/rules/1009
      HOLE    the ruleset "for all\u{1b}[2J\u{202e}" of the organization acme does
                not hold for our own App (7001), and GitHub keeps no record of what
                they do
              take them off the bypass list:
              https://git.example.com/organizations/acme/settings/rules/1009
      HOLE    every deploy key may bypass the ruleset "for all\u{1b}[2J\u{202e}" of
                the organization acme at any time
              take them off the bypass list:
              https://git.example.com/organizations/acme/settings/rules/1009
      HOLE    team 8 may bypass the ruleset "for all\u{1b}[2J\u{202e}" of the
                organization acme at any time
              take them off the bypass list:
              https://git.example.com/organizations/acme/settings/rules/1009
      HOLE    user 9 may bypass the ruleset "for all\u{1b}[2J\u{202e}" of the
                organization acme at any time
              take them off the bypass list:
              https://git.example.com/organizations/acme/settings/rules/1009
      HOLE    App 15368 may bypass the ruleset "for all\u{1b}[2J\u{202e}" of the
                organization acme at any time
              take them off the bypass list:
              https://git.example.com/organizations/acme/settings/rules/1009
      ok      8 checks
    -- exit 1
    "#);
    // Another ruleset that lets nobody past closes it.
    shop.well_guarded();
    assert_eq!(shop.found("bypass"), []);
}

#[test]
fn branch_protection_of_the_older_kind_counts_too() {
    let shop = Shop::open();
    let protection = |admins: bool, app: Value, open: bool| {
        json!({
            "url": "https://api.github.com/", "enforce_admins": {"enabled": admins, "url": "https://api.github.com/"},
            "required_status_checks": {
                "strict": true, "contexts": [CHECK], "checks": [{"context": CHECK, "app_id": app}],
            },
            "allow_force_pushes": {"enabled": open}, "allow_deletions": {"enabled": open},
        })
    };
    let protect =
        |protection: Value| shop.set(|settings| drop(settings.protection.insert("main".to_owned(), protection)));
    protect(protection(true, json!(APP), false));
    assert_eq!(shop.doctor(&[]).code, 0, "{}", shop.doctor(&[]).shown());
    protect(protection(false, json!(APP), false));
    shop.finds("admins-exempt", "hole");
    protect(protection(true, Value::Null, false));
    shop.finds("check-not-pinned", "hole");
    protect(protection(true, json!(-1), false));
    shop.finds("check-not-pinned", "hole");
    protect(protection(true, json!(APP), true));
    shop.finds("force-push", "hole");
    shop.finds("deletion", "hole");
    // The listing tells the pin even to those who may not see the rest.
    shop.give("ada", &["contents:read"]);
    shop.finds("check-required", "ok");
    shop.finds("rewind-or-deletion", "unknown");
}

#[test]
fn a_merge_queue_is_looked_at() {
    let shop = Shop::open();
    shop.well_guarded();
    let queue = |grouping: &str| {
        json!([{"type": "merge_queue", "parameters": {
            "check_response_timeout_minutes": 60, "grouping_strategy": grouping, "max_entries_to_build": 5,
            "max_entries_to_merge": 5, "merge_method": "SQUASH", "min_entries_to_merge": 1,
            "min_entries_to_merge_wait_minutes": 5,
        }}])
    };
    shop.fake.ruleset(shop.id, "queue", &["~DEFAULT_BRANCH"], queue("HEADGREEN"), json!({}));
    shop.finds("queue-grouping", "remark");
    shop.finds("queue", "ok");
    shop.fake.world().app_events = Some(vec!["pull_request".to_owned()]);
    shop.finds("queue-unheard", "hole");
    shop.set(|settings| settings.rulesets[1]["rules"] = queue("ALLGREEN"));
    shop.finds("queue-grouping", "ok");
}

#[test]
fn approvals_squashing_and_workflows_are_looked_at() {
    let shop = Shop::open();
    shop.well_guarded();
    let pull = json!([{"type": "pull_request", "parameters": {
        "dismiss_stale_reviews_on_push": false, "require_code_owner_review": false, "require_last_push_approval": false,
        "required_approving_review_count": 1, "required_review_thread_resolution": false,
    }}]);
    shop.fake.ruleset(shop.id, "reviews", &["~ALL"], pull, json!({}));
    shop.set(|settings| {
        settings.workflow_token = Some(("write", true));
        settings.repository = json!({"allow_squash_merge": true, "squash_merge_commit_message": "PR_BODY"});
    });
    assert_snapshot!(shop.doctor(&[]).shown(), @r#"
    acme/shop: 5 remarks

      remark  main: GitHub's own count of approvals may take one of Copilot's for a
                person's; whether it does, no API tells. Our check counts people
                only
              see that it does not:
              https://git.example.com/acme/shop/settings/copilot/code_review
      remark  main: GitHub's own approvals stay when more is pushed. For our check
                they do not
              dismiss stale approvals, or ask for one of the latest push:
              https://git.example.com/acme/shop/settings/rules
      remark  pull requests may be squashed into one commit whose message leaves
                out what the commits said, such as an agent's trailers: nobody sees
                later who wrote it
              squash with the commits' messages ("Pull request title and commit
              details"): https://git.example.com/acme/shop/settings
      remark  workflows may approve pull requests. That never counts for our check,
                but for GitHub's own rules
              turn off "Allow GitHub Actions to create and approve pull requests":
              https://git.example.com/acme/shop/settings/actions
      remark  workflows get a token that may write unless they ask for less: checks
                and statuses of any name but a pinned one, and branches that
                nothing protects
              make it read-only: https://git.example.com/acme/shop/settings/actions
      ok      8 checks
    -- exit 0
    "#);
}

#[test]
fn environments_wait_for_the_app() {
    let gate = "  - name: deployments\n    environments: [production, staging]\n    require: [{ role: senior }]\n";
    let shop = Shop::with_policy(&format!("{POLICY}{gate}"));
    shop.well_guarded();
    let workflow = "jobs:\n  deploy:\n    environment: { name: production, deployment: false }\n";
    shop.fake.push(shop.id, "main", "grace", &[Edit::new(ADA, "Deploy", ".github/workflows/deploy.yml", workflow)]);
    shop.set(|settings| settings.environments = vec![environment("production", true), environment("play", true)]);
    assert_snapshot!(shop.doctor(&[]).shown(), @r#"
    acme/shop: 4 holes

      HOLE    a gate names the environment production, which does not wait for our
                App
              turn the App on under "Deployment protection rules" of production:
              https://git.example.com/acme/shop/settings/environments
      HOLE    administrators need not wait before deploying to production
              turn off "Allow administrators to bypass configured protection rules"
              of production: https://git.example.com/acme/shop/settings/environments
      HOLE    a gate names the environment staging, which is not there: GitHub
                makes it, without any rule, when a workflow first names it
              make it, and turn the App on for it:
              https://git.example.com/acme/shop/settings/environments
      HOLE    .github/workflows/deploy.yml has jobs with `deployment: false`: they
                get the secrets of an environment, and no rule of ours is asked
              take `deployment` out, or let no secret that deploys rest on the
              environment alone
      ok      9 checks
    -- exit 1
    "#);
    shop.set(|settings| {
        settings.environments = vec![environment("production", false), environment("staging", false)];
        for name in ["production", "staging"] {
            settings.custom_rules.insert(name.to_owned(), vec![APP]);
        }
    });
    let fixed = Edit::new(ADA, "Deploy", ".github/workflows/deploy.yml", "jobs: {}\n");
    shop.fake.push(shop.id, "main", "grace", &[fixed]);
    assert_eq!(shop.doctor(&[]).code, 0, "{}", shop.doctor(&[]).shown());
    // Another app's rule is none of ours.
    shop.set(|settings| drop(settings.custom_rules.insert("staging".to_owned(), vec![99])));
    assert!(shop.finds("environment-open", "hole").contains("staging"));
}

#[test]
fn branches_that_anybody_may_make_below_a_pattern_are_a_hole_at_every_depth() {
    let shop =
        Shop::with_policy(&POLICY.replace("\"refs/heads/main\"", "\"refs/heads/main\", \"refs/heads/release/**\""));
    shop.well_guarded();
    let tip = shop.fake.tip(shop.id, "main");
    shop.finds("new-branch", "hole");
    for branch in ["release/1", "release/2026/11"] {
        shop.fake.set_branch(shop.id, branch, Some(&tip), "grace");
    }
    shop.finds("new-branch", "hole");
    assert!(shop.finds("check-not-required", "hole").starts_with("release/1 and release/2026/11: "));
    // For GitHub that is one level only.
    let creation = json!([{"type": "creation"}]);
    shop.fake.ruleset(shop.id, "new", &["refs/heads/release/**"], creation.clone(), json!({}));
    let told = shop.finds("new-branch", "hole");
    assert!(told.contains("names, release/countersign-probe/countersign-probe for example, from anything"), "{told}");
    assert!(shop.doctor(&[]).stdout.contains("a ruleset for refs/heads/release/**/* that"));
    shop.fake.ruleset(shop.id, "deep", &["refs/heads/release/**/*"], creation, json!({}));
    shop.finds("new-branch", "ok");
}

#[test]
fn only_rulesets_that_cover_the_gated_tags_and_all_that_is_done_to_them_count() {
    let shop = Shop::with_policy(&POLICY.replace("\"refs/heads/main\"", "\"refs/heads/main\", \"refs/tags/v*\""));
    shop.well_guarded();
    let tag = |name: &str, include: &[&str], kinds: &[&str], more: Value| {
        let rules: Vec<Value> = kinds.iter().map(|kind| json!({"type": kind})).collect();
        let mut target = json!({"target": "tag"});
        target.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        shop.fake.ruleset(shop.id, name, include, json!(rules), target);
    };
    let all = ["creation", "update", "deletion"];
    assert!(
        shop.finds("tags", "hole").contains("can make, move, delete them, refs/tags/vcountersign-probe for example")
    );
    tag("other tags", &["refs/tags/nightly-*"], &all, json!({}));
    tag("not in force", &["~ALL"], &all, json!({"enforcement": "evaluate"}));
    let excluded = json!({"conditions": {"ref_name": {"include": ["~ALL"], "exclude": ["refs/tags/v*"]}}});
    tag("all others", &[], &all, excluded);
    shop.fake.ruleset(shop.id, "for branches", &["~ALL"], json!([{"type": "creation"}]), json!({}));
    assert!(shop.finds("tags", "hole").contains("can make, move, delete them"));
    tag("half", &["refs/tags/v*"], &["creation"], json!({}));
    assert!(shop.finds("tags", "hole").contains("can move, delete them"));
    tag("letters", &["refs/tags/[a-z]*"], &all, json!({}));
    assert!(shop.finds("tags", "unknown").contains("whether the ruleset \"letters\" holds for them cannot be told"));
    let admins = json!({"bypass_actors": [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}]});
    tag("rest", &["~ALL"], &["update", "deletion"], admins);
    shop.finds("tags", "remark");
    let message = "everybody with the role admin may bypass the ruleset \"rest\" at any time";
    assert!(shop.found("bypass").contains(&("hole".to_owned(), message.to_owned())), "{:#?}", shop.found("bypass"));
}

#[test]
fn an_app_that_may_too_much_or_too_little_is_told() {
    let shop = Shop::open();
    shop.well_guarded();
    {
        let mut world = shop.fake.world();
        world.app_permissions = Some(json!({"administration": "write", "metadata": "read"}));
        world.app_events = Some(vec!["push".to_owned()]);
        let granted = &mut world.installations.get_mut(&shop.id.installation).unwrap().permissions;
        granted.remove("checks");
        granted.remove("members");
        granted.insert("pages".to_owned(), "write".to_owned());
    }
    assert_snapshot!(shop.doctor(&[]).shown(), @r"
    acme/shop: 2 holes, 3 remarks

      HOLE    the App asks for write access to administration, by which it could
                change the gate that it guards
              take that from it: Settings, Developer settings, GitHub Apps,
              Permissions (https://git.example.com)
      HOLE    the App lacks checks, without which its check never comes
              grant it, and accept that in the installation
      remark  the App was granted write access to pages, which it does not need
              take that from it, in the App's settings
      remark  the App lacks members
              docs/github-app.md says what each is for
      remark  the App does not hear of branch protection rule, check run, check
                suite, deployment protection rule, deployment status, issue
                comment, member, membership, merge group, organization, pull
                request, pull request review, repository, repository ruleset, team,
                and notices late or never
              let it listen to them, in the App's settings
      ok      7 checks
    -- exit 1
    ");
    shop.fake.world().installations.get_mut(&shop.id.installation).unwrap().suspended = true;
    shop.finds("app-suspended", "hole");
    shop.fake.world().installations.clear();
    shop.finds("app-not-installed", "hole");
}

#[test]
fn without_a_policy_nothing_can_pass() {
    let shop = Shop::with_policy("version: 1\ngates: [\n");
    let message = shop.finds("policy", "hole");
    assert!(message.contains("is not valid"), "{message}");
    shop.finds("check-not-required", "hole");
}

#[test]
fn the_missing_ruleset_is_shown_and_written() {
    let shop = Shop::open();
    let ran = shop.doctor(&["--fix", "--yes"]);
    assert_snapshot!(ran.shown(), @r#"
    acme/shop: nothing to repair

      ok      9 checks
    -- stderr
    Make the ruleset "countersign (main)" of acme/shop:

      + {
      +   "bypass_actors": [],
      +   "conditions": {
      +     "ref_name": {
      +       "exclude": [],
      +       "include": [
      +         "refs/heads/main"
      +       ]
      +     }
      +   },
      +   "enforcement": "active",
      +   "name": "countersign (main)",
      +   "rules": [
      +     {
      +       "type": "deletion"
      +     },
      +     {
      +       "type": "non_fast_forward"
      +     },
      +     {
      +       "parameters": {
      +         "do_not_enforce_on_create": false,
      +         "required_status_checks": [
      +           {
      +             "context": "countersign (main)",
      +             "integration_id": 7001
      +           }
      +         ],
      +         "strict_required_status_checks_policy": false
      +       },
      +       "type": "required_status_checks"
      +     }
      +   ],
      +   "target": "branch"
      + }

    Wrote ruleset 1009, "countersign (main)".
    What GitHub says now:
    -- exit 0
    "#);
    let written = shop.fake.world().repository(shop.id).settings.rulesets.clone();
    assert_eq!(written.len(), 1);
    assert_eq!(written[0]["bypass_actors"], json!([]));
    assert_eq!(written[0]["rules"][2]["parameters"]["required_status_checks"][0]["integration_id"], APP);
    // Once more there is nothing to do.
    shop.fake.forget_calls();
    let ran = shop.doctor(&["--fix", "--yes"]);
    assert!(ran.code == 0 && ran.stderr.contains("nothing to write"), "{}", ran.shown());
    assert!(shop.fake.world().calls.iter().all(|call| !["PUT", "PATCH", "DELETE"].contains(&&*call.method)));
}

#[test]
fn every_call_keeps_to_githubs_published_description() {
    let shop = Shop::open();
    shop.fake.validate_calls();
    let ran = shop.doctor(&["--fix", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    assert_eq!(shop.fake.violations(), [""; 0]);
    assert!(shop.fake.world().calls.len() > 20);
}

#[test]
fn a_ruleset_that_was_loosened_is_put_right_and_keeps_what_people_added() {
    let shop = Shop::open();
    let rules = json!([{"type": "required_linear_history"}, required_checks(&[("build", None), (CHECK, None)])]);
    let bypass = json!([{"actor_type": "OrganizationAdmin", "actor_id": Value::Null, "bypass_mode": "always"}]);
    let more = json!({"bypass_actors": bypass, "enforcement": "evaluate"});
    shop.fake.ruleset(shop.id, CHECK, &["~ALL"], rules, more);
    let ran = shop.doctor(&["--fix", "--yes"]);
    assert_snapshot!(ran.stderr, @r#"
    Change ruleset 1009 "countersign (main)" of acme/shop:

        {
      -   "bypass_actors": [
      -     {
      -       "actor_id": null,
      -       "actor_type": "OrganizationAdmin",
      -       "bypass_mode": "always"
      -     }
      -   ],
      +   "bypass_actors": [],
          "conditions": {
            "ref_name": {
              "exclude": [],
              "include": [
                "~ALL"
              ]
            }
          },
      -   "enforcement": "evaluate",
      +   "enforcement": "active",
          "name": "countersign (main)",
          "rules": [
            {
      +       "type": "deletion"
      +     },
      +     {
      +       "type": "non_fast_forward"
      +     },
      +     {
              "type": "required_linear_history"
            },
            {
              "parameters": {
      +         "do_not_enforce_on_create": false,
                "required_status_checks": [
                  {
                    "context": "build"
                  },
                  {
      -             "context": "countersign (main)"
      +             "context": "countersign (main)",
      +             "integration_id": 7001
                  }
                ],
                "strict_required_status_checks_policy": false
              },
              "type": "required_status_checks"
            }
          ],
          "target": "branch"
        }

    Wrote ruleset 1009, "countersign (main)".
    What GitHub says now:
    "#);
    assert_eq!(ran.code, 0, "{}", ran.shown());
    let written = shop.fake.world().repository(shop.id).settings.rulesets.clone();
    assert_eq!((written.len(), &written[0]["enforcement"]), (1, &json!("active")));
}

#[test]
fn what_was_written_is_read_again_and_not_believed() {
    let shop = Shop::open();
    let bypass = json!([{"actor_type": "DeployKey", "actor_id": Value::Null, "bypass_mode": "always"}]);
    shop.set(|settings| settings.meddling = Some(json!({"bypass_actors": bypass})));
    let ran = shop.doctor(&["--fix", "--yes"]);
    assert!(ran.code == 1 && ran.stdout.contains("every deploy key may bypass"), "{}", ran.shown());
}

#[test]
fn hostile_names_steer_no_terminal() {
    let shop = Shop::open();
    let hostile = "x\u{1b}[2J\u{9b}\u{202e}\r\n  ok      all is well ::error::";
    let bypass = json!([{"actor_type": hostile, "actor_id": 1, "bypass_mode": "always"}]);
    let rules = || json!([required_checks(&[(CHECK, Some(APP)), (hostile, None)])]);
    shop.fake.ruleset(shop.id, hostile, &["~ALL"], rules(), json!({"bypass_actors": bypass}));
    shop.fake.ruleset(shop.id, CHECK, &["~ALL"], rules(), json!({"enforcement": "disabled"}));
    for more in [&["-v"][..], &["--fix", "--yes"]] {
        let said = shop.doctor(more).shown();
        assert!(said.contains("\\u{202e}"), "{said}");
        let steers = |c: char| c != '\n' && countersign::model::is_hidden(c);
        assert!(!said.contains(steers) && !said.contains("\n  ok      all is well"), "{said:?}");
    }
}

#[test]
fn nothing_is_written_before_a_yes() {
    let shop = Shop::open();
    let url = shop.fake.url();
    let line = format!(
        "{} doctor --github acme/shop --github-url {} --token-file token --app-id 7001 --fix",
        env!("CARGO_BIN_EXE_countersign"),
        url.strip_suffix("/api/v3").unwrap()
    );
    // A terminal for the program: util-linux' script(1).
    let answered = |answer: &str| {
        let command = shop.world.command("script", ".", &["-qec", &line, "/dev/null"]);
        shop.world.finish(command, answer.as_bytes())
    };
    for no in ["n\n", "\n", "yes, but no\n"] {
        let ran = answered(no);
        assert!(
            ran.stdout.contains("Write exactly this? [y/N]") && ran.stdout.contains("Nothing was written"),
            "{ran:?}"
        );
        assert!(ran.code == 1 && shop.fake.world().repository(shop.id).settings.rulesets.is_empty(), "{ran:?}");
    }
    let ran = answered("y\n");
    assert!(ran.stdout.contains("Wrote ruleset"), "{ran:?}");
    assert_eq!(shop.fake.world().repository(shop.id).settings.rulesets.len(), 1);
}

#[test]
fn writing_needs_a_persons_token_and_a_yes() {
    let shop = Shop::open();
    let app = ["--app-id", "7001", "--app-key-file", "app.pem"];
    let refused = |credentials: &[&str], more: &[&str]| {
        let ran = shop.doctor_with(credentials, more);
        assert_eq!(ran.code, 2, "{}", ran.shown());
        ran.stderr
    };
    let none = refused(&app, &["--fix", "--yes"]);
    assert!(none.contains("never as the App"), "{none}");
    shop.secret("installation", "ghs_16C7e42F292c6912E7710c838347Ae178B4a");
    let of_app = refused(&["--token-file", "installation", "--app-id", "7001"], &["--fix", "--yes"]);
    assert!(of_app.contains("a token of yours") && !of_app.contains("ghs_"), "{of_app}");
    let unasked = refused(&["--token-file", "token", "--app-id", "7001"], &["--fix"]);
    assert!(unasked.contains("nobody to ask"), "{unasked}");
    let unpinned = refused(&["--token-file", "token"], &["--fix", "--yes"]);
    assert!(unpinned.contains("--app-id"), "{unpinned}");
    shop.give("ada", &["contents:read", "administration:read", "actions:read"]);
    let ran = shop.doctor(&["--fix", "--yes"]);
    assert!(ran.code == 4 && ran.stderr.contains("administration: write"), "{}", ran.shown());
    assert!(shop.fake.world().repository(shop.id).settings.rulesets.is_empty());
}

#[test]
fn the_token_of_the_environment_looks_where_there_is_no_other() {
    let shop = Shop::open();
    shop.well_guarded();
    let token = shop.fake.token_of("dana", &ADMINISTRATOR);
    let url = shop.fake.url();
    let arguments = ["doctor", "--github", "acme/shop", "--app-id", "7001"];
    let mut command = shop.world.command(env!("CARGO_BIN_EXE_countersign"), ".", &arguments);
    command.env("COUNTERSIGN_GITHUB_URL", url.strip_suffix("/api/v3").unwrap()).env("GITHUB_TOKEN", &token);
    let ran = shop.world.finish(command, b"");
    // Of the App nothing is known without its key.
    assert!(ran.code == 4 && ran.stdout.contains("1 unknown"), "{}", ran.shown());
    assert!(!ran.shown().contains(&token));
    let none = shop.doctor_with(&[], &[]);
    assert!(none.code == 2 && none.stderr.contains("GITHUB_TOKEN"), "{}", none.shown());
}

#[test]
fn what_cannot_be_reached_is_no_answer() {
    let shop = Shop::open();
    let gone = shop.world.run(&[
        "doctor",
        "--github",
        "acme/shop",
        "--token-file",
        "token",
        "--github-url",
        "http://127.0.0.1:9",
    ]);
    assert_eq!(gone.code, 4, "{}", gone.shown());
    let url = shop.fake.url();
    let url = url.strip_suffix("/api/v3").unwrap();
    let other = shop.world.run(&["doctor", "--github", "acme/nothing", "--token-file", "token", "--github-url", url]);
    assert!(other.code == 4 && other.stderr.contains("acme/nothing"), "{}", other.shown());
    let wrong = shop.world.run(&["doctor", "--github", "acme", "--token-file", "token"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("OWNER/REPO"), "{}", wrong.shown());
    let both = shop.world.run(&["doctor", ".", "--github", "acme/shop"]);
    assert_eq!(both.code, 2, "{}", both.shown());
}

#[test]
fn many_branches_do_not_flood() {
    let shop = Shop::with_policy(&POLICY.replace("\"refs/heads/main\"", "\"refs/heads/**\""));
    let tip = shop.fake.tip(shop.id, "main");
    for number in 0..12 {
        shop.fake.set_branch(shop.id, &format!("b{number}"), Some(&tip), "grace");
    }
    shop.fake.world().paging.most = 5;
    let message = shop.finds("check-not-required", "hole");
    assert!(message.starts_with("b0, b1, b10 and 10 more: "), "{message}");
}
