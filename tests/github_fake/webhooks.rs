//! Sends signed webhooks, in order, each with an identity of its own, and remembers what became of them.

use std::sync::{Arc, Mutex};

use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::world::{Delivery, World};

/// Where deliveries are put to be sent.
#[derive(Clone)]
pub struct Outbox {
    sender: UnboundedSender<Delivery>,
}

impl Outbox {
    pub fn new(runtime: &Handle, world: Arc<Mutex<World>>) -> Self {
        let (sender, mut receiver) = unbounded_channel::<Delivery>();
        runtime.spawn(async move {
            let client =
                reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_secs(10)).build().unwrap();
            while let Some(mut delivery) = receiver.recv().await {
                let webhook = world.lock().unwrap().webhook.clone();
                let Some(webhook) = webhook else { continue };
                delivery.status = send(&client, &webhook.url, &webhook.secret, &delivery).await;
                delivery.at = jiff::Timestamp::now();
                world.lock().unwrap().deliveries.push(delivery);
            }
        });
        Self { sender }
    }

    /// Sends something new.
    pub fn put(&self, world: &mut World, event: &'static str, body: Value) {
        if world.webhook.is_none() {
            return;
        }
        world.sent += 1;
        let id = world.number();
        let guid = format!("{id:08x}-0000-4000-8000-{id:012x}");
        let at = jiff::Timestamp::now();
        drop(self.sender.send(Delivery { id, guid, event, body, at, redelivery: false, status: 0 }));
    }

    /// Sends something again, under the identity that it had.
    pub fn put_again(&self, world: &mut World, delivery: &Delivery) {
        world.sent += 1;
        let again = Delivery { id: world.number(), redelivery: true, status: 0, ..delivery.clone() };
        drop(self.sender.send(again));
    }
}

/// Sends one and returns the answer's status, 0 for none.
async fn send(client: &reqwest::Client, url: &str, secret: &str, delivery: &Delivery) -> u16 {
    let body = serde_json::to_vec(&delivery.body).unwrap();
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("user-agent", "GitHub-Hookshot/fake")
        .header("x-github-event", delivery.event)
        .header("x-github-delivery", &delivery.guid)
        .header("x-github-hook-id", "1")
        .header("x-github-hook-installation-target-type", "integration")
        .header("x-github-hook-installation-target-id", super::APP.to_string())
        .header("x-hub-signature-256", signature(secret, &body))
        .body(body);
    match request.send().await {
        Ok(answer) => answer.status().as_u16(),
        Err(_) => 0,
    }
}

/// Returns what `X-Hub-Signature-256` says.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}
