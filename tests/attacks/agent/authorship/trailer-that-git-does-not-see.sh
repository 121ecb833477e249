# attack:  writes a trailer where git does not see it: another paragraph, look-alike letters, after a separator, within
#          other signs, folded
# defense: every line is read, after normalization, and disqualifying matches are broad
# also:    tests/push_tricks.rs::a_trailer_that_git_does_not_see_is_read
# also:    tests/detect_forms.rs::co_authors_in_every_form_make_it_an_agents

who='Kiro <kiro@amazon.com>'
for message in \
    "Fix it\n\nCo-authored-by: $who\n\nAnd there was much rejoicing." \
    "Co-authored-by: $who" \
    "Fix it\nCo-authored-by: $who" \
    "Fix it\n---\nCo-authored-by: $who" \
    "Fix it\n\nSome words\nCo-authored-by: $who\nmore words" \
    "Fix it\n\nCO-AUTHORED-BY:   kiro <KIRO@Amazon.COM>" \
    "Fix it\n\nCo-authored-by : $who" \
    "Fix it\n\nCo-authored-by:Kiro<kiro@amazon.com>" \
    "Fix it\n\nCo-authored-by:\n $who" \
    "Fix it\n\nCo-authored-by: Kiro\n  <kiro@amazon.com>" \
    "Fix it\n\nCo\u2010authored\u2011by: $who" \
    "Fix it\n\nCo-authored-by\uff1a $who" \
    "Fix it\n\n\u0421o-\u0430uth\u043er\u0435d-by: $who" \
    "Fix it\n\nC\u039f-\u0391U\u03a4\u0397\u039fR\u0395D-\u0392\u03a5: $who" \
    "Fix it\n\n\uff23\uff4f\uff0d\uff41uthored-by: $who" \
    "Fix it\n\nCo-auth\u200bored-by: Ki\u00adro <kiro@amazon.com>" \
    "Fix it\n\n\u202eCo-authored-by: $who" \
    "Fix it\u2028Co-authored-by: $who" \
    "Fix it\u0085Co-authored-by: $who" \
    "Fix it\rCo-authored-by: $who" \
    "Fix it\n\n<!-- Co-authored-by: $who -->" \
    "Fix it\n\n> Thanks to everybody\n# Co-authored-by: $who"; do
    work reset -q --hard "$BASE"
    printf '%b' "$message" >"$GROUND/message"
    work commit -q --allow-empty --cleanup=verbatim -F "$GROUND/message"
    push
    refused sign-off-missing
    says Kiro
done
# Who is only spoken of wrote nothing.
work reset -q --hard "$BASE"
commit ada 'Say how people declare Kiro in their messages'
push
landed
