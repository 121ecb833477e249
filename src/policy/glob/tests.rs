//! What globs match, checked by hand and against an independent translation to regular expressions.
#![expect(clippy::string_slice, reason = "the translation is only used on ASCII patterns")]

use proptest::prelude::*;

use super::*;

fn matches(pattern: &str, text: &str) -> bool {
    Glob::new(pattern).unwrap().matches(text)
}

#[test]
fn a_glob_matches_the_whole_text_and_minds_case() {
    assert!(matches("refs/heads/main", "refs/heads/main"));
    assert!(!matches("refs/heads/main", "refs/heads/main2"));
    assert!(!matches("refs/heads/main", "xrefs/heads/main"));
    assert!(!matches("refs/heads/main", "refs/heads/Main"));
    assert!(!matches("main", "refs/heads/main"));
}

#[test]
fn one_star_and_one_question_mark_stay_within_a_part() {
    assert!(matches("refs/tags/v*", "refs/tags/v1.2"));
    assert!(matches("refs/tags/v*", "refs/tags/v"));
    assert!(!matches("refs/tags/v*", "refs/tags/v1/beta"));
    assert!(matches("prod-?", "prod-1"));
    assert!(!matches("prod-?", "prod-"));
    assert!(!matches("prod-?", "prod-10"));
    assert!(!matches("a?b", "a/b"));
    assert!(matches("a?b", "aäb"));
}

#[test]
fn two_stars_go_across_parts() {
    for text in ["refs/heads/release", "refs/heads/release/1", "refs/heads/release/1/2"] {
        assert!(matches("refs/heads/release/**", text), "{text}");
    }
    assert!(!matches("refs/heads/release/**", "refs/heads/released"));
    assert!(matches("**", ""));
    assert!(matches("**", "a/b/c"));
    assert!(matches("**/Cargo.toml", "Cargo.toml"));
    assert!(matches("**/Cargo.toml", "a/b/Cargo.toml"));
    assert!(!matches("**/Cargo.toml", "a/xCargo.toml"));
    assert!(matches("a/**/b", "a/b"));
    assert!(matches("a/**/b", "a/x/y/b"));
    assert!(!matches("a/**/b", "ab"));
    assert!(!matches("a/**/b", "a/xb"));
    assert!(matches("a**b", "a/x/b"));
    assert!(matches("refs/heads/rel**", "refs/heads/release/1"));
    assert!(matches("**/**/x", "x"));
    assert!(matches("a/**/**", "a"));
}

#[test]
fn braces_offer_a_choice_and_nest() {
    for text in ["src/a.rs", "src/a.toml", "src/b.toml"] {
        assert!(matches("src/{a.{rs,toml},b.toml}", text), "{text}");
    }
    assert!(!matches("src/{a.{rs,toml},b.toml}", "src/b.rs"));
    assert!(matches("x{,y}", "x"));
    assert!(matches("infra{/**,.tf}", "infra/a/b"));
    assert!(matches("infra{/**,.tf}", "infra"));
    assert!(matches("a,b", "a,b"));
}

#[test]
fn what_is_no_glob_is_refused_with_its_place() {
    let cases = [
        ("", GlobError::Empty),
        ("{,}", GlobError::Empty),
        ("a{b", GlobError::Unclosed(1)),
        ("a}b", GlobError::Unopened(1)),
        ("a{}b", GlobError::EmptyBraces(1)),
        ("ab***", GlobError::TooManyStars(2)),
        ("{a*,b}**", GlobError::TooManyStars(0)),
        ("a\\*", GlobError::Backslash(1)),
        ("ma\u{200b}in", GlobError::Invisible(2, 0x200b)),
        ("ma\tin", GlobError::Invisible(2, 9)),
        ("{a,{b,{c,{d,{e}}}}}", GlobError::TooDeep(12)),
    ];
    for (pattern, error) in cases {
        assert_eq!(Glob::new(pattern).unwrap_err(), error, "{pattern}");
    }
}

#[test]
fn a_pattern_cannot_grow_without_bound() {
    assert_eq!(Glob::new(&"{a,b}".repeat(30)).unwrap_err(), GlobError::TooManyAlternatives);
    assert_eq!(Glob::new(&"a".repeat(513)).unwrap_err(), GlobError::TooLong);
    assert_eq!(Glob::new(&"{".repeat(512)).unwrap_err(), GlobError::TooDeep(4));
}

#[test]
fn wildcards_and_literals_are_told_apart() {
    assert!(!Glob::new("refs/heads/main").unwrap().has_wildcard());
    assert!(!Glob::new("refs/heads/{main,next}").unwrap().has_wildcard());
    assert!(Glob::new("refs/heads/{main,v*}").unwrap().has_wildcard());
    let glob = Glob::new("refs/heads/{main,v*}").unwrap();
    assert_eq!(glob.literals().collect::<Vec<_>>(), ["refs/heads/main"]);
    assert_eq!(glob.prefixes().collect::<Vec<_>>(), [("refs/heads/main", true), ("refs/heads/v", false)]);
}

#[test]
fn a_hostile_text_takes_no_longer_than_its_length_times_the_patterns() {
    let glob = Glob::new(&format!("**{}b", "a*a**".repeat(60))).unwrap();
    let start = std::time::Instant::now();
    assert!(!glob.matches(&"a".repeat(20_000)));
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

/// Reads bytes as characters, each wrong byte as one of its own, by other means than the globs do.
fn characters(mut bytes: &[u8]) -> Vec<Option<char>> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let length = (1..=bytes.len().min(4)).find(|length| std::str::from_utf8(&bytes[..*length]).is_ok());
        all.push(length.and_then(|length| std::str::from_utf8(&bytes[..length]).unwrap().chars().next()));
        bytes = &bytes[length.unwrap_or(1)..];
    }
    all
}

