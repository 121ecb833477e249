//! The fake's HTTP: who is asking, may they, what goes wrong, and git's own protocol.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use serde_json::{Value, json};

use super::keys::AppKey;
use super::validated::{Detour, SEEN};
use super::webhooks::Outbox;
use super::world::{CallRecord, Faults, World};
use super::{APP, git, graphql, rest};

/// What a request is answered from.
#[derive(Clone)]
pub struct Server {
    pub world: Arc<Mutex<World>>,
    pub key: Arc<AppKey>,
    pub prefix: &'static str,
}

/// In whose name a call comes.
#[derive(Debug, Clone)]
pub enum Caller {
    App,
    Installation {
        id: u64,
        permissions: std::collections::BTreeMap<String, String>,
    },
    /// Somebody with a token of their own.
    Person {
        login: String,
        permissions: std::collections::BTreeMap<String, String>,
    },
}

/// A call, read.
pub struct Call {
    pub method: Method,
    /// Below the API, decoded into its parts.
    pub parts: Vec<String>,
    pub query: Vec<(String, String)>,
    pub body: Value,
    pub caller: Caller,
    /// Where links lead: the address that the caller used.
    pub base: String,
    pub path: String,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

impl Answer {
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    pub fn problem(status: u16, message: &str) -> Self {
        Self::new(status, json!({"message": message, "documentation_url": "https://docs.github.com/rest"}))
    }

