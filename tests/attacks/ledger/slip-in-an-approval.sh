# attack:  adds rows that say that a commit was signed off, or has landed
# defense: a row only leads to an entry, and each entry is checked against the tree and compared with what was sought;
#          what must not be missing is sealed: `facts-unknown`
# also:    tests/ledger_tampering.rs::a_forged_index_clears_nothing

# One change landed with a sign-off; the next one has none.
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
push
landed
commit ada "$KIRO"
push HEAD:refs/heads/topic
landed refs/heads/topic
in_production "$BASE"
keep_ledger now
index() {
    sql "INSERT INTO mark SELECT CAST(substr(key, 1, 9) || x'$HEAD' AS BLOB), entry, commits FROM mark WHERE hex(key) LIKE '$1%' LIMIT 1"
}

# The landing's row, for this commit.
index 05
for ref in "$MAIN" refs/heads/release/1 refs/tags/v1; do
    push "$HEAD:$ref"
    refused sign-off-missing
done
deploy "$HEAD"
deployment_refused candidate-unguarded sign-off-missing
audit
damaged surplus

# The sign-off's row.
put_back now
index 08
push
refused facts-unknown sign-off-missing
audit
damaged surplus

# An entry of its own, with everything that belongs to it, but without the gate's signature.
put_back now
entries=$(sql 'SELECT count(*) FROM entry')
sql "INSERT INTO entry SELECT $entries, hashes, replace(json, '$(work rev-parse HEAD~1)', '$HEAD') FROM entry WHERE number = $(entry landed)"
push
refused ledger-unavailable
audit
damaged surplus
sql "UPDATE head SET size = $entries + 1"
push
refused ledger-unavailable
