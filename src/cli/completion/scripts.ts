export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * What a shell has to know: how to ask `reward-outbox complete` for words, one per line, with a tab before the
 * description. The command line as it stands is asked each time, so that a script never knows less than the version
 * that is installed.
 */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
	bash: `# bash completion for reward-outbox. Needs nothing else:
#   reward-outbox completion bash > ~/.local/share/bash-completion/completions/reward-outbox
_reward_outbox() {
  local value description
  COMPREPLY=()
  while IFS=$'\\t' read -r value description; do
    COMPREPLY+=("$(printf '%q' "$value")")
  done < <("\${COMP_WORDS[0]}" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _reward_outbox reward-outbox
`,
	zsh: `#compdef reward-outbox
# zsh completion for reward-outbox. In a directory of $fpath, before compinit:
#   reward-outbox completion zsh > "\${fpath[1]}/_reward-outbox"
_reward_outbox() {
  local -a found
  local value description
  while IFS=$'\\t' read -r value description; do
    found+=("\${value//:/\\\\:}\${description:+:$description}")
  done < <("\${(Q)words[1]}" complete -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then
    _describe reward-outbox found
  else
    _files
  fi
}
if [[ \${funcstack[1]} == _reward-outbox ]]; then
  _reward_outbox "$@"
else
  compdef _reward_outbox reward-outbox
fi
`,
	fish: `# fish completion for reward-outbox:
#   reward-outbox completion fish > ~/.config/fish/completions/reward-outbox.fish
function __reward_outbox_complete
  set -l current (commandline -ct)
  set -l words (commandline -opc) "$current"
  $words[1] complete -- $words[2..-1] 2>/dev/null
end
complete -c reward-outbox -f -a '(__reward_outbox_complete)'
complete -c reward-outbox -n '__fish_seen_subcommand_from apply' -F
`,
};
