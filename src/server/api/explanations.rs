//! What findings mean: the texts of `countersign explain`.

use axum::Json;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::asked::{Place, Query, wants_text};
use super::gate::nothing;
use super::problem::Problem;
use crate::decide::Code;
use crate::render::Look;
use crate::render::explanation::{explanation, explanation_json};

/// The content type of plain text.
pub const PLAIN_TEXT: &str = "text/plain; charset=utf-8";

/// `GET /explanations`
pub async fn list(query: Query) -> Result<Response, Problem> {
    query.finish()?;
    let all = Code::ALL.iter();
    let items: Vec<Value> =
        all.map(|code| json!({ "code": code, "blocks": code.is_blocking(), "says": code.summary() })).collect();
    Ok(Json(json!({ "items": items })).into_response())
}

/// `GET /explanations/{code}`: as `countersign explain` prints it.
pub async fn show(headers: HeaderMap, place: Place, query: Query) -> Result<Response, Problem> {
    query.finish()?;
    let code = Code::parse(place.part("code")).ok_or_else(nothing)?;
    if wants_text(&headers) {
        return Ok(text(explanation(code, &Look::default())));
    }
    Ok(Json(explanation_json(code)).into_response())
}

/// Returns what the findings of a verdict mean.
///
/// # Errors
/// [`Problem`] when the verdict is none.
pub fn of_verdict(verdict: &Value, as_text: bool) -> Result<Response, Problem> {
    let findings = verdict.get("findings").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let code = |finding: &Value| finding.get("code").and_then(Value::as_str).and_then(Code::parse);
    if as_text {
        let mut codes: Vec<Code> = Vec::new();
        for code in findings.iter().filter_map(code) {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        let pages: Vec<String> = codes.into_iter().map(|code| explanation(code, &Look::default())).collect();
        return Ok(text(pages.join("\n")));
    }
    let explained = findings.iter().map(|finding| {
        let explanation = code(finding).map_or(Value::Null, explanation_json);
        json!({ "finding": finding, "explanation": explanation })
    });
    let body = json!({
        "decision": verdict.get("decision"),
        "waiting": verdict.get("waiting"),
        "findings": explained.collect::<Vec<_>>(),
    });
    Ok(Json(body).into_response())
}

/// Returns plain text.
pub fn text(text: String) -> Response {
    ([(CONTENT_TYPE, PLAIN_TEXT)], text).into_response()
}
