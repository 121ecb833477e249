# attack:  writes the touch into a signature that was made without one: the flag is one byte of it
# defense: the flags are part of what the key signed, so the signature does not hold any more; `ref-forbidden`
# also:    src/verify/authenticator.rs::all_256_flags_of_a_plain_signature_are_decided

policy 's/{ role: senior }/{ role: senior, presence: touch }/'
security_key grace -O no-touch-required
commit ada "$KIRO"
unpushed grace sign-off "origin/main..$HEAD" --target "$MAIN"
original=$(work cat-file blob "$RECORD")

# The last five bytes are the flags and a counter.
signature=$(sed -E 's/.*"sig": *"([^"]*)".*/\1/' <<<"$original")
for flags in 01 05 04 41 81; do
    altered=$(base64 -d <<<"$signature" | perl -0777 -pe "s/\\x00(.{4})\\z/\\x$flags\$1/s" | base64 -w0)
    if [[ $altered == "$signature" ]]; then complain 'the flags were not found'; fi
    blob=$(printf %s "${original/"$signature"/"$altered"}" | store blob)
    push "$blob:$RECORD"
    refused ref-forbidden
done
push
refused sign-off-missing
push "$RECORD" "HEAD:$MAIN"
refused sign-off-missing presence-missing
