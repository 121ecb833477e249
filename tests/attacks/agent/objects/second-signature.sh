# attack:  makes another commit of a signed one, whose signature is still good: by a second signature header, or one for
#          another kind of ids
# defense: a signature stands once; whatever else makes another commit of it needs a sign-off of its own
# also:    tests/push_objects.rs::two_signatures_are_refused

commit ada "$KIRO"
git config gpg.format ssh
git config user.signingKey "$KEYS/ada"
work commit -q --amend --no-edit -S
printf 'ada@example.com %s\n' "$(cat "$KEYS/ada.pub")" >"$GROUND/signers"
git config gpg.ssh.allowedSignersFile "$GROUND/signers"
sign_off grace "$BASE..HEAD"
second='gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----'
edited "/^ -----END SSH/a $second"
git verify-commit "$HEAD"
push "$HEAD:$MAIN"
refused object-malformed
edited "/^gpgsig /i ${second/gpgsig/gpgsig-sha256}"
git verify-commit "$HEAD"
push "$HEAD:$MAIN"
refused sign-off-missing sign-off-stale
push
landed
