# attack:  has a commit signed for a ref where little is asked, and pushes the same commit to one where more is, in one push
# defense: every ref is judged for itself, and one refusal refuses the whole push; `sign-off-elsewhere`

policy 's/"refs\/heads\/release\/\*\*", //'
policy_adds <<'END'
  - name: release
    refs: ["refs/heads/release/**"]
    require: [{ role: senior, count: 2 }]
END
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
push "HEAD:refs/heads/release/1"
refused sign-off-missing sign-off-elsewhere
push "HEAD:$MAIN" HEAD:refs/heads/release/1
refused sign-off-missing sign-off-elsewhere
push
landed

# What landed there is still not what the stricter gate asks for.
push "HEAD:refs/heads/release/1"
refused sign-off-missing sign-off-elsewhere
record barbara sign-off "$BASE..$HEAD" --target refs/heads/release/1
push "HEAD:refs/heads/release/1"
refused sign-off-missing sign-off-elsewhere
record grace sign-off "$BASE..$HEAD" --target refs/heads/release/1
push "HEAD:refs/heads/release/1"
landed refs/heads/release/1
