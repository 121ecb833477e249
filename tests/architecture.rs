//! Keeps the layers of docs/architecture.md true: who may import whom, and who may touch the world.
//!
//! The table in that document is the rule; this file only reads it and the code. What concerns text
//! rather than imports is in repository.rs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "integration test: a broken repository may panic here")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A row of the table.
struct Layer {
    may_import: BTreeSet<String>,
    is_pure: bool,
}

/// One path in the code, use groups spelled out: `crate`, `facts`, `Fact`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mention {
    line: usize,
    segments: Vec<String>,
}

/// What a source file mentions outside its tests.
#[derive(Default)]
struct Source {
    mentions: Vec<Mention>,
    /// Modules that exist in tests only: `#[cfg(test)] mod tests;`.
    test_modules: Vec<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

// --- the table ------------------------------------------------------------------------------------

fn layers() -> BTreeMap<String, Layer> {
    let document = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let rows = document.lines().skip_while(|line| !line.starts_with("| layer |")).skip(2);
    let mut above = Vec::new();
    let mut layers = BTreeMap::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, may_import, world, _] = cells.as_slice() else {
            panic!("docs/architecture.md: not four cells: {row}")
        };
        let name = name.trim_matches('`').to_owned();
        let is_pure = match *world {
            "pure" => true,
            "edge" => false,
            other => panic!("docs/architecture.md: `{other}` is neither `pure` nor `edge`"),
        };
        let layer = Layer { may_import: allowed(may_import, &above), is_pure };
        assert!(layers.insert(name.clone(), layer).is_none(), "docs/architecture.md: `{name}` has two rows");
        above.push(name);
    }
    assert!(layers.contains_key("model"), "docs/architecture.md: the table of layers is missing");
    layers
}

/// Reads "nothing", "everything above", "everything above but `a`", or "`a`, `b`".
fn allowed(cell: &str, above: &[String]) -> BTreeSet<String> {
    let (all, named) = match cell.strip_prefix("everything above") {
        Some(rest) => (true, rest.trim_start_matches(" but ")),
        None => (false, cell),
    };
    let named: BTreeSet<String> = match named {
        "" | "nothing" => BTreeSet::new(),
        names => names.split(',').map(|name| name.trim().trim_matches('`').to_owned()).collect(),
    };
    for name in &named {
        assert!(above.contains(name), "docs/architecture.md: `{name}` does not stand above the row that names it");
    }
    if all { above.iter().filter(|name| !named.contains(*name)).cloned().collect() } else { named }
}

// --- the code -------------------------------------------------------------------------------------

/// Returns every source file with the module path it stands for: `src/facts/fact.rs` is `facts::fact`.
fn source_files() -> Vec<(PathBuf, Vec<String>)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let module = module_path(path.strip_prefix(root().join("src")).unwrap());
                files.push((path, module));
            }
        }
    }
    files.sort();
    assert!(files.len() > 10, "src/ was not found");
    files
}

fn module_path(relative: &Path) -> Vec<String> {
    let mut module: Vec<String> =
        relative.with_extension("").components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect();
    module.pop_if(|last| last == "mod");
    module
}

/// Reads the paths that Rust code mentions; `depth` is how many modules deep it stands.
fn read(tokens: TokenStream, depth: usize, source: &mut Source) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut position = 0;
    while let Some(token) = tokens.get(position) {
        if is_test_attribute(&tokens, position) {
            position = skip_item(&tokens, position, source);
            continue;
        }
        let follows_path = continues_a_path(&tokens, position);
        match token {
            TokenTree::Ident(_) if !follows_path => read_path(&tokens, position, &[], depth, source),
            TokenTree::Group(group) => {
                let is_module = position > 1 && is_ident(tokens.get(position - 2), "mod");
                if !(follows_path && group.delimiter() == Delimiter::Brace) {
                    read(group.stream(), depth + usize::from(is_module), source);
                }
            }
            _ => {}
        }
        position += 1;
    }
}

/// Tells whether what stands here belongs to a path or a value before it: `a::here`, `<A>::here`, `a.here`.
fn continues_a_path(tokens: &[TokenTree], position: usize) -> bool {
    let before = |distance: usize| position.checked_sub(distance).and_then(|index| tokens.get(index));
    let is_path_end = match before(3) {
        Some(TokenTree::Ident(ident)) => {
            !["as", "dyn", "else", "impl", "in", "mut", "return", "use"].contains(&ident.to_string().as_str())
        }
        other => is_punct(other, '>'),
    };
    is_punct(before(1), '.') || is_punct(before(1), ':') && is_punct(before(2), ':') && is_path_end
}

