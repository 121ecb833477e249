//! Every webhook that GitHub publishes, signed by GitHub's own library, sent to the real program: none
//! is refused, none breaks it, and none of them has an effect by itself.

#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod github_fake;
mod serve_rig;

use std::time::Duration;

use github_fake::signature;
use github_fake::tools::{PublishedWebhook, installed, published_webhooks};
use serde_json::{Value, json};
use serve_rig::{KIRO, SECRET, Shop};

/// So many of the published webhooks are real examples; those after them are sampled.
const EXAMPLES: usize = 329;

/// Sends webhooks one after the other; returns how many were answered with which status.
fn send(shop: &Shop, webhooks: &[PublishedWebhook], series: &str) -> std::collections::BTreeMap<u16, usize> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut answers = std::collections::BTreeMap::new();
    runtime.block_on(async {
        let client = reqwest::Client::new();
        for (number, webhook) in webhooks.iter().enumerate() {
            let request = client
                .post(shop.webhook_url())
                .header("content-type", "application/json")
                .header("x-github-event", &webhook.event)
                .header("x-github-delivery", format!("{series}-{number}"))
                .header("x-hub-signature-256", &webhook.signature)
                .body(webhook.body.clone());
            let status = request.send().await.unwrap().status().as_u16();
            // Bodies sampled from the description hold words where GitHub sends the names of refs.
            let is_sampled = number >= EXAMPLES;
            assert!(status < 300 || (is_sampled && status == 400), "{status} for {}: {}", webhook.event, webhook.body);
            *answers.entry(status).or_default() += 1;
        }
    });
    answers
}

/// Lets a webhook be about the shop: its installation, its repository, its numbers.
fn about(shop: &Shop, webhook: &PublishedWebhook) -> PublishedWebhook {
    let mut body: Value = serde_json::from_str(&webhook.body).unwrap();
    if let Some(installation) = body.get_mut("installation").and_then(Value::as_object_mut) {
        installation.insert("id".to_owned(), json!(shop.id.installation));
    } else {
        body["installation"] = json!({"id": shop.id.installation, "node_id": "x"});
    }
    if let Some(repository) = body.get_mut("repository").and_then(Value::as_object_mut) {
        repository.insert("id".to_owned(), json!(shop.id.repository));
    }
    let body = body.to_string();
    PublishedWebhook { event: webhook.event.clone(), signature: signature(SECRET, body.as_bytes()), body }
}

#[test]
fn every_published_webhook_is_taken_and_none_decides_anything() {
    let Some(tools) = installed() else { return };
    let shop = Shop::direct();
    let waiting = shop.propose("prices", KIRO);
    let before = shop.sees(waiting, "action_required");
    let webhooks = published_webhooks(&tools, SECRET);
    assert!(webhooks.len() >= EXAMPLES + 13, "{}", webhooks.len());
    let answers = send(&shop, &webhooks, "published");
    assert_eq!(answers.into_values().sum::<usize>(), webhooks.len());
    // As if they were about the shop: now they name work, and the state is read anew.
    let ours: Vec<PublishedWebhook> = webhooks.iter().map(|webhook| about(&shop, webhook)).collect();
    send(&shop, &ours, "ours");
    let is_done = shop.wait_for(Duration::from_secs(60), || {
        let metrics = shop.get("/metrics").unwrap();
        let is_zero = |state: &str| metrics.contains(&format!("countersign_queue_depth{{state=\"{state}\"}} 0\n"));
        (is_zero("due") && is_zero("taken")).then_some(())
    });
    assert!(is_done.is_some(), "{}", shop.get("/metrics").unwrap());
    let after = shop.check(waiting).unwrap();
    assert_eq!((after.id, after.conclusion, after.summary), (before.id, before.conclusion, before.summary));
    // What a delivery names may not be there, for this app or at all. That is no reason to try again for days: a
    // pull request is looked for a few times, since what forges tell is ahead of what they show.
    let is_odd = |line: &str| line.contains("has to be tried again") && !line.contains("too early");
    assert!(!shop.log().lines().any(is_odd), "{}", shop.log());
    assert!(!shop.log().contains("panic") && !shop.log().contains("internal error"), "{}", shop.log());
    assert!(shop.get("/readyz").unwrap().starts_with("HTTP/1.1 200"));
    assert_eq!(shop.audit(), "");
}
