# attack:  declares an encoding in which the message reads as harmless here and as a trailer there, or one that it does
#          not keep to
# defense: encodings are decoded from a short list in which ASCII bytes mean themselves; all others, and what does not
#          keep to its own, are undetermined, which counts as an agent's
# also:    tests/push_objects.rs::a_message_that_claims_an_odd_encoding_counts_as_an_agents
# also:    tests/detect_forms.rs::what_cannot_be_read_is_undetermined_and_still_searched
# also:    tests/push_tricks.rs::a_message_in_sixteen_bit_letters_hides_nothing

commit ada 'Sort the shelves'
for encoding in UTF-7 UTF-16 UTF-16LE UTF-32 ISO-2022-JP ISO-2022-KR Shift_JIS Big5 GBK IBM037 utf-8//TRANSLIT \
    'UTF-8 ' binary; do
    edited "/^committer /a encoding $encoding"
    push "$HEAD:$MAIN"
    refused sign-off-missing authorship-undetermined
done
# Bytes that break the encoding, in the message or in a name.
work reset -q --hard "$BASE"
commit ada 'Sort the shelves'
edited 's/shelves/shel\xffves/'
push "$HEAD:$MAIN"
refused sign-off-missing authorship-undetermined
edited '/^author /s/Ada/Ad\xff/'
push "$HEAD:$MAIN"
refused sign-off-missing authorship-undetermined
edited '/^committer /a encoding US-ASCII' -e 's/shelves/shel\xc3\xa4ves/'
push "$HEAD:$MAIN"
refused sign-off-missing authorship-undetermined
# In an encoding on the list, which it keeps to, all is well.
edited '/^committer /a encoding ISO-8859-1' -e 's/shelves/shel\xe4ves/'
push "$HEAD:$MAIN"
landed "$MAIN" "$HEAD"
