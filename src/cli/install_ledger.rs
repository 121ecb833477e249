//! The ledger and the gate's key, as an installation finds or makes them.

use anyhow::{Context as _, Result, bail};

use crate::adapters::gate_guard::{guard, memory_path};
use crate::adapters::gate_key_file;
use crate::adapters::sqlite::{SqliteOptions, SqliteStorage};
use crate::audit::book::Book;
use crate::hook::settings::Settings;

/// Opens the ledger, or makes it and the gate's key.
pub(super) fn establish(settings: &Settings) -> Result<Book<SqliteStorage>> {
    let key = if settings.key.exists() {
        gate_key_file::load(&settings.key)?
    } else {
        if settings.ledger.exists() {
            bail!("there is a ledger at {} but no gate key at {}", settings.ledger.display(), settings.key.display());
        }
        gate_key_file::create(&settings.key, &format!("countersign gate {}", settings.repository))?
    };
    // Auditors check checkpoints and verdicts with the public half alone.
    let public = settings.key.with_extension("key.pub");
    std::fs::write(&public, format!("{}\n", key.public_key().to_openssh()))
        .with_context(|| format!("writing {}", public.display()))?;
    if memory_path(&settings.key).exists() && !settings.ledger.exists() {
        bail!("the gate's key has signed for a ledger that is gone from {}", settings.ledger.display());
    }
    let storage = SqliteStorage::establish(&SqliteOptions::at(&settings.ledger))?;
    Ok(Book::establish(storage, guard(key, &settings.key))?)
}
