//! The parser's errors in words that help, with codes of our own.

use granit_parser::{ErrorKind, ScanError};

use crate::policy::problem::Problems;

/// Reports why the text is no YAML.
pub(super) fn report(error: &ScanError, source: &str, problems: &mut Problems) {
    let start = error.marker().byte_offset().unwrap_or(source.len()).min(source.len());
    let next = source.get(start..).and_then(|rest| rest.chars().next());
    let end = start + next.filter(|character| *character != '\n').map_or(0, char::len_utf8);
    let at = start..end;
    // The parser may stand behind the tab that it stumbled over.
    let behind_tab = source.get(..start).is_some_and(|before| before.ends_with('\t'));
    let tab = if next != Some('\t') && behind_tab { start - 1..start } else { at.clone() };
    match error.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => {
            problems.error("tab", &tab, "a tab cannot stand here").hint("YAML is indented with spaces");
        }
        _ if next == Some('\t') => {
            problems.error("tab", &tab, "a tab cannot stand here").hint("YAML is indented with spaces");
        }
        ErrorKind::RecursionLimitExceeded => {
            problems.error("too-deep", &at, format!("lists and mappings are nested deeper than {}", super::DEEPEST));
        }
        ErrorKind::DirectiveDisallowed => {
            problems
                .error("directive", &at, "directives (`%…`) may not be used in a policy")
                .hint("leave it out: a policy is always YAML 1.2");
        }
        ErrorKind::MultipleDocumentsUnsupported => {
            problems.error("several-documents", &at, "a policy is one YAML document");
        }
        kind => {
            problems.error("yaml-syntax", &at, format!("this is no YAML: {kind}"));
        }
    }
}
