//! Webhook deliveries that did not arrive. GitHub never tries again by itself.

use std::collections::{HashMap, HashSet};

use http::Method;
use jiff::Timestamp;
use serde::Deserialize;

use super::client::{Call, Caller, Client};
use super::pages::Next;
use super::usage::Api;
use crate::forge::{FailedDelivery, ForgeError};

/// One attempt at a delivery.
#[derive(Debug, Deserialize)]
struct Attempt {
    id: u64,
    guid: String,
    delivered_at: Timestamp,
    status_code: u16,
}

/// Lists the deliveries whose attempts since a moment all failed.
pub(super) async fn failed(client: &Client, since: Timestamp) -> Result<Vec<FailedDelivery>, ForgeError> {
    let mut attempts = Vec::new();
    client
        .list(Caller::App, "/app/hook/deliveries?per_page=100", |page: Vec<Attempt>| {
            let is_past = page.iter().any(|attempt| attempt.delivered_at < since);
            attempts.extend(page.into_iter().filter(|attempt| attempt.delivered_at >= since));
            // The latest come first.
            if is_past { Next::Enough } else { Next::On }
        })
        .await?;
    Ok(never_arrived(attempts))
}

/// Returns the latest attempt of every delivery of which none succeeded, the oldest first.
fn never_arrived(attempts: Vec<Attempt>) -> Vec<FailedDelivery> {
    let mut arrived = HashSet::new();
    let mut latest: HashMap<String, FailedDelivery> = HashMap::new();
    for attempt in attempts {
        if (200..300).contains(&attempt.status_code) {
            arrived.insert(attempt.guid);
            continue;
        }
        let failed = FailedDelivery { id: attempt.id, guid: attempt.guid.clone(), at: attempt.delivered_at };
        match latest.get(&attempt.guid) {
            Some(known) if (known.at, known.id) >= (failed.at, failed.id) => {}
            _ => {
                latest.insert(attempt.guid, failed);
            }
        }
    }
    let mut failed: Vec<FailedDelivery> =
        latest.into_values().filter(|delivery| !arrived.contains(&delivery.guid)).collect();
    failed.sort_by_key(|delivery| (delivery.at, delivery.id));
    failed
}

/// Asks for a delivery again.
pub(super) async fn redeliver(client: &Client, id: u64) -> Result<(), ForgeError> {
    let url = client.rest_url(&format!("/app/hook/deliveries/{id}/attempts"));
    client.call(Caller::App, &Call { api: Api::Rest, method: Method::POST, url, body: None }).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(id: u64, guid: &str, status_code: u16) -> Attempt {
        let delivered_at = Timestamp::from_second(i64::try_from(id).unwrap()).unwrap();
        Attempt { id, guid: guid.to_owned(), delivered_at, status_code }
    }

    #[test]
    fn a_delivery_that_arrived_at_last_has_not_failed() {
        let attempts = vec![
            attempt(5, "b", 500),
            attempt(4, "a", 202),
            attempt(3, "c", 0),
            attempt(2, "b", 502),
            attempt(1, "a", 502),
        ];
        let failed: Vec<(u64, String)> = never_arrived(attempts).into_iter().map(|f| (f.id, f.guid)).collect();
        assert_eq!(failed, [(3, "c".to_owned()), (5, "b".to_owned())]);
    }
}
