//! An installation that leaves nothing to say, which tests then spoil.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use countersign::audit::ledger::Ledger as _;
use serde_json::Value;

use crate::push_rig::{Shop, succeed};

/// A public key as a security key has it: `doctor` reads who could touch one.
const TOUCHED: &str = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIGu104HGx/UHgxOxdPjtteS4giYgIS/gw3cqOQSU+mxqAAAAD3NzaDpjb3VudGVyc2lnbg==";
const TOUCHED_TOO: &str = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIGu104HGx/UHgxOxdPjtteS4giYgIS/gw3cqOQSU+mxqAAAABHNzaDo=";

/// The policy: enough people for everything, and a touch is asked for.
const POLICY: &str = r#"version: 1
people:
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { plain: ada } }
  grace: { name: Grace Hopper, accounts: { plain: grace }, keys: ["TOUCHED"] }
  barbara: { name: Barbara Liskov, accounts: { plain: barbara }, keys: ["TOO"] }
  dana: { name: Dana Scully, accounts: { plain: dana }, keys: ["KEY:dana"] }
  bob: { name: Bob Developer, accounts: { plain: bob }, keys: ["KEY:bob"] }
roles:
  senior: { people: [grace, barbara] }
  release-manager: { people: [dana, bob] }
gates:
  - name: agent's change
    refs: ["refs/heads/main", "refs/tags/v*"]
    when: { authorship-at-least: assisted }
    require: [{ role: senior, presence: touch }]
"#;

/// What `doctor` says.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub text: String,
    pub err: String,
}

impl Said {
    /// Returns what is not well: weight, code, message, repair, whether that is a command.
    pub fn findings(&self) -> Vec<(String, String, String, String, bool)> {
        let answer: Value = serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        let text = |finding: &Value, field: &str| finding.get(field).unwrap().as_str().unwrap_or_default().to_owned();
        let all = answer.get("findings").unwrap().as_array().unwrap().iter();
        all.filter(|finding| text(finding, "weight") != "ok")
            .map(|finding| {
                let is_command = finding.get("is_command").unwrap().as_bool().unwrap();
                (
                    text(finding, "weight"),
                    text(finding, "code"),
                    text(finding, "message"),
                    text(finding, "repair"),
                    is_command,
                )
            })
            .collect()
    }
}

/// A shop with a sound installation.
pub struct Sound {
    pub shop: Shop,
}

impl Sound {
    pub fn new() -> Self {
        let shop = Shop::unguarded("shop.git", &[]);
        // Keys may hold any letters, so these come first.
        let text = shop.with_keys(&POLICY.replace("TOUCHED", TOUCHED).replace("TOO", TOUCHED_TOO));
        std::fs::create_dir(shop.path("site")).unwrap();
        std::fs::write(shop.path("site/policy.yaml"), text).unwrap();
        std::fs::write(shop.path("sshd_config"), "AcceptEnv LANG LC_*\nPermitUserEnvironment no\n").unwrap();
        shop.install(&["--policy", "site/policy.yaml"]);
        Self { shop }
    }

    /// Returns the program, as the administrator runs it.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = self.shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &self.shop.path(""));
        command.env_remove("COUNTERSIGN_USER").args(arguments);
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.program(arguments))
    }

    /// Runs `doctor` on the repository, with more environment.
    pub fn doctor(&self, more: &[&str], environment: &[(&str, &str)]) -> Said {
        let mut command = self.program(&["doctor", "shop.git", "--sshd-config", "sshd_config"]);
        said(command.args(more).envs(environment.iter().copied()))
    }

    /// Changes a file's text.
    pub fn edit(&self, name: &str, edit: impl Fn(&str) -> String) {
        let path = self.shop.path(name);
        let text = std::fs::read_to_string(&path).unwrap();
        let changed = edit(&text);
        assert_ne!(text, changed, "the edit of {name} changes something");
        std::fs::write(path, changed).unwrap();
    }

    /// Writes an executable file and returns its path.
    pub fn script(&self, name: &str, text: &str) -> PathBuf {
        let path = self.shop.path(name);
        std::fs::write(&path, text).unwrap();
        self.mode(name, 0o755);
        path
    }

    pub fn mode(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.shop.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Sets a value in the repository's settings.
    pub fn config(&self, arguments: &[&str]) {
        self.shop.server(&[&["config"], arguments].concat());
    }

    /// Makes the hooks call another program, as if that had installed them.
    pub fn replace_program(&self, program: &str) {
        for hook in ["pre-receive", "post-receive"] {
            self.edit(&format!("shop.git/hooks/{hook}"), |text| {
                text.replace(env!("CARGO_BIN_EXE_countersign"), program)
            });
        }
    }

    /// Opens the installation's ledger and records an exception in it, as of some time.
    pub fn record_exception(&self, at: &str) {
        let place = self.shop.path("shop.git/countersign");
        let path = |name: &str| place.join(name).to_str().unwrap().to_owned();
        let values = [
            ("countersign.repository", "acme/shop".to_owned()),
            ("countersign.policy", path("policy")),
            ("countersign.server", "plain".to_owned()),
            ("countersign.ledger", path("ledger.sqlite")),
            ("countersign.key", path("gate.key")),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), value)).into();
        let settings = countersign::hook::settings::Settings::from_config(&values).unwrap();
        let event = countersign::audit::event::Exception {
            code: "something-else".to_owned(),
            new: None,
            old: None,
            repository: "acme/shop".to_owned(),
            subject: "environment:test".to_owned(),
        };
        let mut ledger = countersign::hook::gate::open_ledger(&settings).unwrap();
        ledger.record_exception(at.parse().unwrap(), event).unwrap();
    }

    /// Runs a shell command on the server, in the folder of everything.
    pub fn shell(&self, line: &str) {
        let mut command = self.shop.command("sh", "root", &self.shop.path(""));
        succeed(command.env_remove("COUNTERSIGN_USER").args(["-c", line]));
    }
}

pub fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: output.status.code().unwrap(), text: text(&output.stdout), err: text(&output.stderr) }
}
