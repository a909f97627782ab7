// Runs the table of docs/identity.md: each situation against the real stores, dispatch and the taking of reports.
import { generateKeyPairSync } from 'node:crypto'
import t, { type Test } from 'tap'
import { dispatch } from '../../../bastion/boot/dispatch.ts'
import { findIdentity } from '../../../bastion/boot/find-identity.ts'
import { takeDiscovery } from '../../../bastion/boot/take-discovery.ts'
import { takeOrderFacts } from '../../../bastion/boot/take-order-facts.ts'
import { IdentityStore } from '../../../bastion/machines/identity-store.ts'
import { uuidv7 } from '../../../bastion/platform/clock.ts'
import { hashSecret } from '../../../bastion/platform/secret.ts'
import { startInnerBastion, type InnerBastion } from '../../lib/inner-bastion.ts'
import { factsOf, situations, type Situation } from './identity-table.ts'

const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }).publicKey

function record({ room }: InnerBastion, { recorded, shared, armed }: Situation): string[] {
  const ids = recorded.map(board => {
    const id = uuidv7(room.clock())
    room.machines.put({ id, uuid: board.uuid, serial: board.serial, macs: board.macs, address: null, facts: factsOf(board), now: room.clock() })
    return id
  })
  for (const value of shared ?? []) room.identities.putShared(value)
  if (armed !== undefined) room.orders.put({ machine: ids[0]!, kind: armed, name: 'worker-1', role: armed === 'install' ? 'worker' : '', os: armed === 'install' ? 'debian-13' : '', wipe: [], accept: [], shown: null })
  return ids
}

/** What the machine was given, by its script. */
function given({ room }: InnerBastion, script: string): { word: Situation['gets'], ticket: string | null } {
  const secret = /\/boot\/([A-Za-z0-9_-]+)\/overlay/.exec(script)?.[1]
  if (secret === undefined) return { word: script.includes('sleep 60') ? 'refused, asked again' : 'refused, local disk', ticket: null }
  const { id, purpose } = room.database.prepare<[Buffer], { id: string, purpose: 'install' | 'rescue' | 'discover' }>('SELECT id, purpose FROM tickets WHERE hash = ?').get(hashSecret(secret))!
  return { word: purpose, ticket: id }
}

/** What became of the report. */
function reported({ room }: InnerBastion, { now }: Situation, ids: readonly string[], id: string): Situation['report'] {
  const ticket = room.tickets.findById(id)!
  const facts = factsOf(now)
  if (ticket.purpose !== 'discover') {
    if (takeOrderFacts(room, ticket, facts, publicKey).kind === 'answer') return 'plan'
    return room.machines.findById(ticket.machine!)!.differs ? 'beside' : 'refused'
  }
  const taken = takeDiscovery(room, ticket, facts, publicKey, '127.0.0.1')
  if ('refusal' in taken) return 'beside'
  return ids.includes(taken.machine) ? 'same' : 'new'
}

async function run(t: Test, bastion: InnerBastion, situation: Situation): Promise<void> {
  const { room } = bastion
  const { now } = situation
  const ids = record(bastion, situation)
  const mac = situation.boots ?? now.macs[0]!
  bastion.lease(situation.leased === false ? [] : [['127.0.0.1', mac]])
  t.equal(findIdentity(room, { macs: [mac], uuid: now.uuid, serial: now.serial }).kind, situation.is)
  const before = ids.map(id => JSON.stringify(room.machines.findById(id)!.facts))
  const { script } = dispatch(room, { mac, uuid: now.uuid, serial: now.serial, manufacturer: 'Test', product: 'Board', architecture: situation.architecture ?? 'x86_64', firmware: now.firmware ?? 'bios', address: '127.0.0.1' })
  const { word, ticket } = given(bastion, script)
  t.equal(word, situation.gets, script)
  t.equal(ticket === null ? undefined : reported(bastion, situation, ids, ticket), situation.report)
  t.same(ids.map(id => JSON.stringify(room.machines.findById(id)!.facts)), before, 'what is recorded stays as it is')
  t.equal(ids.filter(id => room.timeline.countAlarms(id) > 0).length, situation.alarms, 'alarms')
}

const titles = new Set(situations.map(({ title }) => title))
t.equal(titles.size, situations.length, 'every situation has a title of its own')

const bastion = await startInnerBastion(t, true)

/** As if it had just been set up. */
function forgetAll({ room }: InnerBastion): void {
  for (const table of ['machines', 'shared_identities', 'limbo_claims', 'tickets', 'timeline']) room.database.exec(`DELETE FROM ${table}`)
  room.identities = new IdentityStore(room.database, room.clock)
}

for (const situation of situations) {
  t.test(`${situation.title}: ${situation.is}, ${situation.gets}`, async t => {
    forgetAll(bastion)
    await run(t, bastion, situation)
  })
}
