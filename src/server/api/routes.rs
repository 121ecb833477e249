//! Which path leads where, and what a token must be good for to go there.

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, any, get, post};

use super::counted::{Counted, count};
use super::gate::{Gate, admit};
use super::problem::Problem;
use super::token::Scope;
use super::{Api, attestations, changes, dead_work, explanations, ledger, overriding, proofs};
use crate::service::Stores;

/// Where all of it is.
const BASE: &str = "/api/v1";
/// What describes it.
const DOCUMENT: &str = include_str!("../../../docs/openapi.json");

/// One thing to be asked for.
struct Route<S> {
    path: &'static str,
    method: &'static str,
    /// What it needs; nothing where everybody may read it.
    scope: Option<Scope>,
    handler: MethodRouter<Arc<Api<S>>>,
}

/// Returns everything that there is.
fn routes<S: Stores>() -> Vec<Route<S>> {
    let read = |path, scope, handler| Route { path, method: "get", scope: Some(scope), handler };
    const CHANGE: &str = "/repositories/{owner}/{name}/changes/{number}";
    vec![
        Route { path: "/openapi.json", method: "get", scope: None, handler: get(document) },
        read("/changes", Scope::Read, get(changes::list::<S>)),
        read(CHANGE, Scope::Read, get(changes::show::<S>)),
        read("/repositories/{owner}/{name}/changes/{number}/explanation", Scope::Read, get(changes::explain::<S>)),
        Route {
            path: "/repositories/{owner}/{name}/changes/{number}/override",
            method: "post",
            scope: Some(Scope::Override),
            handler: post(overriding::give::<S>),
        },
        Route {
            path: "/repositories/{owner}/{name}/environments/{environment}/override",
            method: "post",
            scope: Some(Scope::Override),
            handler: post(overriding::give_deployment::<S>),
        },
        read("/repositories/{owner}/{name}/commits/{commit}/verdict", Scope::Read, get(changes::of_commit::<S>)),
        read(
            "/repositories/{owner}/{name}/commits/{commit}/attestation",
            Scope::Read,
            get(attestations::of_commit::<S>),
        ),
        read("/explanations", Scope::Read, get(explanations::list)),
        read("/explanations/{code}", Scope::Read, get(explanations::show)),
        read("/dead-work", Scope::Read, get(dead_work::list::<S>)),
        read("/ledger/entries", Scope::Ledger, get(ledger::list::<S>)),
        read("/ledger/entries/{number}", Scope::Ledger, get(ledger::show::<S>)),
        read("/ledger/entries/{number}/verdict", Scope::Ledger, get(ledger::verdict::<S>)),
        read("/ledger/entries/{number}/attestation", Scope::Read, get(attestations::of_entry::<S>)),
        read("/ledger/entries/{number}/explanation", Scope::Ledger, get(ledger::explain::<S>)),
        read("/ledger/entries/{number}/proof", Scope::Ledger, get(proofs::inclusion::<S>)),
        read("/ledger/checkpoint", Scope::Ledger, get(proofs::checkpoint::<S>)),
        read("/ledger/consistency", Scope::Ledger, get(proofs::consistency::<S>)),
    ]
}

/// Returns the API's paths, and below them a problem for every other one.
pub fn router<S: Stores>(api: Api<S>) -> Router {
    let api = Arc::new(api);
    let mut router = Router::new();
    for Route { path, method, scope, handler } in routes::<S>() {
        let handler = match scope {
            Some(scope) => handler.route_layer(from_fn_with_state(Gate { api: Arc::clone(&api), scope }, admit::<S>)),
            None => handler,
        };
        let methods = if method == "get" { "GET, HEAD" } else { "POST" };
        let other = move || async move { Problem::method_not_allowed("not by this method").with_allow(methods) };
        let counted = from_fn_with_state(Counted { metrics: Arc::clone(&api.metrics), route: path }, count);
        router = router.route(&format!("{BASE}{path}"), handler.fallback(other).layer(counted));
    }
    let counted = from_fn_with_state(Counted { metrics: Arc::clone(&api.metrics), route: "other" }, count);
    router.with_state(api).merge(absent().layer(counted))
}

/// Returns what answers below `/api` where nothing else does: all of it, where no token is configured.
pub fn absent() -> Router {
    let nothing = || async { Problem::not_found("there is nothing here; see docs/api.md") };
    Router::new().route("/api", any(nothing)).route("/api/", any(nothing)).route("/api/{*rest}", any(nothing))
}

async fn document() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::audit::error::LedgerError;
    use crate::audit::ledger::{Answer, Ledger};
    use crate::inbox::{ServiceStore, StoreError};

    /// Databases that are never asked.
    #[derive(Clone)]
    struct Nowhere;

    impl Stores for Nowhere {
        async fn service<R: Send + 'static>(
            &self,
            _: impl FnOnce(&mut dyn ServiceStore) -> Result<R, StoreError> + Send + 'static,
        ) -> Result<R, StoreError> {
            Err(StoreError::Unavailable(String::new()))
        }

        async fn ledger<R: Send + 'static>(
            &self,
            _: impl FnOnce(&mut dyn Ledger) -> R + Send + 'static,
        ) -> Result<R, StoreError> {
            Err(StoreError::Unavailable(String::new()))
        }

        async fn record<R: Send + 'static>(
            &self,
            _: impl FnMut(&mut dyn Ledger) -> Answer<R> + Send + 'static,
        ) -> Answer<R> {
            Err(LedgerError::Storage(String::new()))
        }
    }

    fn scopes(operation: &Value) -> Option<String> {
        let scheme = &operation["security"][0]["token"];
        scheme.as_array().map(|scopes| scopes.iter().filter_map(Value::as_str).collect())
    }

    #[test]
    fn what_is_served_and_what_is_described_are_the_same() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        assert_eq!(document["servers"][0]["url"], BASE);
        let served: BTreeSet<(String, String, Option<String>)> = routes::<Nowhere>()
            .into_iter()
            .map(|route| {
                let scope = route.scope.map(|scope| scope.as_str().to_owned());
                (route.path.to_owned(), route.method.to_owned(), scope)
            })
            .collect();
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
                described.insert((path.clone(), method.clone(), scopes(operation)));
            }
        }
        assert_eq!(served, described);
    }

    #[test]
    fn every_described_operation_says_how_it_fails() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
                let answers = operation["responses"].as_object().unwrap();
                let usual: &[&str] =
                    if scopes(operation).is_some() { &["400", "401", "403", "429", "503"] } else { &[] };
                for status in usual {
                    assert!(answers.contains_key(*status), "{method} {path} does not describe {status}");
                }
            }
        }
    }
}
