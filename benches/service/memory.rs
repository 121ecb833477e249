//! Memory: what the service takes with many pull requests open.

use std::time::Duration;

use crate::figures::resident as resident_of;
use crate::http::send_all;
use crate::shop::{Place, Shop};

/// How many pull requests are open.
const OPEN: u64 = 10_000;

/// Resident memory after all of them were judged, and after all of them were judged again.
pub fn resident() {
    let shop = Shop::open(Place::Sqlite, OPEN, &["--workers", "256"]);
    let (begin, _) = resident_of(shop.replica.process_id());
    for round in ["judged once", "judged again"] {
        let requests = shop.numbers.iter().map(|number| shop.opened(*number)).collect();
        send_all(shop.replica.address(), requests, 16);
        shop.idle(Duration::from_secs(1_800));
        let (now, most) = resident_of(shop.replica.process_id());
        println!("{OPEN} open pull requests, {round}: {now:.0} MiB, at most {most:.0} MiB (at the start {begin:.0})");
    }
}