/// Notes the path that begins at `position`, each branch of a use group for itself.
fn read_path(tokens: &[TokenTree], mut position: usize, before: &[String], depth: usize, source: &mut Source) {
    let line = tokens.get(position).map_or(0, |token| token.span().start().line);
    let mut segments = before.to_vec();
    loop {
        match tokens.get(position) {
            Some(TokenTree::Ident(ident)) => segments.push(ident.to_string()),
            Some(TokenTree::Punct(punct)) if punct.as_char() == '*' => segments.push("*".to_owned()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let branches: Vec<TokenTree> = group.stream().into_iter().collect();
                for branch in branches.split(|token| is_punct(Some(token), ',')).filter(|branch| !branch.is_empty()) {
                    read_path(branch, 0, &segments, depth, source);
                }
                return;
            }
            _ => break,
        }
        if !(is_punct(tokens.get(position + 1), ':') && is_punct(tokens.get(position + 2), ':')) {
            break;
        }
        position += 3;
    }
    source.mentions.push(Mention { line, segments: from_the_root(segments, depth) });
}

/// Spells `super::super::facts` as `crate::facts` where that is what it means.
fn from_the_root(segments: Vec<String>, depth: usize) -> Vec<String> {
    let segments: Vec<String> = segments.into_iter().skip_while(|segment| segment == "self").collect();
    let climbs = segments.iter().take_while(|segment| *segment == "super").count();
    match segments.first().map(String::as_str) {
        Some("super") if climbs >= depth => {
            ["crate".to_owned()].into_iter().chain(segments.into_iter().skip(climbs)).collect()
        }
        Some("countersign") => ["crate".to_owned()].into_iter().chain(segments.into_iter().skip(1)).collect(),
        _ => segments,
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn is_ident(token: Option<&TokenTree>, wanted: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == wanted)
}

fn is_test_attribute(tokens: &[TokenTree], position: usize) -> bool {
    is_punct(tokens.get(position), '#')
        && matches!(tokens.get(position + 1), Some(TokenTree::Group(group)) if group.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// Returns the position after the item that a test attribute stands on.
fn skip_item(tokens: &[TokenTree], position: usize, source: &mut Source) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        other => is_punct(Some(other), ';'),
    };
    let rest = tokens.get(position..).unwrap_or_default();
    let length = rest.iter().position(ends).map_or(rest.len(), |end| end + 1);
    if let [.., module, TokenTree::Ident(name), TokenTree::Punct(_)] = rest.get(..length).unwrap_or_default()
        && is_ident(Some(module), "mod")
    {
        source.test_modules.push(name.to_string());
    }
    position + length
}

/// Returns what each file mentions, without files that are modules of tests.
fn sources() -> Vec<(PathBuf, Vec<String>, Source)> {
    let mut sources = Vec::new();
    let mut tests = BTreeSet::new();
    for (path, module) in source_files() {
        let text = fs::read_to_string(&path).unwrap();
        let tokens = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut source = Source::default();
        read(tokens, module.len(), &mut source);
        tests.extend(source.test_modules.iter().map(|name| [module.clone(), vec![name.clone()]].concat()));
        sources.push((path, module, source));
    }
    sources.retain(|(_, module, _)| !tests.iter().any(|test| module.starts_with(test)));
    sources
}

/// Runs a check on every mention and fails with all complaints at once.
fn complain(rule: &str, check: impl Fn(&str, &[&str]) -> Option<String>) {
    let mut complaints = Vec::new();
    for (path, module, source) in sources() {
        let Some(layer) = module.first().filter(|name| *name != "lib") else { continue };
        for mention in source.mentions {
            let segments: Vec<&str> = mention.segments.iter().map(String::as_str).collect();
            if let Some(complaint) = check(layer, &segments) {
                let place = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
                complaints.push(format!("  {place}:{}: `{}`: {complaint}", mention.line, segments.join("::")));
            }
        }
    }
    assert!(complaints.is_empty(), "{rule} (docs/architecture.md, Layers):\n{}", complaints.join("\n"));
}

// --- the rules ------------------------------------------------------------------------------------

#[test]
fn every_module_has_its_layer() {
    let layers = layers();
    for (path, module) in source_files() {
        let name = module.first().unwrap();
        assert!(
            name == "lib" || layers.contains_key(name),
            "{}: give `{name}` a row in docs/architecture.md",
            path.display()
        );
    }
}

#[test]
fn modules_import_only_what_their_layer_may() {
    let layers = layers();
    complain("a module imports what its layer may not", |layer, segments| {
        let ["crate", imported, ..] = segments else { return None };
        if *imported == "*" || *imported == "self" {
            return Some("name the module that is meant".to_owned());
        }
        let may_import = &layers.get(layer)?.may_import;
        let is_allowed = imported == &layer || may_import.contains(*imported) || !layers.contains_key(*imported);
        (!is_allowed).then(|| format!("`{layer}` may import {may_import:?}"))
    });
}

#[test]
fn pure_layers_do_not_touch_the_world() {
    let layers = layers();
    complain("a pure layer reads or writes the world", |layer, segments| {
        let touches = matches!(
            segments,
            ["std", "fs" | "net" | "env" | "process" | "thread", ..]
                | ["std", "time", "SystemTime" | "Instant" | "*", ..]
                | ["std", "io", "stdin" | "stdout" | "stderr" | "Stdin" | "Stdout" | "Stderr", ..]
        );
        (touches && layers.get(layer)?.is_pure).then(|| "belongs into `adapters`, `hook` or `cli`".to_owned())
    });
}

#[test]
fn only_adapters_name_git_databases_forges_and_processes() {
    complain("the world has another door than `adapters`", |layer, segments| {
        let is_library = matches!(
            segments,
            ["git2" | "libgit2_sys" | "rusqlite" | "libsqlite3_sys" | "postgres" | "octocrab" | "reqwest", _, ..]
        );
        let is_child = segments.windows(2).any(|pair| pair == ["process", "Command"] || pair == ["process", "*"]);
        (layer != "adapters" && (is_library || is_child)).then(|| "only `adapters` may name it".to_owned())
    });
}

#[test]
fn only_the_server_names_axum_and_hyper() {
    complain("requests arrive by another door than `server`", |layer, segments| {
        let is_library = matches!(segments, ["axum" | "hyper" | "hyper_util" | "tower_http", _, ..]);
        (layer != "server" && is_library).then(|| "only `server` may name it".to_owned())
    });
}

#[test]
fn every_source_file_opens_with_its_purpose_and_stays_readable() {
    for (path, _) in source_files() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{}: begin with `//!` and what the file is for", path.display());
        let lines = text.lines().count();
        assert!(lines <= 400, "{}: {lines} lines; more than 400 usually hold two ideas", path.display());
    }
}

