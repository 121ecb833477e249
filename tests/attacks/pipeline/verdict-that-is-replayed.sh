# attack:  shows a good verdict for another commit, environment, repository, ref or plan, after its time, or the one on a
#          landing for one on a deployment
# defense: all of them are signed and compared, and a verdict has an end
# also:    tests/attest.rs::a_deployment_is_verified_for_its_environment_plan_and_time
# also:    src/audit/attest/tests.rs::a_verdict_answers_its_own_question_only
# also:    src/audit/attest/tests.rs::a_verdict_is_good_for_its_time

in_production "$BASE"
commit ada "$KIRO"
sign_off grace "origin/main..$HEAD"
push
landed
printf '{"format_version":"1.2","resource_changes":[]}\n' >"$GROUND/plan"
printf '{"format_version":"1.2","resource_changes": []}\n' >"$GROUND/other"
verdict "$HEAD" --plan "$GROUND/plan"
deployment_permitted
verify "$HEAD" --plan "$GROUND/plan" --ref "$MAIN" --level ORG_SOURCE_COUNTERSIGN_DEPLOY_PERMITTED
verified
verify "$BASE"
doubted other-commit
# One thing at a time is another one.
for question in 'environment prod-eu' 'environment Production' 'repository acme/play' 'ref refs/heads/release/1' \
    "plan $GROUND/other" 'level ORG_SOURCE_COUNTERSIGN_DEPLOY_OVERRIDDEN' 'now 2126-01-01T00:00:00Z' \
    'now 2001-01-01T00:00:00Z'; do
    asked=(--repository acme/shop --environment production)
    if [[ $question == environment* ]]; then asked=(--repository acme/shop); fi
    if [[ $question == repository* ]]; then asked=(--environment production); fi
    # shellcheck disable=SC2086  # two words
    try "$PROGRAM" verify "$VERDICT" --gate-key "$(server config countersign.key).pub" --subject "$HEAD" --format json \
        "${asked[@]}" --$question
    ended 1
    says '"code"'
done

# The verdict on the landing is none on a deployment, and the other way round.
try "$PROGRAM" verify "$VERDICT" --gate-key "$(server config countersign.key).pub" --subject "$HEAD" --format json
doubted other-environment
path=$(server ls-tree -r --name-only refs/countersign/archive | grep "^verdicts/.*$HEAD.*json")
server cat-file blob "refs/countersign/archive:$path" >"$VERDICT"
verify "$HEAD"
doubted other-environment
