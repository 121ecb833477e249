//! The three addresses of the set-up: the page, where GitHub leads back to, and nothing else.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;
use tokio::sync::mpsc::Sender;

use super::files::{FilesError, write};
use super::manifest::{BACK, manifest};
use super::plan::Plan;
use super::states::{States, is_same, random};
use super::{Made, page};
use crate::adapters::github::inspector::{ConversionError, MadeApp, convert_manifest};

/// No code of GitHub's is longer.
const LONGEST_CODE: usize = 200;

/// What the addresses share.
pub(super) struct Desk {
    plan: Arc<Plan>,
    /// Whoever has the page's address may begin: it was shown on the terminal alone.
    key: String,
    states: States,
    made: Sender<Made>,
}

impl Desk {
    /// Makes the page's address.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn open(plan: Arc<Plan>, made: Sender<Made>) -> io::Result<Self> {
        Ok(Self { plan, key: random()?, states: States::default(), made })
    }

    /// Returns where the page is.
    pub fn page_address(&self) -> String {
        format!("{}/setup/begin/{}", self.plan.base, self.key)
    }
}

/// What GitHub adds to the address that it leads back to.
#[derive(Deserialize)]
struct Back {
    code: Option<String>,
    state: Option<String>,
}

pub(super) fn router(desk: Arc<Desk>) -> Router {
    Router::new().route("/setup/begin/{key}", get(begin)).route(BACK, get(back)).with_state(desk)
}

async fn begin(State(desk): State<Arc<Desk>>, Path(key): Path<String>) -> Response {
    if !is_same(&desk.key, &key) {
        return failed(StatusCode::NOT_FOUND, "There is nothing here.", "Open the address that the terminal shows.");
    }
    match desk.states.issue(Instant::now()) {
        Ok(state) => {
            let body = page::begin(&desk.plan, &manifest(&desk.plan), &state);
            let mut response = shown(StatusCode::OK, body, Some(&desk.plan.options.hosts.web));
            // Without any, browsers call the form's origin "null". The address with the key is never sent.
            response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("origin"));
            response
        }
        Err(error) => failed(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string(), "Try again."),
    }
}

async fn back(State(desk): State<Arc<Desk>>, Query(back): Query<Back>) -> Response {
    let is_known = desk.states.take(back.state.as_deref().unwrap_or_default(), Instant::now());
    if !is_known {
        return failed(
            StatusCode::FORBIDDEN,
            "This does not come from a page that was opened here, or that was more than an hour ago.",
            "Nothing was done. Open the address that the terminal shows and begin again.",
        );
    }
    let code = back.code.unwrap_or_default();
    let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if code.is_empty() || code.len() > LONGEST_CODE || !code.chars().all(is_code) {
        return failed(StatusCode::BAD_REQUEST, "GitHub sent no code.", "Nothing was done. Begin again.");
    }
    match exchange(&desk, &code).await {
        Ok(made) => {
            let body = page::finished(&made);
            // The answer is on its way before the end begins: the end waits for what was asked.
            let _ = desk.made.try_send(made);
            shown(StatusCode::OK, body, None)
        }
        Err(why) => failed(
            StatusCode::BAD_GATEWAY,
            &why,
            "If GitHub shows the App among your Apps already, delete it there. Then begin again from the address that \
            the terminal shows.",
        ),
    }
}

/// Takes the App's secrets and writes them down.
async fn exchange(desk: &Desk, code: &str) -> Result<Made, String> {
    let app = convert_manifest(&desk.plan.options, code).await.map_err(|error: ConversionError| error.to_string())?;
    let plan = Arc::clone(&desk.plan);
    let written = tokio::task::spawn_blocking(move || write(&plan, &app).map(|files| (app, files)));
    let (app, files) = match written.await {
        Ok(result) => result.map_err(|error: FilesError| error.to_string())?,
        Err(_) => return Err("writing the files was cut off".to_owned()),
    };
    Ok(next(&desk.plan, &app, files))
}

/// Returns what is to be done now.
fn next(plan: &Plan, app: &MadeApp, files: Vec<std::path::PathBuf>) -> Made {
    let web = &plan.options.hosts.web;
    // What GitHub names is taken only if it is a page of the same GitHub.
    let own = Some(app.html_url.as_str()).filter(|url| {
        url.strip_prefix(web.as_str()).is_some_and(|rest| rest.starts_with('/')) && !url.contains(char::is_whitespace)
    });
    let install_page = own.map_or_else(|| format!("{web}/settings/apps"), |page| format!("{page}/installations/new"));
    let file = |place: usize| files.get(place).map(|path| path.display().to_string()).unwrap_or_default();
    let elsewhere = if web == "https://github.com" { String::new() } else { format!(" --github-url {web}") };
    let commands = vec![
        format!("set -a; . '{}'; countersign serve", file(2)),
        format!(
            "countersign doctor --github OWNER/REPO --app-id {} --app-key-file '{}'{elsewhere} --token-file FILE --fix",
            app.id,
            file(0)
        ),
    ];
    Made { id: app.id, install_page, files, commands }
}

fn failed(status: StatusCode, why: &str, advice: &str) -> Response {
    shown(status, page::failed(why, advice), None)
}

fn shown(status: StatusCode, body: String, forms_to: Option<&str>) -> Response {
    let mut response = (status, Html(body)).into_response();
    if let Ok(policy) = HeaderValue::from_str(&page::content_security_policy(forms_to)) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}