/// Matches as the documentation says, by trying everything.
fn by_trial(pattern: &[char], text: &[Option<char>], starts_part: bool) -> bool {
    let skips = |from: usize| (from..=text.len()).map(|skipped| &text[skipped..]);
    match pattern {
        [] => text.is_empty(),
        ['/', '*', '*'] => text.is_empty() || text[0] == Some('/'),
        ['*', '*', '/', rest @ ..] if starts_part => {
            by_trial(rest, text, true)
                || (0..text.len()).any(|at| text[at] == Some('/') && by_trial(rest, &text[at + 1..], true))
        }
        ['*', '*', rest @ ..] => skips(0).any(|text| by_trial(rest, text, false)),
        ['*', rest @ ..] => {
            let part = text.iter().take_while(|character| **character != Some('/')).count();
            (0..=part).any(|skipped| by_trial(rest, &text[skipped..], false))
        }
        ['?', rest @ ..] => text.first().is_some_and(|one| *one != Some('/')) && by_trial(rest, &text[1..], false),
        [one, rest @ ..] => text.first() == Some(&Some(*one)) && by_trial(rest, &text[1..], *one == '/'),
    }
}

#[test]
fn a_byte_that_is_no_text_is_one_character() {
    let named = |pattern: &str, name: &[u8]| {
        let written = crate::model::Target::from_ref_bytes(name).to_string();
        Glob::new(pattern).unwrap().matches_ref(&written)
    };
    assert!(named("refs/heads/caf?", b"refs/heads/caf\xe9"));
    assert!(!named("refs/heads/caf????", b"refs/heads/caf\xe9"), "not as it is escaped");
    assert!(named("refs/heads/caf??", b"refs/heads/caf\xe2\x82"));
    assert!(named("refs/heads/\u{e9}?", b"refs/heads/\xc3\xa9\xff"), "what is text stays text");
    assert!(!named("refs/heads/?", b"refs/heads/\xff/x"));
    let path = |pattern: &str, path: &[u8]| Glob::new(pattern).unwrap().matches_path(&crate::model::git_quote(path));
    assert!(path("src/??.rs", b"src/\xe2\x82.rs"));
    assert!(!path("src/?.rs", b"src/\xe2\x82.rs"));
}

/// Translates a pattern without braces by other means than the machine does.
fn as_regex(pattern: &str) -> String {
    let mut expression = String::new();
    let mut shorter = format!("/{pattern}/");
    while shorter.contains("/**/**/") {
        shorter = shorter.replace("/**/**/", "/**/");
    }
    let pattern = &shorter[1..shorter.len() - 1];
    let mut rest = pattern;
    while !rest.is_empty() {
        let before = &pattern[..pattern.len() - rest.len()];
        let (text, length) = if rest == "/**" {
            ("(?:/.*)?", 3)
        } else if rest.starts_with("**/") && (before.is_empty() || before.ends_with('/')) {
            ("(?:.*/)?", 3)
        } else if rest.starts_with("**") {
            (".*", 2)
        } else if rest.starts_with('*') {
            ("[^/]*", 1)
        } else if rest.starts_with('?') {
            ("[^/]", 1)
        } else {
            expression.push_str(&regex::escape(&rest[..1]));
            ("", 1)
        };
        expression.push_str(text);
        rest = &rest[length..];
    }
    format!("(?s)\\A(?:{expression})\\z")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn the_machine_agrees_with_regular_expressions(pattern in "[ab/*?]{1,12}", texts in prop::collection::vec("[ab/]{0,12}", 1..12)) {
        prop_assume!(!pattern.contains("***"));
        let glob = Glob::new(&pattern).unwrap();
        let reference = regex::Regex::new(&as_regex(&pattern)).unwrap();
        for text in texts {
            prop_assert_eq!(glob.matches(&text), reference.is_match(&text), "{} on {:?}", pattern, text);
        }
    }

    #[test]
    fn names_of_any_bytes_match_as_documented(
        pattern in "[a\u{e9}/*?]{1,8}",
        names in prop::collection::vec(prop::collection::vec(prop::sample::select(&b"aa//\xc3\xa9\xe2\x82\xac\xff"[..]), 0..8), 1..12),
    ) {
        prop_assume!(!pattern.contains("***"));
        let glob = Glob::new(&pattern).unwrap();
        let mut shorter = format!("/{pattern}/");
        while shorter.contains("/**/**/") {
            shorter = shorter.replace("/**/**/", "/**/");
        }
        let inner: Vec<char> = shorter[1..shorter.len() - 1].chars().collect();
        for name in names {
            let written = crate::model::Target::from_ref_bytes(&name).to_string();
            let expected = by_trial(&inner, &characters(&name), true);
            prop_assert_eq!(glob.matches_ref(&written), expected, "{} on {:?}", pattern, name);
        }
    }

    #[test]
    fn braces_mean_any_of_their_expansions(pattern in "[a/*]{0,2}\\{[a/*]{0,3},[b/*]{0,3}(,\\{a,b\\})?\\}[a/*]{0,3}", text in "[ab/]{0,8}") {
        if let Ok(glob) = Glob::new(&pattern) {
            let any = glob.alternatives().iter().any(|one| Glob::new(one).unwrap().matches(&text));
            prop_assert_eq!(glob.matches(&text), any);
        }
    }

    #[test]
    fn no_pattern_and_no_text_panics(pattern in "\\PC{0,24}", text in "\\PC{0,24}") {
        if let Ok(glob) = Glob::new(&pattern) {
            let _ = glob.matches(&text);
            let _ = glob.has_wildcard();
        }
    }
}
