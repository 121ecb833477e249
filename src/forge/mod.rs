//! A code forge (GitHub first): its nouns, and the port through which it is read and told.
//!
//! Nothing here speaks HTTP or knows a payload: adapters turn a forge's own words into these types.
//! What one forge can do and another cannot stands in [`Capabilities`], as data.

mod capabilities;
mod check;
mod claims;
mod deployment;
mod error;
mod membership;
mod policies;
mod port;
mod pull_request;
mod repository;
mod requests;
mod review;
mod subject;

pub use capabilities::Capabilities;
pub use check::{Annotation, Button, Check, CheckState};
pub use claims::sign_offs;
pub use deployment::{DeploymentAnswer, DeploymentRun, DeploymentState, PastDeployment};
pub use error::ForgeError;
pub use membership::Group;
pub use policies::{Policies, PolicyDocument};
pub use port::{CloneSource, FailedDelivery, Forge, LandedChange, OpenChange, QueuedGroup, RefPush};
pub use pull_request::{PullRequest, PullRequestState};
pub use repository::{RepositoryId, RepositoryName};
pub use requests::ReviewRequests;
pub use review::{Comment, Review, ReviewState};
pub use subject::{Subject, SubjectError};