// --- the reader itself ----------------------------------------------------------------------------

#[test]
fn the_reader_sees_every_way_to_name_a_module() {
    let code = r#"
        //! crate::comment
        use crate::{audit::{self, Entry}, decide as judge};
        pub(crate) use super::super::policy::Policy;
        use super::sibling;
        use ::git2::Repository;
        fn typed(receipt: crate::enforce::Receipt, stream: ::std::net::TcpStream) { typed.crate_name; <A>::std::x(); }
        fn body() { let text = "crate::string"; crate::render::show(vec![countersign::cli::run(text)]); }
        mod inner { use super::super::super::facts::*; fn f(fact: super::Fact) {} }
        #[cfg(test)] use crate::tables;
        #[cfg(test)] mod tests { use crate::hook; }
        #[cfg(test)] mod more_tests;
        #[derive(Debug)] struct After(crate::verify::Claim, Vec<std::fs::File>);
    "#;
    let mut source = Source::default();
    read(code.parse().unwrap(), 2, &mut source);
    let is_absolute =
        |mention: &&Mention| matches!(mention.segments.first().map(String::as_str), Some("crate" | "git2" | "std"));
    let seen: Vec<String> =
        source.mentions.iter().filter(is_absolute).map(|mention| mention.segments.join("::")).collect();
    let expected = [
        "crate", // pub(crate)
        "crate::audit::Entry",
        "crate::audit::self",
        "crate::cli::run",
        "crate::decide",
        "crate::enforce::Receipt",
        "crate::facts::*",
        "crate::policy::Policy",
        "crate::render::show",
        "crate::verify::Claim",
        "git2::Repository",
        "std::fs::File",
        "std::net::TcpStream",
    ];
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), expected.map(str::to_owned).into_iter().collect());
    assert_eq!(source.test_modules, ["more_tests"]);
}
