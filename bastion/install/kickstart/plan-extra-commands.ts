// What a kickstart says of firewall, SELinux and services, and whatever else an operator adds: his word in place of ours, his services beside ours.
import { kickstartGrammars } from '../../platform/kickstart-grammars.ts'
import { parseKickstartLine, type KickstartLine } from '../../platform/parse-kickstart-line.ts'

/** As on machines that are installed from an image: nothing is kept out, and what containers and network volumes need runs. */
const ours: readonly KickstartLine[] = [
  { command: 'selinux', words: ['--enforcing'] },
  { command: 'firewall', words: ['--disabled'] },
  { command: 'services', words: ['--enabled=sshd,chronyd,iscsid'] },
]

/** The commands, for lines that were judged. */
export function planExtraCommands(lines: readonly string[]): KickstartLine[] {
  const given = lines.map(parseKickstartLine).filter((line): line is KickstartLine => !('mistake' in line))
  const named = (command: string) => given.find(line => line.command === command)
  return [
    ...ours.map(line => line.command === 'services' ? withServices(line, named('services')) : named(line.command) ?? line),
    ...given.filter(({ command }) => !ours.some(line => line.command === command)),
  ]
}

// A second line would take the place of the first (pykickstart, commands/services.py).
function withServices(our: KickstartLine, given: KickstartLine | undefined): KickstartLine {
  const units = (name: string, line: KickstartLine | undefined) => line?.words.filter(word => word.startsWith(`${name}=`)).flatMap(word => word.slice(name.length + 1).split(',')) ?? []
  const disabled = units('--disabled', given)
  const enabled = [...new Set([...units('--enabled', our), ...units('--enabled', given)])]
  return { command: 'services', words: [...disabled.length === 0 ? [] : [`--disabled=${disabled.join(',')}`], `--enabled=${enabled.join(',')}`] }
}

/** Those of the lines that this version of Kickstart does not know. */
export function unknownCommands(lines: readonly string[], version: string): string[] {
  return lines.map(parseKickstartLine).flatMap(line => 'mistake' in line || kickstartGrammars[line.command]?.versions?.test(version) !== false ? [] : [line.command])
}
