// Decides whether commands that an operator adds to a kickstart may be added, for whoever gives them: by their own grammar, so that no installer is the first to complain.
import { kickstartGrammars, whyNotTaken, type KickstartGrammar } from './kickstart-grammars.ts'
import { parseKickstartLine } from './parse-kickstart-line.ts'

/** Units without which a machine does not come back, or has not what machines from an image have. */
const ours = ['sshd', 'chronyd', 'iscsid', 'NetworkManager', 'labctl-first-boot', 'dbus', 'dbus-broker']

/** What is wrong, each with its place, as in `0: ...`; empty when there is nothing. */
export function judgeKickstartLines(lines: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return lines.flatMap((text, index) => {
    const got = JSON.stringify(text.slice(0, 200))
    const line = parseKickstartLine(text)
    if ('mistake' in line) return [`${index}: got ${JSON.stringify(text.trim().split(/[^\w-]/)[0]!.slice(0, 40))} …, and ${line.mistake}; wanted is one command with its options`]
    const grammar = Object.hasOwn(kickstartGrammars, line.command) ? kickstartGrammars[line.command]! : null
    // Without the rest: what is not taken may hold a secret.
    if (grammar === null) return [`${index}: got ${JSON.stringify(line.command.slice(0, 40))}; ${whyNotTaken(line.command)}`]
    const before = seen.get(line.command)
    seen.set(line.command, index)
    if (before !== undefined) return [`${index}: got ${got}, and ${line.command} is given already, as ${before}; wanted is one of each`]
    return judgeWords(line.words, grammar).map(mistake => `${index}: got ${got}, and ${mistake}; wanted is ${grammar.wanted}`)
  })
}

function judgeWords(words: readonly string[], { flags = [], values = {}, repeated = [], choose, some, positional }: KickstartGrammar): string[] {
  const options = words.filter(word => word.startsWith('-')).map(word => ({ word, name: word.split('=')[0]!, value: word.includes('=') ? word.slice(word.indexOf('=') + 1) : null }))
  const plain = words.filter(word => !word.startsWith('-'))
  const chosen = options.filter(({ word }) => choose?.of.includes(word) === true)
  const known = ({ word, name, value }: typeof options[number]) => flags.includes(word) || choose?.of.includes(word) === true || (value !== null && Object.hasOwn(values, name))
  return [
    ...options.filter(option => !known(option)).map(({ word }) => `${JSON.stringify(word)} is not one of its options`),
    ...options.filter(option => known(option) && option.value !== null && !values[option.name]!.test(option.value)).map(({ name, value }) => `${name} can’t be ${JSON.stringify(value)}`),
    ...options.filter(({ name }, index) => !repeated.includes(name) && options.findIndex(other => other.name === name) < index).map(({ name }) => `${name} is there twice`),
    ...choose !== undefined && (chosen.length > 1 || chosen.length < choose.least) ? [`exactly one of ${choose.of.join(', ')} has to be there`] : [],
    ...some !== undefined && !options.some(({ name }) => some.includes(name)) ? [`one of ${some.join(', ')} has to be there`] : [],
    ...positional === undefined ? plain.map(word => `${JSON.stringify(word)} is not an option`) : judgePlain(plain, positional),
    ...options.filter(({ name }) => name === '--disabled').flatMap(({ value }) => ours.filter(unit => (value ?? '').split(',').some(named => named === unit || named === `${unit}.service`))).map(unit => `${unit} has to run`),
  ]
}

function judgePlain(plain: readonly string[], { first, rest, least }: NonNullable<KickstartGrammar['positional']>): string[] {
  if (plain.length < least) return ['words are missing']
  return plain.filter((word, index) => !(index === 0 ? first : rest).test(word)).map(word => `${JSON.stringify(word)} is not a word that it takes`)
}
