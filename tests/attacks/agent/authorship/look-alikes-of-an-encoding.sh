# attack:  writes a trailer with the look-alike or wide letters of an old encoding, which read as noise in another one
# defense: the message is decoded as it declares, and compared as people see it
# also:    tests/detect_forms.rs::a_disguise_does_not_help

commit ada 'Sort the shelves'
# Cyrillic letters for C, o, a and e; wide Latin ones.
for trailer in 'windows-1251 \xd1\xee-\xe0uthor\xe5d-by' 'KOI8-R \xf3\xcf-\xc1uthor\xc5d-by' \
    'EUC-JP \xa3\xc3\xa3\xef\xa1\xdd\xa3\xe1uthored-by'; do
    edited "/^committer /a encoding ${trailer% *}" -e "\$a \\\\n${trailer#* }: Kiro <kiro@amazon.com>"
    push "$HEAD:$MAIN"
    refused sign-off-missing
    says Kiro
done
