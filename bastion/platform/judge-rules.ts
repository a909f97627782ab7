// Decides whether the rules that arm by themselves make sense, for whoever writes bastion.yaml.
import { isDeepStrictEqual } from 'node:util'
import { judgeLabelKey } from '../../protocol/labels.ts'
import { parseMachineName } from '../../protocol/names.ts'
import type { Config } from './config-schema.ts'
import type { Rule } from './rule-schema.ts'

const placeholders = ['n', 'serial', 'mac']

/** What is wrong with all rules together, each with its place; empty when there is nothing. */
export function judgeRules({ rules, install }: Pick<Config, 'rules' | 'install'>): string[] {
  return rules.list.flatMap((rule, index) => {
    const first = rules.list.findIndex(({ name }) => name === rule.name)
    const mistakes = [
      ...first < index ? [`name: ${rule.name} is the name of rules.list.${first} too`] : [],
      ...judgeMatch(rule.match), ...judgeName(rule), ...judgeOrder(rules.list, index),
      ...rule.role === undefined || install.layouts[rule.role] !== undefined ? [] : [`role: there is no layout for ${rule.role}; there are ${Object.keys(install.layouts).join(', ')}`],
    ]
    return mistakes.map(mistake => `rules.list.${index}.${mistake}`)
  })
}

/** The first rule that fits counts, so one that wants what an earlier one wants never does. */
function judgeOrder(list: readonly Rule[], index: number): string[] {
  const earlier = list.slice(0, index).find(({ match }) => isDeepStrictEqual(match, list[index]!.match))
  return earlier === undefined ? [] : [`match: this is what ${earlier.name} wants too, which comes first: it would never count`]
}

function judgeMatch({ memoryGib, disks, macs, labels, ...rest }: Rule['match']): string[] {
  const range = (where: string, least: number | undefined, most: number | undefined) => least !== undefined && most !== undefined && least > most ? [`match.${where}: at least ${least} and at most ${most} is never so`] : []
  const empty = (where: string, value: object | undefined) => value !== undefined && Object.keys(value).length === 0 ? [`match.${where}: nothing is wanted`] : []
  const nothing = [memoryGib, disks, macs, labels, ...Object.values(rest)].every(value => value === undefined)
  return [
    ...nothing ? ['match: nothing is wanted, so every machine would be installed; if that is meant: macs: [\'*\']'] : [],
    ...empty('memoryGib', memoryGib), ...empty('disks', disks), ...empty('labels', labels),
    ...range('memoryGib', memoryGib?.least, memoryGib?.most), ...range('disks', disks?.least, disks?.most), ...range('disks', disks?.leastGib, disks?.mostGib),
    ...(macs ?? []).filter(mac => !/^[0-9a-f:*]{1,17}$/.test(mac)).map(mac => `match.macs: ${JSON.stringify(mac)} fits no MAC address; wanted is one in lower case with colons, as in 52:54:00:*`),
    ...Object.keys(labels ?? {}).map(judgeLabelKey).filter(mistake => mistake !== null).map(mistake => `match.labels: ${mistake}`),
  ]
}

/** The least and the most that the placeholders may become must give machine names: one DNS label. */
function judgeName({ machineName, most }: Rule): string[] {
  const used = [...machineName.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name!)
  const unknown = used.filter(name => !placeholders.includes(name))
  if (unknown.length > 0) return [`machineName: there is no {${unknown[0]}}; there are ${placeholders.map(name => `{${name}}`).join(', ')}`]
  const filled = (n: string, serial: string) => machineName.replaceAll('{n}', n).replaceAll('{serial}', serial).replaceAll('{mac}', '525400000001')
  const wrong = [filled('1', 'a'), filled(String(most), 'a')].find(name => parseMachineName(name) === null)
  if (wrong !== undefined) return [`machineName: ${JSON.stringify(machineName)} gives names such as ${JSON.stringify(wrong)}, and a machine’s name is one DNS label: at most 63 of a-z, 0-9 and inner dashes`]
  return used.length > 0 || most === 1 ? [] : [`machineName: ${JSON.stringify(machineName)} is one name, and the rule may arm ${most} machines; use {n}, {serial} or {mac}, or most: 1`]
}
