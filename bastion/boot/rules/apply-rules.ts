// Rules that arm an install by themselves: looked at once, when a machine is discovered for the first time. Explaining asks the same questions and changes nothing.
import type { RuleExplanation, Rules } from '../../../protocol/rules.ts'
import type { Machine } from '../../machines/machine-store.ts'
import { BastionError } from '../../platform/bastion-error.ts'
import type { Rule } from '../../platform/rule-schema.ts'
import { taggedMachines } from '../../volumes/choose-ours.ts'
import { nameOf, diskContents } from '../../volumes/judge-contents.ts'
import { armInstall, refusalsToInstall } from '../arm-order.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { takenBy } from '../name-taken.ts'
import { describeMatch, judgeMatch } from './judge-match.ts'
import { judgeRuleUse, type RuleSituation } from './judge-rule-use.ts'
import { planName } from './plan-name.ts'
import { RuleStore } from './rule-store.ts'

const hourMs = 3_600_000
/** A pattern's numbers go on beyond what the rule may arm: names of other machines are skipped. */
const mostNumber = 100_000

/** Arms the machine, which was just discovered, by the first rule that fits it; or says on its timeline why not. Within the caller's transaction. */
export function applyRules(room: BootRoom, machine: Machine): void {
  const { rules } = room.config
  if (!rules.enabled || rules.list.length === 0) return
  const { rule, name, because } = explainRules(room, machine, true)
  const tell = (text: string) => { room.timeline.put({ machine: machine.id, mac: null, phase: 'operator', evidence: 'bastion', text }) }
  const chosen = rules.list.find(each => each.name === rule)
  if (chosen === undefined) return tell(`No rule fits: labctl provision rules --explain ${labelOf(machine)}`)
  if (name === null || because.length > 0) return tell(`The rule ${chosen.name} fits, and arms nothing: ${because.join(' ')}`)
  try {
    const order = armInstall(room, machine, requestOf(room, chosen, machine, name), `The rule ${chosen.name}`)
    new RuleStore(room.database, room.clock).put({ rule: chosen.name, machine: machine.id, order: order.id, name })
  } catch (error) {
    if (!(error instanceof BastionError && error.code === 'BST_REFUSED')) throw error
    tell(`The rule ${chosen.name} fits, and arms nothing: ${error.message}`)
  }
}

/** Which rules a machine fits, and why it is armed by the first of them or not. */
export function explainRules(room: BootRoom, machine: Machine, isNew: boolean): RuleExplanation {
  const judged = room.config.rules.list.map(rule => {
    const conditions = judgeMatch(rule.match, machine)
    return { rule, name: rule.name, conditions, fits: conditions.length > 0 && conditions.every(({ fits }) => fits) }
  })
  const rule = judged.find(({ fits }) => fits)?.rule ?? null
  const store = new RuleStore(room.database, room.clock)
  const told = { machine: labelOf(machine), armed: store.findByMachine(machine.id), rules: judged.map(({ rule: _rule, ...rest }) => rest), rule: rule?.name ?? null }
  if (rule === null) return { ...told, name: null, order: null, because: [judged.length === 0 ? 'There are no rules: rules.list in bastion.yaml is empty.' : 'No rule fits.'] }
  const role = rule.role ?? room.config.install.role
  const because = judgeRuleUse(rule, role, situationOf(room, machine, rule, isNew))
  // Looking each number up by itself would take a second where there are thousands.
  const names = store.listNames()
  const taken = (name: string) => !names.has(name) ? null : rule.machineName.includes('{n}') ? 'somebody’s' : takenBy(room, machine, name)
  const named = machine.name === null ? planName(rule.machineName, { serial: machine.serial, mac: machine.macs[0] ?? '' }, mostNumber, taken) : { name: machine.name }
  const name = 'name' in named ? named.name : null
  const planned = name === null || because.length > 0 ? [] : refusalsToInstall(room, machine, requestOf(room, rule, machine, name)).map(refusal => refusal.because)
  return { ...told, name, order: name === null ? null : `install ${rule.os ?? room.config.os.default} as ${name}, role ${role}`, because: [...because, ...'because' in named ? [named.because] : [], ...planned] }
}

/** All rules, with what they have armed. */
export function listRules(room: BootRoom): Rules {
  const { config } = room
  const store = new RuleStore(room.database, room.clock)
  return {
    enabled: config.rules.enabled, perHour: config.rules.perHour, armedInHour: store.countWithin(hourMs),
    rules: config.rules.list.map(rule => ({
      name: rule.name, wants: describeMatch(rule.match), role: rule.role ?? config.install.role, os: rule.os ?? config.os.default, machineName: rule.machineName,
      foreignData: rule.foreignData, most: rule.most, armed: store.countOf(rule.name), lastArmed: store.findLast(rule.name),
    })),
  }
}

function situationOf(room: BootRoom, machine: Machine, rule: Rule, isNew: boolean): RuleSituation {
  const { facts } = machine
  const store = new RuleStore(room.database, room.clock)
  return {
    enabled: room.config.rules.enabled, isNew, architecture: facts.architecture, installed: machine.state !== 'discovered',
    ordered: room.orders.findLatest(machine.id) !== null || room.advance.listByMachine(machine.id).length > 0,
    alarms: room.timeline.countAlarms(machine.id), unclear: machine.differs || room.identities.listClaims(machine.id).length > 0, role: machine.role,
    ours: taggedMachines(facts).length > 0 || room.records.find(machine.id) !== null,
    contents: facts.disks.flatMap(disk => diskContents(disk, facts).map(what => `${nameOf(disk)}: ${what}`)),
    armedByRule: store.countOf(rule.name), armedInHour: store.countWithin(hourMs), perHour: room.config.rules.perHour,
  }
}

function requestOf(room: BootRoom, rule: Rule, machine: Machine, name: string): Parameters<typeof armInstall>[2] {
  const { facts } = machine
  const wipe = rule.foreignData === 'destroy' ? facts.disks.filter(disk => !disk.removable && diskContents(disk, facts).length > 0).map(nameOf) : []
  return { machine: machine.id, name, role: rule.role ?? room.config.install.role, os: rule.os ?? room.config.os.default, wipe }
}
