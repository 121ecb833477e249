# attack:  makes a branch or tag that people, tools or file systems take for a guarded one: other letters, other case,
#          invisible signs, a tag of the branch's name, a full name below another
# defense: names are compared without case, by their looks; `ref-shadowed`
# also:    tests/push_refs.rs::names_that_would_be_taken_for_main_are_refused
# also:    tests/push_refs.rs::names_that_a_gate_chooses_by_braces_are_guarded_before_they_exist
# also:    tests/push_refs.rs::a_control_character_or_annotation_mark_makes_no_other_name

push "HEAD:refs/heads/release/1" "HEAD:refs/tags/v1"
landed refs/tags/v1
for name in heads/Main heads/MAIN $'heads/m\u0430in' $'heads/ma\u200bin' $'heads/main\u202e' $'heads/\uff4dain' tags/main \
    heads/refs/heads/main heads/heads/main heads/origin/main heads/HEAD tags/HEAD heads/FETCH_HEAD tags/@ \
    $'heads/main\u0301' heads/Release/1 $'heads/rel\u0435ase/1' tags/V1; do
    push "HEAD:refs/$name"
    refused ref-shadowed
done

# Another name is no look-alike.
for name in heads/maintenance heads/m%61in heads/domain tags/mainframe; do
    push "HEAD:refs/$name"
    landed "refs/$name"
done
