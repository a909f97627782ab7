// Completion scripts for shells, from the tree of commands. Only names and options: machines' names are never asked for.
import type { Command } from 'commander'

/** The shells that have a completion. */
export const shells = ['bash', 'zsh', 'fish'] as const
/** The name of a shell that has a completion. */
export type Shell = typeof shells[number]

interface Node { path: string, words: { word: string, about: string }[] }

/** The completion script of a shell. Commands' names and descriptions are ours, and plain. */
export function renderCompletion(shell: Shell, root: Command): string {
  const nodes = walk(root, root.name())
  switch (shell) {
    case 'bash': return renderBash(root.name(), nodes)
    case 'zsh': return `#compdef ${root.name()}\nautoload -U +X bashcompinit && bashcompinit\n${renderBash(root.name(), nodes)}`
    case 'fish': return renderFish(root.name(), nodes)
  }
}

function walk(command: Command, path: string): Node[] {
  const children = command.commands
  const words = [
    ...children.map(child => ({ word: child.name(), about: child.description() })),
    ...command.options.filter(option => !option.hidden && option.long !== undefined && option.long !== null).map(option => ({ word: option.long!, about: option.description })),
    ...command.registeredArguments.flatMap(argument => (argument.argChoices ?? []).map(choice => ({ word: choice, about: argument.description }))),
    { word: '--help', about: 'show help' },
  ]
  return [{ path, words }, ...children.flatMap(child => walk(child, `${path} ${child.name()}`))]
}

function renderBash(program: string, nodes: readonly Node[]): string {
  const cases = nodes.map(node => `    '${node.path}') words='${node.words.map(({ word }) => word).join(' ')}' ;;`).join('\n')
  const paths = nodes.map(node => `'${node.path}'`).join('|')
  return `_${program}() {
  local path='${program}' words='' word at
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    case "$path $word" in
    ${paths}) path="$path $word" ;;
    esac
  done
  case "$path" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _${program} ${program}
`
}

function renderFish(program: string, nodes: readonly Node[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = nodes.flatMap(node => node.words.map(({ word, about }) => {
    const at = `__${program}_at ${quote(node.path)}`
    return word.startsWith('--') ? `complete -c ${program} -n ${quote(at)} -l ${word.slice(2)} -d ${quote(about)}` : `complete -c ${program} -n ${quote(at)} -f -a ${word} -d ${quote(about)}`
  }))
  return `function __${program}_at
  set -l path ${program}
  set -l known ${nodes.map(node => quote(node.path)).join(' ')}
  for word in (commandline -opc)[2..-1]
    if contains -- "$path $word" $known
      set path "$path $word"
    end
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}
`
}
