# attack:  pushes malformed commits to a server that does not check what it receives, as git's own default is
# defense: the gate's own parser does; `install` sets `receive.fsckObjects`, and `doctor` says where it is off
# also:    tests/git_objects.rs::the_corpus_of_malformed_commits_is_refused

equal "$(server config receive.fsckObjects)" true
commit ada 'Sort the shelves'
edited 's/^author .*/&\n&/'
push "$HEAD:$MAIN"
stopped 'multipleAuthors'
server config --unset receive.fsckObjects
push "$HEAD:$MAIN"
refused object-malformed
try on_server doctor
says receive.fsckObjects
