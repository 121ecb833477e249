//! Carries requests to GitHub over octocrab and answers back. Knows no token and no payload; sends
//! everything once, for whether asking again is safe is known further out.

use std::error::Error;
use std::sync::Arc;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};
use http_body_util::{BodyExt, Limited};
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};

use super::answer::Answer;
use super::options::{GitHubOptions, Hosts};
use super::redaction::quote;
use super::usage::{Api, Usage};
use crate::forge::ForgeError;

/// The version of the API that the payloads here are of.
const API_VERSION: &str = "2022-11-28";
/// The largest answer that is read, in bytes: a hundred comments at their longest are 25 MB.
const LARGEST_ANSWER: usize = 32 << 20;

/// Why no connection to GitHub can be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The file of certificates cannot be read.
    #[error("the file of trusted certificates cannot be read: {0}")]
    Certificates(String),
    /// The HTTP client refuses its settings.
    #[error("the connection to GitHub cannot be set up: {0}")]
    Client(String),
    /// The app's private key is none.
    #[error("the app's private key cannot be read: it is no RSA key in PEM form")]
    Key,
}

/// One request.
pub(super) struct Outgoing<'a> {
    pub api: Api,
    pub method: Method,
    /// Absolute, within the hosts of the options.
    pub url: String,
    /// Empty where a call needs none.
    pub authorization: HeaderValue,
    pub body: Option<&'a serde_json::Value>,
}

/// The connection.
pub(super) struct Transport {
    client: Octocrab,
    pub hosts: Hosts,
    pub usage: Arc<Usage>,
    call_timeout: std::time::Duration,
}

impl Transport {
    /// Sets the connection up. Has to be called within a tokio runtime, which then must live on.
    pub fn new(options: &GitHubOptions) -> Result<Self, ConnectError> {
        // Two libraries may disagree on which provider is the default; the first one to say it wins.
        let _already_chosen = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(&options.user_agent)
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.read_timeout)
            // A redirected POST would become a GET, and a token could reach another host.
            .redirect(reqwest::redirect::Policy::none());
        if let Some(file) = &options.ca_file {
            let pem = std::fs::read(file).map_err(|error| ConnectError::Certificates(error.to_string()))?;
            let certificates = reqwest::Certificate::from_pem_bundle(&pem)
                .map_err(|error| ConnectError::Certificates(error.to_string()))?;
            if certificates.is_empty() {
                return Err(ConnectError::Certificates("it holds none".to_owned()));
            }
            for certificate in certificates {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let client = builder.build().map_err(|error| ConnectError::Client(chain(&error)))?;
        let Ok(client) =
            OctocrabBuilder::new_empty().with_service(ReqwestConnector::new(client)).with_auth(AuthState::None).build();
        Ok(Self {
            client,
            hosts: options.hosts.clone(),
            usage: Arc::new(Usage::default()),
            call_timeout: options.call_timeout,
        })
    }

    /// Sends a request and reads the whole answer, whatever its status.
    pub async fn send(&self, outgoing: Outgoing<'_>) -> Result<Answer, ForgeError> {
        let api = outgoing.api;
        self.usage.count_call(api);
        let answer = match tokio::time::timeout(self.call_timeout, self.exchange(outgoing)).await {
            Ok(answer) => answer,
            Err(_) => Err(ForgeError::Unavailable("the answer took too long".to_owned())),
        };
        match &answer {
            Ok(answer) => {
                if let Some(remaining) = answer.number("x-ratelimit-remaining") {
                    self.usage.note_remaining(api, remaining);
                }
                if answer.status >= 500 {
                    self.usage.count_failure();
                }
            }
            Err(_) => self.usage.count_failure(),
        }
        answer
    }

    async fn exchange(&self, outgoing: Outgoing<'_>) -> Result<Answer, ForgeError> {
        let request = build(outgoing).map_err(|error| ForgeError::Rejected(quote(&error.to_string())))?;
        let response = self.client.send(request).await.map_err(|error| unavailable(&error))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() {
                return ForgeError::Unreadable(format!("an answer is larger than {LARGEST_ANSWER} bytes"));
            }
            unavailable(error.as_ref())
        })?;
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: body.to_bytes().into() })
    }
}

/// Builds the request; the authorization is marked, so that no library shows it.
fn build(outgoing: Outgoing<'_>) -> Result<Request<octocrab::OctoBody>, http::Error> {
    let mut authorization = outgoing.authorization;
    authorization.set_sensitive(true);
    let mut request = Request::builder()
        .method(outgoing.method)
        .uri(outgoing.url)
        // Prism refuses GitHub's own type when it stands alone.
        .header(ACCEPT, "application/vnd.github+json, application/json;q=0.5")
        .header("x-github-api-version", API_VERSION);
    if !authorization.is_empty() {
        request = request.header(AUTHORIZATION, authorization);
    }
    if outgoing.body.is_some() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    request.body(outgoing.body.map_or_else(octocrab::OctoBody::empty, |body| body.to_string().into()))
}

fn unavailable(error: &(dyn Error + 'static)) -> ForgeError {
    let text = quote(&chain(error));
    let mut cause = Some(error);
    while let Some(one) = cause {
        if one.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect) {
            return ForgeError::Unavailable(format!("{text}; {CONNECTING}"));
        }
        cause = one.source();
    }
    ForgeError::Unavailable(text)
}

/// What to try where there is no connection at all.
const CONNECTING: &str = "behind a proxy set HTTPS_PROXY, and give a certificate authority of your own by --ca-file";

/// What libraries put before the text that says something.
const WRAPPERS: [&str; 2] = ["Service Error: ", "Reqwest Error: "];

/// Returns an error's own text without what says only through how many hands it went.
fn unwrapped(error: &(dyn Error + 'static)) -> String {
    let text = error.to_string();
    let mut rest = text.as_str();
    while let Some(inner) = WRAPPERS.iter().find_map(|wrapper| rest.strip_prefix(wrapper)) {
        rest = inner;
    }
    rest.to_owned()
}

/// Returns an error with its causes; octocrab's own text says nothing without them.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = unwrapped(error);
    let mut next = error.source();
    while let Some(cause) = next {
        let said = unwrapped(cause);
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    text
}
