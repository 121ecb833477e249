//! A verdict for programs: one line of JSON in RFC 8785 form, so that equal verdicts have equal
//! bytes.

use crate::decide::Verdict;

/// Returns a verdict as one line, with its end.
///
/// # Errors
/// Never in practice: plain data with text as keys always serializes.
pub fn line(verdict: &Verdict) -> serde_json::Result<String> {
    let mut line = verdict.to_json()?;
    line.push('\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample::{Sample, override_, sign_off};
    use serde_json::{Value, json};

    #[test]
    fn the_line_is_canonical_whatever_it_holds() {
        let sample = Sample::changed(|facts| {
            facts["commits"][0]["evidence"][0]["text"] = json!("\u{1}\u{7f}\"\\\u{2028}é\u{1f600}\n");
            facts["sign_offs"] = json!([sign_off("s1", "plain:ada", "2026-11-22T10:02:00Z")]);
            facts["overrides"] = json!([override_("o1")]);
        });
        let receipt = json!({"z": 1, "a": [true, null], "größe": "x", "10": 2, "9": 3});
        let line = line(&sample.verdict.with_receipt(receipt)).unwrap();
        let body = line.strip_suffix('\n').unwrap();
        assert!(!body.contains('\n'));
        let value: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body, serde_json_canonicalizer::to_string(&value).unwrap());
    }

    #[test]
    fn the_public_fields_are_there() {
        let line = line(&Sample::changed(|_| {}).verdict).unwrap();
        let value: Value = serde_json::from_str(&line).unwrap();
        let fields: Vec<&String> = value.as_object().unwrap().keys().collect();
        let promised = [
            "authorship",
            "commits",
            "content",
            "contributors",
            "decision",
            "facts",
            "findings",
            "from",
            "gates",
            "head",
            "override",
            "policy",
            "receipt",
            "repository",
            "target",
            "tree",
            "waiting",
        ];
        assert_eq!(fields, promised);
        assert_eq!(value["decision"], "refuse");
        assert_eq!(value["waiting"], true);
        assert_eq!(value["findings"][0]["code"], "sign-off-missing");
        assert_eq!(value["gates"][0]["requirements"][0]["may_sign"], json!(["barbara", "grace"]));
    }
}
