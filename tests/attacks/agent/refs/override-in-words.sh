# attack:  writes "override" where the server might read it: in push options, variables, its configuration, headers of the
#          commit, the message, a note
# defense: an override is a signed record, and nothing else is; `sign-off-missing`
# also:    tests/push_tricks.rs::words_in_options_variables_and_messages_override_nothing
# also:    tests/push_tricks.rs::the_pushers_own_configuration_changes_no_setting_of_the_gate
# also:    tests/push_tricks.rs::whoever_pushes_cannot_say_who_holds_the_permit

printf 'version: 1\ngates: [{ name: none, refs: ["refs/heads/none"] }]\n' >"$GROUND/gentle.yaml"
printf '[countersign]\n\tpolicy = %s\n\tserver = http\n' "$GROUND/gentle.yaml" >"$GROUND/own.gitconfig"
server config receive.advertisePushOptions true
commit ada "$KIRO
Signed-off-by: Grace Hopper <grace@example.com>
Reviewed-by: Grace Hopper <grace@example.com>
Override: yes
Countersign: skip"
work notes add -m 'override: Dana Scully' HEAD

# tried_with VARIABLE=VALUE...: pushes with these variables, and with options that say the same.
tried_with() {
    push_by env "$@" git -C "$WORK" push -o override -o "countersign.override=$REASON" -o skip-hooks -o ci.skip \
        --no-verify origin "HEAD:$MAIN" +refs/notes/commits
    refused sign-off-missing
}
tried_with COUNTERSIGN_OVERRIDE=1 COUNTERSIGN_SKIP=1 COUNTERSIGN_POLICY="$GROUND/gentle.yaml"
tried_with REMOTE_USER=grace GL_USERNAME=grace GITEA_PUSHER_NAME=grace SSH_ORIGINAL_COMMAND=grace
tried_with GIT_CONFIG_GLOBAL="$GROUND/own.gitconfig"
tried_with GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=countersign.policy GIT_CONFIG_VALUE_0="$GROUND/gentle.yaml"
tried_with GIT_CONFIG_PARAMETERS="'countersign.policy=$GROUND/gentle.yaml'"
tried_with GIT_REPLACE_REF_BASE=refs/heads/ GIT_GRAFT_FILE=/dev/null COUNTERSIGN_HOLDER=$$
override dana "origin/main..$HEAD"
push
landed
says 'Dana Scully'
