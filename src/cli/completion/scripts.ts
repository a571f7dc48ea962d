/**
 * The completion scripts. Each hands the words of the command line to `regatta complete -- …` as separate arguments,
 * never through `eval`: what stands on the line is text, and must not be run because somebody pressed Tab.
 * Answers come back one per line, `value<TAB>description`; a value that ends in `/`, `=` or `,` wants no space after it.
 */

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = `# bash completion for regatta
_regatta() {
  local line=\${COMP_LINE:0:COMP_POINT} current=\${COMP_WORDS[COMP_CWORD]} IFS=$'\\n'
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}") reply value cut=""
  # bash cuts words at = and :, so "--tasks=a" arrives as three; put such words together again.
  local joined=() word glue=""
  for word in "\${words[@]}"; do
    if [[ \${#joined[@]} -gt 0 && ( $word == [=:]* || $glue ) ]]; then
      joined[\${#joined[@]}-1]+=$word
    else
      joined+=("$word")
    fi
    if [[ $word == *[=:] && $word != -- ]]; then glue=1; else glue=""; fi
  done
  word=\${joined[\${#joined[@]}-1]}
  if [[ $word == *[=:]* && $COMP_WORDBREAKS == *=* ]]; then cut=\${word%"\${word##*[=:]}"}; fi
  reply=$(regatta complete -- "\${joined[@]}" 2>/dev/null) || return 0
  COMPREPLY=()
  for value in $reply; do
    value=\${value%%$'\\t'*}
    COMPREPLY+=("\${value#"$cut"}")
  done
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[/=,] ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _regatta regatta
`;

const ZSH = `#compdef regatta
_regatta() {
  local -a values shown tight tight_shown
  local line value description
  while IFS= read -r line; do
    value=\${line%%$'\\t'*}
    description=\${line#*$'\\t'}
    if [[ $value == *[/=,] ]]; then
      tight+=("$value"); tight_shown+=("$value\${description:+  -- $description}")
    else
      values+=("$value"); shown+=("$value\${description:+  -- $description}")
    fi
  done < <(regatta complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#values} )) && compadd -l -d shown -a values
  (( \${#tight} )) && compadd -S '' -l -d tight_shown -a tight
}
if [[ \${funcstack[1]} == _regatta ]]; then _regatta "$@"; else compdef _regatta regatta; fi
`;

const FISH = `# fish completion for regatta
function __regatta_complete
    set -l words (commandline -opc)
    regatta complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c regatta -f -a '(__regatta_complete)'
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
