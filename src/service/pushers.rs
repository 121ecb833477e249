//! Who had a part in a pull request: who opened it, asked for it, and pushed what it offers.
//!
//! Nothing here judges: whose approval counts is the core's business.

use jiff::Timestamp;

use super::evaluate::Service;
use super::failure::Failure;
use super::stores::Stores;
use crate::facts::{Fact, Part, Participant};
use crate::forge::{Forge, PullRequest};
use crate::inbox::{Delivery, KnownPush};
use crate::model::Identity;

impl<S: Stores, F: Forge> Service<S, F> {
    /// Returns who opened the pull request, asked for it, and pushed what it offers now. A head that the
    /// forge itself made by merging the branch was pushed by nobody: merging makes nobody a contributor.
    /// `told` is what deliveries told of the push.
    pub(super) async fn participants(
        &self,
        read: &PullRequest,
        told: Option<KnownPush>,
        now: Timestamp,
    ) -> Result<Fact<Vec<Participant>>, Failure> {
        let (Fact::Known(known), Some(name)) = (&read.participants, &read.head_ref) else {
            return Ok(read.participants.clone());
        };
        if read.web_flow.contains(&read.head) {
            return Ok(read.participants.clone());
        }
        let pusher = match told {
            Some(push) => Some(push.account),
            None => self.look_for_push(read, name, now).await?,
        };
        let pusher = pusher.map(|identity| Participant { identity, part: Part::Pusher });
        Ok(Fact::Known(known.iter().cloned().chain(pusher).collect()))
    }

    /// Asks the forge who pushed the head, and remembers the answer. A branch that was made at a commit of
    /// long ago has no push that led there.
    async fn look_for_push(&self, read: &PullRequest, name: &str, now: Timestamp) -> Result<Option<Identity>, Failure> {
        let pushes = self.forge().pushes(read.id, name, Some(read.head)).await?;
        let Some(found) = pushes.into_iter().find(|push| push.new == Some(read.head)) else { return Ok(None) };
        let push = KnownPush {
            id: read.id,
            name: name.to_owned(),
            head: Some(read.head),
            account: found.account.clone(),
            at: found.at,
        };
        let delivery = Delivery {
            id: format!("activity/{}/{}", read.id, read.head),
            event: "activity".to_owned(),
            at: now,
            subjects: Vec::new(),
            push: Some(push),
            forget: Vec::new(),
        };
        self.stores().service(move |store| store.accept(&[delivery])).await?;
        Ok(Some(found.account))
    }
}
