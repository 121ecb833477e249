# attack:  has objects borrowed from a pool that others write, so that a push brings nothing new
# defense: a change is what the ref did not have, wherever its objects lie; `doctor` finds pools that others may write
# also:    tests/git_readers/pushes.rs::and_where_objects_are_borrowed_from_a_pool_of_forks

pool=$GROUND/pool.git
git init -q --bare "$pool"
printf '%s\n' "$pool/objects" >"$SERVER/objects/info/alternates"
check_up
finds
commit ada "$KIRO"
work push -q "$pool" "HEAD:refs/heads/of-a-fork"
server cat-file -e "$HEAD"
push
refused sign-off-missing
push HEAD:refs/tags/v1
refused sign-off-missing
deploy "$HEAD"
deployment_refused facts-unknown candidate-unguarded sign-off-missing

chmod 777 "$pool/objects"
check_up
finds hole:alternate-writable
chmod 755 "$pool/objects"
mv "$pool" "$GROUND/moved.git"
check_up
finds remark:alternate-missing