    pub fn not_found() -> Self {
        Self::problem(404, "Not Found")
    }
}

impl Call {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

pub fn router(server: Server, outbox: Outbox) -> Router {
    Router::new().fallback(answer).with_state((server, outbox))
}

async fn answer(State((server, outbox)): State<(Server, Outbox)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let body = to_bytes(body, 64 << 20).await.unwrap_or_default();
    if path.contains(".git/") {
        return serve_git(server, parts.method, path, query, parts.headers, body).await;
    }
    let below = path.strip_prefix(server.prefix).unwrap_or(&path).to_owned();
    let detour = server.world.lock().unwrap().detour.clone();
    if let Some(detour) = detour
        && Detour::is_for(&below)
        && !parts.headers.contains_key(SEEN)
    {
        let place = if query.is_empty() { below } else { format!("{below}?{query}") };
        let (response, violations) = detour.send(parts.method, &place, parts.headers, body).await;
        server.world.lock().unwrap().violations.extend(violations);
        return response;
    }
    let latency = latency(&server);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let method = parts.method.clone();
    let given = fault(&server, &path)
        .unwrap_or_else(|| api(&server, &outbox, &parts.method, &path, &query, &parts.headers, &body));
    let lose = {
        let mut world = server.world.lock().unwrap();
        let record = CallRecord { method: method.to_string(), path: format!("{path}?{query}"), status: given.status };
        world.calls.push(record);
        let writes = matches!(method, Method::POST | Method::PATCH) && given.status < 300 && !path.ends_with("graphql");
        let lose = writes && world.faults.lost_answers > 0;
        world.faults.lost_answers -= u32::from(lose);
        lose
    };
    respond(given, lose)
}

fn respond(answer: Answer, lose: bool) -> Response {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    if answer.status == 204 {
        return response.body(Body::empty()).unwrap();
    }
    let text = answer.body.to_string();
    let response = response.header("content-type", "application/json; charset=utf-8");
    if lose {
        // A body that fails at its first byte: the connection breaks, after everything was done.
        let broken = http_body_util::Limited::new(http_body_util::Full::new(Bytes::from(text)), 1);
        return response.body(Body::new(broken)).unwrap();
    }
    response.header("x-ratelimit-limit", "5000").header("x-ratelimit-remaining", "4999").body(Body::from(text)).unwrap()
}

/// Returns how long this call takes.
fn latency(server: &Server) -> std::time::Duration {
    let faults = &mut server.world.lock().unwrap().faults;
    let (share, longer) = faults.slow;
    if share > 0 && happens(faults, share) { faults.latency + longer } else { faults.latency }
}

/// Tells whether this time it is one of so many out of a hundred.
fn happens(faults: &mut Faults, share: u32) -> bool {
    faults.seed = faults.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    faults.seed >> 33 & 0xffff_ffff < u64::from(share) * (1 << 31) / 100
}

/// Returns what goes wrong this time.
fn fault(server: &Server, path: &str) -> Option<Answer> {
    let mut world = server.world.lock().unwrap();
    let faults = &mut world.faults;
    if happens(faults, faults.bad_gateways) || (faults.hides_installations && path.ends_with("/app/installations")) {
        return Some(Answer::problem(502, "Server Error"));
    }
    let abuses = faults.abuse > 0 && happens(faults, faults.abuse);
    if faults.secondary_limits > 0 || abuses {
        faults.secondary_limits = faults.secondary_limits.saturating_sub(u32::from(!abuses));
        let mut answer = Answer::problem(403, "You have exceeded a secondary rate limit. Please wait a few minutes.");
        answer.headers.extend(faults.retry_after.map(|seconds| ("retry-after", seconds.to_string())));
        return Some(answer);
    }
    if faults.used_up > 0 {
        faults.used_up -= 1;
        let mut answer = Answer::problem(403, "API rate limit exceeded for installation ID 1.");
        answer.headers.push(("x-ratelimit-remaining", "0".to_owned()));
        answer.headers.push(("x-ratelimit-reset", (jiff::Timestamp::now().as_second() + 40).to_string()));
        return Some(answer);
    }
    if faults.graphql_limits > 0 && path.ends_with("/graphql") {
        faults.graphql_limits -= 1;
        let errors = json!([{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]);
        return Some(Answer::new(200, json!({"errors": errors})));
    }
    None
}

fn api(
    server: &Server,
    outbox: &Outbox,
    method: &Method,
    path: &str,
    query: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Answer {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let below = if path.ends_with("/graphql") {
        let place = format!("{}/graphql", server.prefix.trim_end_matches("/v3"));
        if path != place {
            return Answer::not_found();
        }
        "/graphql"
    } else {
        match path.strip_prefix(server.prefix) {
            Some(below) => below,
            None => return Answer::not_found(),
        }
    };
    if header("user-agent").is_empty() {
        return Answer::problem(
            403,
            "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
        );
    }
    let mut world = server.world.lock().unwrap();
    if let Some(code) = below.strip_prefix("/app-manifests/").and_then(|rest| rest.strip_suffix("/conversions")) {
        let base = format!("http://{}", header("host"));
        return super::settings::convert(&mut world, &server.key, code, method, header("authorization"), &base);
    }
    let token = header("authorization").strip_prefix("Bearer ").unwrap_or_default();
    let Some(caller) = caller(&mut world, &server.key, token) else {
        return Answer::problem(401, "Bad credentials");
    };
    let body = match body {
        [] => Value::Null,
        text => match serde_json::from_slice(text) {
            Ok(body) => body,
            Err(_) => return Answer::problem(400, "Problems parsing JSON"),
        },
    };
    let call = Call {
        method: method.clone(),
        parts: below.split('/').skip(1).map(decoded).collect(),
        query: query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(k, v)| (decoded(k), decoded(v)))
            .collect(),
        body,
        caller,
        base: format!("http://{}{}", header("host"), server.prefix),
        path: below.to_owned(),
    };
    if call.parts == ["graphql"] { graphql::answer(&mut world, &call) } else { rest::answer(&mut world, outbox, &call) }
}

/// Tells who speaks: the app by a signed token, or an installation by one that was made for it.
fn caller(world: &mut World, key: &AppKey, token: &str) -> Option<Caller> {
    if token.starts_with("eyJ") {
        return key.accepts(token, APP).then_some(Caller::App);
    }
    if let Some(known) = world.person_tokens.get(token) {
        return Some(Caller::Person { login: known.login.clone(), permissions: known.permissions.clone() });
    }
    let known = world.tokens.get(token).filter(|known| known.expires_at > jiff::Timestamp::now())?;
    let (id, permissions) = (known.installation, known.permissions.clone());
    let is_installed = world.installations.get(&id).is_some_and(|one| !one.suspended);
    is_installed.then_some(Caller::Installation { id, permissions })
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = (*first == b'%').then(|| std::str::from_utf8(tail.get(..2)?).ok()).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Serves git's own protocol through `git http-backend`, to those who hold a token for the repository.
async fn serve_git(
    server: Server,
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let refuse = |status: u16| {
        let response = Response::builder().status(status).header("www-authenticate", "Basic realm=\"GitHub\"");
        response.body(Body::empty()).unwrap()
    };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let Some((name, rest)) = path.split_once(".git/") else { return refuse(404) };
    let repository = {
        let mut world = server.world.lock().unwrap();
        let name = name.strip_prefix(server.prefix).unwrap_or(name);
        world.calls.push(CallRecord { method: format!("git {method}"), path: path.clone(), status: 0 });
        let authorization = header("authorization");
        let credential = authorization.split_once(' ').map(|(_, packed)| packed).unwrap_or_default();
        let credential = base64::prelude::BASE64_STANDARD.decode(credential).unwrap_or_default();
        let credential = String::from_utf8_lossy(&credential).into_owned();
        let token = credential.strip_prefix("x-access-token:").unwrap_or_default();
        let Some(Caller::Installation { id, permissions }) = caller(&mut world, &server.key, token) else {
            return refuse(401);
        };
        let (owner, name) = name.trim_start_matches('/').split_once('/').unwrap_or_default();
        match world.find(owner, name, true) {
            Some(found) if world.reaches(id, found) && permissions.contains_key("contents") => found.path.clone(),
            _ => return refuse(404),
        }
    };
    if rest.contains("receive-pack") || query.contains("receive-pack") {
        return refuse(403);
    }
    let rest = rest.to_owned();
    let output = tokio::task::spawn_blocking(move || {
        let mut backend = git::command(&repository);
        backend
            .arg("http-backend")
            .env_remove("GIT_DIR")
            .env("GIT_PROJECT_ROOT", repository.parent().unwrap())
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("REQUEST_METHOD", method.as_str())
            .env("PATH_INFO", format!("/{}/{rest}", repository.file_name().unwrap().to_str().unwrap()))
            .env("QUERY_STRING", query)
            .env("CONTENT_TYPE", header_of(&headers, "content-type"))
            .env("HTTP_CONTENT_ENCODING", header_of(&headers, "content-encoding"))
            .env("CONTENT_LENGTH", body.len().to_string())
            .env("GIT_PROTOCOL", header_of(&headers, "git-protocol"));
        git::feed(backend, &body).stdout
    })
    .await
    .unwrap();
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(output.len());
    let mut response = Response::builder();
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        match line.split_once(": ") {
            Some(("Status", status)) => {
                response = response.status(status.split(' ').next().unwrap().parse::<u16>().unwrap());
            }
            Some((name, value)) => response = response.header(name, value),
            None => {}
        }
    }
    response.body(Body::from(output.get(end + 4..).unwrap_or_default().to_vec())).unwrap()
}

fn header_of(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}
