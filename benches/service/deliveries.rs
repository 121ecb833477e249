//! Deliveries: how many are acknowledged a second, and what becomes of a burst.
//!
//! The forge takes a minute for each answer meanwhile, so that nothing is judged and only the inbox works.

use std::time::Duration;

use crate::figures::{percentile, processor_seconds};
use crate::http::{Timed, send_all};
use crate::shop::{Place, Shop};

const PLACES: [Place; 2] = [Place::Sqlite, Place::Postgres];
/// How many connections deliver.
const CONNECTIONS: usize = 64;
/// How many deliveries are measured.
const COUNT: usize = 20_000;
/// How many come at once in a burst, over how many connections.
const BURST: (usize, usize) = (10_000, 512);

/// Deliveries a second over kept connections.
pub fn rates() {
    for place in PLACES {
        let shop = busy(place);
        send_all(shop.replica.address(), requests(&shop, 1_000), CONNECTIONS);
        let requests = requests(&shop, COUNT);
        let size = requests.iter().map(Vec::len).sum::<usize>() / COUNT;
        let before = processor_seconds(shop.replica.process_id());
        let (answers, seconds) = send_all(shop.replica.address(), requests, CONNECTIONS);
        let used = processor_seconds(shop.replica.process_id()) - before;
        let (waits, refused) = sorted(&answers);
        println!(
            "{place:?}: {:.0} acknowledged a second over {CONNECTIONS} connections ({size} bytes each), p50 {:.1} ms, \
             p99 {:.1} ms, {refused} refused; {:.3} ms of processor each",
            waits.len() as f64 / seconds,
            percentile(&waits, 50),
            percentile(&waits, 99),
            used * 1000.0 / COUNT as f64,
        );
        assert_eq!(shop.stored(), (COUNT + 1_000) as u64 - refused, "acknowledged is stored");
    }
}

/// A burst, and kill -9 right after the last acknowledgment.
pub fn bursts() {
    let (count, connections) = BURST;
    for place in PLACES {
        let shop = busy(place);
        let requests = requests(&shop, count);
        let (answers, seconds) = send_all(shop.replica.address(), requests, connections);
        shop.replica.kill();
        let (waits, refused) = sorted(&answers);
        let lost = waits.len() as u64 - shop.stored().min(waits.len() as u64);
        println!(
            "{place:?}: a burst of {count} over {connections} connections: {refused} refused, acknowledged within \
             {seconds:.2} s (p50 {:.0} ms, p99 {:.0} ms), {lost} lost at kill -9",
            percentile(&waits, 50),
            percentile(&waits, 99),
        );
    }
}

/// Returns a shop before which nothing is judged.
fn busy(place: Place) -> Shop {
    let shop = Shop::open(place, 1_000, &[]);
    shop.fake.world().faults.latency = Duration::from_secs(60);
    shop
}

fn requests(shop: &Shop, count: usize) -> Vec<Vec<u8>> {
    shop.numbers.iter().cycle().take(count).map(|number| shop.opened(*number)).collect()
}

/// Returns how long those took that were acknowledged, and how many were not.
fn sorted(answers: &[Timed]) -> (Vec<Duration>, u64) {
    let mut waits: Vec<Duration> = answers.iter().filter(|one| one.status == 202).map(|one| one.took).collect();
    waits.sort_unstable();
    let refused = answers.len() - waits.len();
    (waits, refused as u64)
}
