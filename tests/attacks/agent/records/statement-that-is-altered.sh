# attack:  alters what a reviewer signed, word by word: another repository, ref, decision, time, or one field more
# defense: the signature is over the whole statement, and a record's name is its digest; `ref-forbidden`
# also:    tests/push_records.rs::an_altered_statement_is_refused
# also:    tests/push_records.rs::garbage_is_no_record
# also:    tests/push_records.rs::a_record_under_another_name_is_refused
# also:    tests/push_records.rs::a_commit_is_no_record
# also:    tests/push_records.rs::a_record_without_its_signature_lets_nothing_land
# also:    tests/push_records.rs::a_signature_under_another_keys_name_is_refused

commit ada "$KIRO"
unpushed grace sign-off "origin/main..$HEAD" --target refs/heads/next --comment 'not for main'
original=$(work cat-file blob "$RECORD")
name=$RECORD
payload=$(statement "$name" | base64 -w0)

# Under the name that it had, and under the one that it gets.
for change in 's,heads/next,heads/main,g' 's,not for main,for main,; s,next,main,g' 's/"approve"/"revoke"/' \
    's/^\{/{"also":"main",/' 's/\}$/ }/' 's,acme/shop,acme/./shop,'; do
    altered=$(base64 -d <<<"$payload" | sed -E "$change")
    blob=$(printf %s "${original/"$payload"/"$(printf %s "$altered" | base64 -w0)"}" | store blob)
    push "$blob:$name"
    refused ref-forbidden
    forge sign-off grace <<<"$altered"
    push "$blob:$RECORD"
    refused ref-forbidden
done

# Nor does it go into another kind, onto another commit, or as a commit.
blob=$(printf %s "$original" | store blob)
for other in "${name/$HEAD/$BASE}" "${name/sign-offs/overrides}" "${name%?}$(tr 0-9a-f 1-9a-f0 <<<"${name: -1}")"; do
    push "$blob:$other"
    refused ref-forbidden
done
push "HEAD:$name"
refused ref-forbidden

# What she did sign lets it land where she said.
push "$blob:$name" HEAD:refs/heads/next
landed refs/heads/next
push
refused sign-off-missing sign-off-elsewhere
