/**
 * The completion scripts. Each hands the words of the command line to `regatta complete -- …` as separate arguments,
 * never through `eval`: what stands on the line is text, and must not be run because somebody pressed Tab.
 * Answers come back one per line, `value<TAB>description`; a value that ends in `/`, `=` or `,` wants no space after it.
 */

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

// Written for bash 3.2 and later, which is what macOS has; `compopt` is missing there, so an extra space remains.
const BASH = `# bash completion for regatta
_regatta() {
  local words=() word glue="" cut="" line value
  # bash cuts words at = and :, so "--tasks=a" arrives as three: put them together again.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ \${#words[@]} -gt 0 && ( $word == [=:]* || -n $glue ) ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    if [[ $word == *[=:] ]]; then glue=1; else glue=""; fi
  done
  # It also replaces only what follows the last = or :, so that much of each answer is left out.
  word=\${words[\${#words[@]}-1]}
  if [[ $word == *[=:]* ]]; then cut=\${word%"\${word##*[=:]}"}; fi
  COMPREPLY=()
  while IFS= read -r line; do
    value=\${line%%$'\\t'*}
    value=\${value#"$cut"}
    if [[ $value == *[!a-zA-Z0-9_./=,:@%+-]* ]]; then printf -v value %q "$value"; fi
    if [[ -n $value ]]; then COMPREPLY+=("$value"); fi
  done < <(regatta complete -- "\${words[@]}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *[/=,] ]]; then compopt -o nospace 2>/dev/null; fi
  return 0
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
    set -l unfinished (commandline -ct)
    regatta complete -- $words[2..-1] "$unfinished" 2>/dev/null
end
complete -c regatta -f -a '(__regatta_complete)'
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
