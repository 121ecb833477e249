//! Records that people pushed beside a change, fetched from under their own refs.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{MirrorError, Mirrors, plain};
use crate::adapters::process::run_ok;
use crate::forge::{CloneSource, RepositoryId};
use crate::model::Oid;
use crate::verify::RecordKind;

/// For more commits than this it is cheaper to fetch the records of all.
const MOST_HEADS: usize = 200;

/// How long fetching records may take: each has a few kilobytes.
const FETCH_TIME: Duration = Duration::from_secs(120);

impl Mirrors {
    /// Fetches the records about these commits. Those that are no longer on the forge go from here, too:
    /// what was seen is kept elsewhere. Whoever waits for somebody else's fetch shares the next one. Blocks.
    ///
    /// # Errors
    /// [`MirrorError`] when they cannot be fetched.
    pub fn fetch_records(&self, id: RepositoryId, source: &CloneSource, heads: &[Oid]) -> Result<(), MirrorError> {
        let own = self.asked.ask(id.repository, heads);
        let lock = self.lock(id);
        let _only = lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if own.is_served() {
            return Ok(());
        }
        let round = self.asked.round(id.repository, &own, MOST_HEADS);
        self.fetch_records_about(id, source, &round.heads)?;
        round.end();
        Ok(())
    }

    fn fetch_records_about(
        &self,
        id: RepositoryId,
        source: &CloneSource,
        heads: &BTreeSet<Oid>,
    ) -> Result<(), MirrorError> {
        let directory = self.directory(id);
        let mut environment = self.environment.for_repository(&directory);
        self.configure(&mut environment, source);
        let mut arguments = plain(&["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc"]);
        // Without the filter a ref that leads to a commit would bring all of its files. And a name that is
        // gone there must not stand in the way of one below it.
        arguments.extend(plain(&["--no-write-fetch-head", "--no-auto-maintenance", "--filter=blob:none", "--prune"]));
        arguments.push("forge".into());
        for kind in RecordKind::ALL {
            let folder = kind.ref_folder();
            if heads.len() > MOST_HEADS {
                arguments.push(format!("+{folder}*:{folder}*").into());
            } else {
                arguments.extend(heads.iter().map(|head| format!("+{folder}{head}/*:{folder}{head}/*").into()));
            }
        }
        run_ok(&self.call(arguments, environment, FETCH_TIME))?;
        Ok(())
    }
}
