//! The parsers of raw git objects: commits, tags and trees.
#![no_main]

use countersign::objects::{commit, tag, tree};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let limit = 1 << 20;
    if let Ok(commit) = commit::parse(data, limit) {
        let _ = commit.decode(commit.message);
        let _ = (commit.decode(commit.author.name), commit.decode(commit.author.email));
    }
    let _ = tag::parse(data, limit);
    for length in [20, 32] {
        // Every entry takes bytes, so this ends.
        let entries = tree::parse(data, length).count();
        assert!(entries <= data.len() + 1);
    }
});
