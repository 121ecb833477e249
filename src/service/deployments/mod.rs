//! Deployments: runs that ask whether they may deploy, and what was deployed in the end.
//!
//! A request is a hint only. Which run it is, what it deploys and who started it is read anew, and everything
//! between what is deployed and that commit is judged, by the same core as a push.

mod asked;
mod case;
mod forge_refs;
mod happened;
mod judging;
mod note;
mod overriding;
mod reviews;
mod ruling;
mod waiting;
