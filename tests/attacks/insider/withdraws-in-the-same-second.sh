# attack:  has a withdrawal or an objection pass unheard, because it was made in the very second of the sign-off
# defense: of two at once the one that refuses counts: `sign-off-revoked`, `vetoed`

commit ada "$KIRO"
for decision in revoke reject; do
    unpushed grace sign-off "origin/main..$HEAD" --target "$MAIN" --comment "$decision"
    signed=$(work cat-file blob "$RECORD" | sed 's/.*"payload": *"\([^"]*\)".*/\1/' | base64 -d | sed 's/.*"signed_at":"\([^"]*\)".*/\1/')
    PUSHER=grace push "$RECORD"
    unpushed grace sign-off "origin/main..$HEAD" --target "$MAIN" --decision "$decision" --comment 'On second thought'
    reword grace -e "s/\"signed_at\":\"[^\"]*/\"signed_at\":\"$signed/" -e 's/On second thought/No/'
    PUSHER=grace push "$RECORD"
    push
    if [[ $decision == revoke ]]; then refused sign-off-missing sign-off-revoked; fi
done
refused sign-off-missing sign-off-revoked vetoed
