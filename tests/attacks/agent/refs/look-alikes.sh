# attack:  pushes a tag or branch whose name is taken for a gated one: by case, look-alike letters, invisible ones, the
#          encoding of addresses, or as a whole name within another
# defense: names are compared as people and tools see them, with what is there and with what gates name; `ref-shadowed`
# also:    tests/push_refs.rs::names_that_would_be_taken_for_main_are_refused
# also:    tests/push_refs.rs::names_that_a_gate_chooses_by_braces_are_guarded_before_they_exist
# also:    tests/push_refs.rs::a_control_character_or_annotation_mark_makes_no_other_name

commit ada "$KIRO"
for name in MAIN Main 'm\u0430in' 'ma\u0131n' 'ma\u200bin' 'main\u200b' 'main\u2066' 'main\u00a0' 'ma\u0323in' \
    'mai\u0323n' '\uff4dain' rnain 'ma\U0001d5c2n' '\u041cAIN' '\u039c\u0391\u0399\u039d' 'M\u0410\u0406N' m%61in \
    %4DAIN m%d0%b0in m%2561in refs/heads/main heads/main; do
    printf -v name '%b' "$name"
    for ref in "refs/heads/$name" "refs/tags/$name"; do
        push "HEAD:$ref"
        refused ref-shadowed
    done
done
for name in heads/origin/main heads/HEAD tags/HEAD heads/FETCH_HEAD tags/@ $'heads/main\u0301'; do
    push "HEAD:refs/$name"
    refused ref-shadowed
done
# What gates name by a pattern is guarded before it is there.
for ref in refs/heads/Release/1 'refs/heads/r\u0435lease/1' 'refs/heads/releas\u0435%2f1' 'refs/tags/V1' \
    refs/heads/reIease/1 refs/heads/re1ease/1 refs/heads/RE1EASE/1 'refs/heads/release\u22151' \
    refs/heads/release%252f1 'refs/tags/\u03bd1' refs/tags/main refs/Heads/main refs/refs/heads/main; do
    printf -v ref '%b' "$ref"
    push "HEAD:$ref"
    refused ref-shadowed
done
# The pattern may have the capitals.
policy 's|"refs/heads/release/\*\*"|&, "refs/heads/Hotfix/**"|'
for ref in refs/heads/hotfix/1 refs/heads/HOTFIX/1 'refs/heads/h\u043etfix/1'; do
    printf -v ref '%b' "$ref"
    push "HEAD:$ref"
    refused ref-shadowed
done
# This one would come before `refs/heads/main`. Git would take none.
push HEAD:refs/main
refused ref-shadowed
# Other names are other names.
for name in maintenance domain main2 topic/main m%zzin 100% releases; do
    push "HEAD:refs/heads/$name"
    landed "refs/heads/$name"
done
