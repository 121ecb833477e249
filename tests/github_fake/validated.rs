//! A detour for the fake's REST calls: through Prism, which compares every call and every answer with
//! GitHub's published description, and back to the fake.
//!
//! One Prism serves all fakes of a test program; a small switchboard behind it leads each call to the
//! fake that it was meant for. Prism knows neither GraphQL nor git nor `/repositories/ID`.

use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use serde::Deserialize;

use super::Fake;
use super::ports;
use super::tools::{ALLOWED, ALLOWED_OF_RUNS, installed};

/// Where a call is to go after Prism.
const FAKE: &str = "x-fake";
/// Says that a call has been there.
pub const SEEN: &str = "x-seen-by-prism";

/// A way through Prism.
#[derive(Clone)]
pub struct Detour {
    client: reqwest::Client,
    prism: String,
    /// The fake's own address, with the place of its API.
    fake: String,
}

#[derive(Deserialize)]
struct Violation {
    location: Vec<serde_json::Value>,
    message: String,
}

impl Fake {
    /// Sends every REST call through Prism from now on, if the tools are installed.
    pub fn validate_calls(&self) {
        if let Some(prism) = prism() {
            let detour = Detour { client: reqwest::Client::new(), prism: prism.to_owned(), fake: self.url() };
            self.world().detour = Some(detour);
        }
    }

    /// Returns what calls or answers had otherwise than GitHub describes them, and nobody has reviewed.
    pub fn violations(&self) -> Vec<String> {
        let is_of_runs = |line: &str| line.contains("/actions/runs/") && line.contains(ALLOWED_OF_RUNS);
        let is_allowed = |line: &String| ALLOWED.iter().any(|(part, _)| line.contains(part)) || is_of_runs(line);
        self.world().violations.iter().filter(|line| !is_allowed(line)).cloned().collect()
    }
}

impl Detour {
    /// Tells whether the description knows such a path, below the API.
    pub fn is_for(path: &str) -> bool {
        !path.ends_with("/graphql") && !path.starts_with("/repositories/")
    }

    /// Sends a call around; returns the answer, and what is wrong with either.
    pub async fn send(
        &self,
        method: Method,
        path_and_query: &str,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> (Response, Vec<String>) {
        for name in ["host", "content-length", "connection", "transfer-encoding", "accept-encoding"] {
            headers.remove(name);
        }
        headers.insert(FAKE, self.fake.parse().unwrap());
        let call = self.client.request(method.clone(), format!("{}{path_and_query}", self.prism));
        let answer = match call.headers(headers).body(body).send().await {
            Ok(answer) => answer,
            // The fake breaks connections on purpose; then Prism has nothing to pass on.
            Err(error) => panic!("Prism does not answer: {error}"),
        };
        let listed = answer.headers().get("sl-violations").map(|text| text.to_str().unwrap().to_owned());
        let found: Vec<Violation> = listed.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default();
        let line = |found: Violation| {
            let place: Vec<String> = found.location.iter().map(|part| part.to_string().replace('"', "")).collect();
            format!("{method} {path_and_query}: {}: {}", place.join("."), found.message)
        };
        let lines = found.into_iter().map(line).collect();
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            if !matches!(name.as_str(), "transfer-encoding" | "connection" | "content-length" | "sl-violations") {
                response = response.header(name, value);
            }
        }
        let body = answer.bytes().await.unwrap_or_default();
        (response.body(Body::from(body)).unwrap(), lines)
    }
}

/// Prism for this program. It ends with it: the shell before it waits for a pipe to close.
struct Shared {
    url: String,
    _guard: Child,
}

fn prism() -> Option<&'static str> {
    static SHARED: OnceLock<Option<Shared>> = OnceLock::new();
    SHARED.get_or_init(start).as_ref().map(|shared| shared.url.as_str())
}

fn start() -> Option<Shared> {
    let tools = installed()?;
    let switchboard = start_switchboard();
    let port = ports::reserve();
    let script = format!(
        "node node_modules/@stoplight/prism-cli/dist/index.js proxy -h 127.0.0.1 -p {port} openapi.json {switchboard} & \
         cat >/dev/null; kill $!"
    );
    let guard = Command::new("sh")
        .args(["-c", &script])
        .current_dir(tools)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(120), "Prism does not come up");
        std::thread::sleep(Duration::from_millis(50));
    }
    Some(Shared { url: format!("http://127.0.0.1:{port}"), _guard: guard })
}

/// Starts what leads each call to its fake; returns its address.
fn start_switchboard() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let client = reqwest::Client::new();
            let router = Router::new().fallback(move |request: Request| lead(client.clone(), request));
            axum::serve(listener, router).await.unwrap();
        });
    });
    format!("http://{address}")
}

async fn lead(client: reqwest::Client, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 64 << 20).await.unwrap_or_default();
    let mut headers = parts.headers;
    let fake = headers.remove(FAKE).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    for name in ["host", "content-length", "connection", "transfer-encoding", "accept-encoding"] {
        headers.remove(name);
    }
    headers.insert(SEEN, "yes".parse().unwrap());
    let place = parts.uri.path_and_query().map_or("/", |place| place.as_str());
    let Ok(answer) = client.request(parts.method, format!("{fake}{place}")).headers(headers).body(body).send().await
    else {
        return Response::builder().status(502).body(Body::empty()).unwrap();
    };
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if !matches!(name.as_str(), "transfer-encoding" | "connection" | "content-length") {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(answer.bytes().await.unwrap_or_default())).unwrap()
}
