//! A client that costs little: requests are made beforehand, connections are kept.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer's status with how long it took.
#[derive(Debug, Clone, Copy)]
pub struct Timed {
    /// 0: there was none.
    pub status: u16,
    pub took: Duration,
}

/// Sends requests over so many connections, each one after the other; returns what became of them, and
/// how long all of it took.
pub fn send_all(address: (&'static str, u16), requests: Vec<Vec<u8>>, connections: usize) -> (Vec<Timed>, f64) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut shares: Vec<Vec<Vec<u8>>> = (0..connections).map(|_| Vec::new()).collect();
    for (index, request) in requests.into_iter().enumerate() {
        shares[index % connections].push(request);
    }
    runtime.block_on(async move {
        let begun = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for share in shares {
            tasks.spawn(send_share(address, share));
        }
        let all = tasks.join_all().await.concat();
        (all, begun.elapsed().as_secs_f64())
    })
}

async fn send_share(address: (&'static str, u16), requests: Vec<Vec<u8>>) -> Vec<Timed> {
    let mut stream = None;
    let mut all = Vec::with_capacity(requests.len());
    for request in requests {
        let begun = Instant::now();
        let status = send(&mut stream, address, &request).await.unwrap_or(0);
        all.push(Timed { status, took: begun.elapsed() });
    }
    all
}

/// Sends one request, over the connection that is there or a new one.
async fn send(stream: &mut Option<TcpStream>, address: (&'static str, u16), request: &[u8]) -> Option<u16> {
    let mut open = match stream.take() {
        Some(open) => open,
        None => {
            let open = TcpStream::connect(address).await.ok()?;
            open.set_nodelay(true).ok()?;
            open
        }
    };
    open.write_all(request).await.ok()?;
    let mut bytes = Vec::with_capacity(1024);
    loop {
        if open.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&bytes[..head]).ok()?.to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok())?;
        if bytes.len() >= head + 4 + length {
            if !text.contains("connection: close") {
                *stream = Some(open);
            }
            return text.split(' ').nth(1)?.parse().ok();
        }
    }
}
