//! Real plans of real Terraform, without a cloud: `terraform_data` is built in.

#![allow(dead_code, reason = "every test file uses another part of it")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests start programs")]

use std::ffi::OsString;
use std::process::Command;

/// A folder in which Terraform looks after things.
pub struct Cloud {
    folder: tempfile::TempDir,
}

impl Cloud {
    /// Makes everything that a configuration names.
    pub fn built(configuration: &str) -> Self {
        let cloud = Self { folder: tempfile::tempdir().unwrap() };
        cloud.configure(configuration);
        cloud.terraform(&["init", "-input=false"]);
        cloud.terraform(&["apply", "-input=false", "-auto-approve"]);
        cloud
    }

    /// Writes another configuration.
    pub fn configure(&self, configuration: &str) {
        std::fs::write(self.folder.path().join("main.tf"), configuration).unwrap();
    }

    /// Plans, and returns what `terraform show -json` says of it.
    pub fn plan(&self, options: &[&str]) -> Vec<u8> {
        self.terraform(&[&["plan", "-input=false", "-out=plan"], options].concat());
        self.terraform(&["show", "-json", "plan"])
    }

    /// Returns the plan in Terraform's own form.
    pub fn plan_file(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("plan")).unwrap()
    }

    fn terraform(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new(program())
            .args(arguments)
            .current_dir(self.folder.path())
            .env("CHECKPOINT_DISABLE", "1")
            .env("NO_COLOR", "1")
            .env_remove("TF_CLI_CONFIG_FILE")
            .output()
            .unwrap();
        assert!(output.status.success(), "terraform {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}

/// Returns the program: the one that `tests/run --install` puts, else that of the machine.
fn program() -> OsString {
    std::env::var_os("COUNTERSIGN_TEST_TERRAFORM").unwrap_or_else(|| "terraform".into())
}
