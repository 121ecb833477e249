//! The files in which the App's secrets are kept: for their owner alone, and never over others.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use super::plan::Plan;
use crate::adapters::github::inspector::MadeApp;

const KEY: &str = "app-key.pem";
const SECRET: &str = "webhook-secret";
const SETTINGS: &str = "countersign.env";

/// Why the files cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// Something is there already.
    #[error("{} is there already, and is not written over; name another folder with `--setup-dir`", .0.display())]
    There(PathBuf),
    /// GitHub gave no secret for the webhook.
    #[error("GitHub made an App without a webhook secret; delete it there, and begin again")]
    NoSecret,
    /// The system refuses.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// Makes sure that everything can be written, before GitHub makes anything. Makes the folder.
///
/// # Errors
/// [`FilesError`].
pub(super) fn check(plan: &Plan) -> Result<(), FilesError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FilesError::Io { path, source }
    };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&plan.folder).map_err(failed(&plan.folder))?;
    for name in [KEY, SECRET, SETTINGS] {
        let path = plan.folder.join(name);
        // A link that leads nowhere is there, too.
        if path.symlink_metadata().is_ok() {
            return Err(FilesError::There(path));
        }
    }
    // Whether files can be made here shows only when one is.
    tempfile::tempfile_in(&plan.folder).map(drop).map_err(failed(&plan.folder))
}

/// Writes the App's key, the webhook's secret and the settings; returns where they are.
///
/// # Errors
/// [`FilesError`].
pub(super) fn write(plan: &Plan, app: &MadeApp) -> Result<Vec<PathBuf>, FilesError> {
    let folder =
        std::path::absolute(&plan.folder).map_err(|source| FilesError::Io { path: plan.folder.clone(), source })?;
    let secret = app.webhook_secret.as_ref().filter(|secret| !secret.expose_secret().trim().is_empty());
    let secret = secret.ok_or(FilesError::NoSecret)?;
    let (key_file, secret_file) = (folder.join(KEY), folder.join(SECRET));
    let settings = SecretString::from(settings(plan, app, &key_file, &secret_file));
    let settings_file = folder.join(SETTINGS);
    let mut written = Vec::new();
    for (path, text) in [(&key_file, &app.pem), (&secret_file, secret), (&settings_file, &settings)] {
        if let Err(error) = create(path, text) {
            // Half of it would be of no use, and in the way of the next try.
            written.iter().for_each(|path| drop(std::fs::remove_file(path)));
            return Err(error);
        }
        written.push(path);
    }
    Ok(vec![key_file, secret_file, settings_file])
}

/// Returns the settings in a form that shells and systemd read alike (systemd.exec(5), `EnvironmentFile=`).
fn settings(plan: &Plan, app: &MadeApp, key: &Path, secret: &Path) -> String {
    let data_dir = std::path::absolute(&plan.data_dir).unwrap_or_else(|_| plan.data_dir.clone());
    let mut rows = vec![
        ("APP_ID", app.id.to_string()),
        ("APP_KEY_FILE", key.display().to_string()),
        ("WEBHOOK_SECRET_FILE", secret.display().to_string()),
        ("DATA_DIR", data_dir.display().to_string()),
        ("PUBLIC_URL", plan.public_url.clone()),
        ("GITHUB_URL", plan.options.hosts.web.clone()),
    ];
    if let Some(file) = &plan.options.ca_file {
        rows.push(("CA_FILE", file.display().to_string()));
    }
    rows.iter().map(|(name, value)| format!("COUNTERSIGN_{name}='{value}'\n")).collect()
}

/// Makes a file for its owner alone that was not there, and sees that it reaches the disk.
fn create(path: &Path, text: &SecretString) -> Result<(), FilesError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => FilesError::There(path.to_owned()),
        _ => FilesError::Io { path: path.to_owned(), source },
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(path).map_err(failed)?;
    let text = text.expose_secret().trim_end();
    file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(failed)?;
    file.sync_all().map_err(failed)
}
