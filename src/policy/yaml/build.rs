//! From parser events to the tree; refuses the parts of YAML that a policy must not use.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, options};

use super::{DEEPEST, Entry, MOST_NODES, Node, Plain, Value, syntax};
use crate::policy::problem::{Problems, shown};

/// Parses the text. None when it is no YAML document; what is wrong is in `problems`.
pub(super) fn tree<'s>(source: &'s str, problems: &mut Problems) -> Option<Node<'s>> {
    let options = options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        emit_comments: false,
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
    };
    let mut builder = Builder { problems, open: Vec::new(), root: None, nodes: 0, documents: 0 };
    for event in Parser::new_from_str_with_options(source, options) {
        match event {
            Ok((event, span)) => {
                if !builder.accept(event, &bytes_of(&span), &span) {
                    return None;
                }
            }
            Err(error) => {
                syntax::report(&error, source, builder.problems);
                return None;
            }
        }
    }
    let root = builder.root.take();
    if root.as_ref().is_none_or(is_blank) {
        problems.error("empty", &(0..0), "the policy is empty").hint("`countersign init` writes one to start from");
        return None;
    }
    root
}

/// Tells whether a document holds nothing but comments: the parser then makes up a null.
fn is_blank(root: &Node<'_>) -> bool {
    root.span.is_empty() && matches!(root.value, Value::Scalar { plain: true, .. })
}

/// Tells whether a key is empty, or the null of YAML.
fn is_nothing(key: &str, plain: bool) -> bool {
    key.is_empty() || (plain && Plain::of(key) == Plain::Null)
}

/// Returns the bytes that a span covers; the parser of a string always knows them.
fn bytes_of(span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}

/// A collection whose end has not come.
enum Open<'s> {
    List { start: usize, items: Vec<Node<'s>> },
    Map { start: usize, entries: Vec<Entry<'s>>, key: Option<(Cow<'s, str>, Range<usize>)> },
}

struct Builder<'s, 'p> {
    problems: &'p mut Problems,
    open: Vec<Open<'s>>,
    root: Option<Node<'s>>,
    nodes: usize,
    documents: usize,
}

impl<'s> Builder<'s, '_> {
    /// Takes one event; false when there is no point in going on.
    fn accept(&mut self, event: Event<'s>, at: &Range<usize>, span: &Span) -> bool {
        if event.tag().is_some() {
            let tag = span.tag_span().as_ref().map_or_else(|| at.clone(), bytes_of);
            self.problems.error("tag", &tag, "tags (`!…`) may not be used in a policy").hint("leave it out");
        }
        match event {
            Event::DocumentStart(..) => return self.start_document(at),
            Event::Scalar(text, style, ..) => {
                let plain = style == ScalarStyle::Plain;
                return self.attach(Node { span: at.clone(), value: Value::Scalar { text, plain } });
            }
            Event::SequenceStart(..) => self.open.push(Open::List { start: at.start, items: Vec::new() }),
            Event::MappingStart(..) => {
                self.open.push(Open::Map { start: at.start, entries: Vec::new(), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => return self.close(at),
            Event::Anchor(..) => self.refuse("anchor", at, "anchors (`&…`) may not be used in a policy"),
            Event::Alias(..) | Event::UnresolvedAlias(..) => {
                self.refuse("alias", at, "aliases (`*…`) may not be used in a policy");
                return self.attach(Node { span: at.clone(), value: Value::Refused });
            }
            _ => {}
        }
        true
    }

    fn start_document(&mut self, at: &Range<usize>) -> bool {
        self.documents += 1;
        if self.documents > 1 {
            self.problems
                .error("several-documents", at, "a policy is one YAML document, here a second one begins")
                .consequence("what stands behind the `---` would be ignored");
        }
        self.documents == 1
    }

    /// Ends the innermost collection.
    fn close(&mut self, at: &Range<usize>) -> bool {
        match self.open.pop() {
            Some(Open::List { start, items }) => {
                let end = end_of(at, items.last().map(|item| item.span.end), start);
                self.attach(Node { span: start..end, value: Value::List(items) })
            }
            Some(Open::Map { start, entries, .. }) => {
                let end = end_of(at, entries.last().map(|entry| entry.value.span.end.max(entry.at.end)), start);
                self.refuse_duplicates(&entries);
                self.attach(Node { span: start..end, value: Value::Map(entries) })
            }
            None => false,
        }
    }

    /// Puts a finished node where it belongs.
    fn attach(&mut self, node: Node<'s>) -> bool {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            self.problems.error("too-many-nodes", &node.span, format!("a policy has at most {MOST_NODES} values"));
            return false;
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some((key, at)) => entries.push(Entry { key, at, value: node }),
                None => {
                    let key = self.key(node);
                    if let Some(Open::Map { key: slot, .. }) = self.open.last_mut() {
                        *slot = Some(key);
                    }
                }
            },
        }
        true
    }

    /// Reads a node as a key.
    fn key(&mut self, node: Node<'s>) -> (Cow<'s, str>, Range<usize>) {
        match node.value {
            Value::Scalar { text, plain } if plain && text == "<<" => {
                self.refuse("merge-key", &node.span, "merge keys (`<<`) may not be used in a policy");
                (text, node.span)
            }
            Value::Scalar { text, plain } if !is_nothing(&text, plain) => (text, node.span),
            _ => {
                self.problems.error("key-not-text", &node.span, "a key must be text");
                (Cow::Borrowed(""), node.span)
            }
        }
    }

    fn refuse(&mut self, code: &'static str, at: &Range<usize>, message: &str) {
        self.problems.error(code, at, message).hint("write the value out where it is needed").consequence(
            "with them one place of a policy changes what another says, and a reviewer of the one does not see it",
        );
    }

    fn refuse_duplicates(&mut self, entries: &[Entry<'s>]) {
        // Most mappings are small: there comparing is faster than hashing.
        if entries.len() <= 8 {
            for (index, entry) in entries.iter().enumerate() {
                if entries.iter().take(index).any(|before| before.key == entry.key) {
                    self.duplicate(entry);
                }
            }
            return;
        }
        let mut seen = HashSet::with_capacity(entries.len());
        for entry in entries {
            if !seen.insert(entry.key.as_ref()) {
                self.duplicate(entry);
            }
        }
    }

    fn duplicate(&mut self, entry: &Entry<'s>) {
        // Keys that are no text have their error already.
        if !entry.key.is_empty() {
            self.problems
                .error("duplicate-key", &entry.at, format!("`{}` stands here a second time", shown(&entry.key)))
                .consequence("only one of the two would count, and nobody could tell which");
        }
    }
}

/// Returns where a collection ends: at its bracket, or with its last child when it has none.
fn end_of(at: &Range<usize>, last_child: Option<usize>, start: usize) -> usize {
    match last_child {
        _ if at.end > at.start => at.end,
        Some(child) => child,
        None => at.end.max(start),
    }
}
