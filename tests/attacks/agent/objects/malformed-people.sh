# attack:  writes a person so that two readers find another name, address or date there
# defense: one strict parser: one pair of brackets, one space between parts, a date that fits in 64 bits;
#          `object-malformed`
# also:    tests/push_objects.rs::a_date_beyond_all_numbers_is_refused
# also:    src/objects/person.rs::two_addresses_are_refused

server config receive.fsckObjects false
commit ada 'Sort the shelves'
for person in 'Bot <bot@example.com> <ada@example.com> 1 +0000' 'Ada <<ada@example.com> 1 +0000' \
    'Ada > <ada@example.com> 1 +0000' 'Ada <ada@example.com>> 1 +0000' 'Ada<ada@example.com> 1 +0000' \
    'Ada Byron 1 +0000' 'Ada <ada@example.com 1 +0000' ' Ada <ada@example.com> 1 +0000' \
    'Ada  <ada@example.com> 1 +0000' 'Ada < ada@example.com> 1 +0000' 'Ada <ada@example.com\r> 1 +0000' \
    'Ada <ada@example.com>1 +0000' 'Ada <ada@example.com>' 'Ada <ada@example.com> 1' \
    'Ada <ada@example.com> 99999999999999999999 +0000' 'Ada <ada@example.com> 9223372036854775808 +0000' \
    'Ada <ada@example.com> -1 +0000' 'Ada <ada@example.com> 01 +0000' 'Ada <ada@example.com> 1e9 +0000' \
    'Ada <ada@example.com> 1 +00000' 'Ada <ada@example.com> 1 UTC' 'Ada <ada@example.com> 1 +0000 2'; do
    for part in author committer; do
        edited "s/^$part .*/$part $person/"
        push "$HEAD:$MAIN"
        refused object-malformed
    done
done
edited 's/^author .*/author Ada <ada@example.com> 9223372036854775807 -9999/'
push "$HEAD:$MAIN"
landed "$MAIN" "$HEAD"
