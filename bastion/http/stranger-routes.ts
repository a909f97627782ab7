import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { StrangerSchema, TimelineEntrySchema, type Stranger, type TimelineEntry } from '../../protocol/machines.ts'
import { parseMac } from '../../protocol/names.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { findVerdictOfMac } from '../boot/silence/find-verdict.ts'
import { StrangerStore } from '../machines/stranger-store.ts'
import { BastionError } from '../platform/bastion-error.ts'

const read = { permission: 'machines:read' } as const
const dayMs = 86_400_000
const mostListed = 200
const params = Type.Object({ mac: Type.String({ minLength: 1, maxLength: 64, description: 'The MAC that it boots with' }) })

/** MACs that network-boot here and did not get as far as being a machine, for operators. */
export function strangerRoutes(app: FastifyInstance, room: BootRoom): void {
  const store = new StrangerStore(room.database)
  const view = (mac: string, lastSeenAt: number, history: readonly TimelineEntry[]): Stranger => {
    const last = history.at(-1)
    return { mac, address: addressIn(history), lastSeenAt, phase: last?.phase ?? '', text: last?.text ?? '', verdict: findVerdictOfMac(room, mac, history) }
  }

  app.get('/api/strangers', { config: read, schema: { summary: 'MACs seen within a day that network-boot and are no machine yet', response: { 200: Type.Object({ strangers: Type.Array(StrangerSchema) }) } } },
    () => ({ strangers: store.list(room.clock() - dayMs, mostListed).map(({ mac, lastSeenAt }) => view(mac, lastSeenAt, store.history(mac, 60))) }))

  app.get<{ Params: { mac: string } }>('/api/strangers/:mac', { config: read, schema: { summary: 'What was seen of one', params, response: { 200: Type.Object({ stranger: StrangerSchema, timeline: Type.Array(TimelineEntrySchema) }) } } }, request => {
    const mac = parseMac(request.params.mac)
    const timeline = mac === null ? [] : store.history(mac, 200)
    if (mac === null || timeline.length === 0) throw new BastionError('BST_NOT_FOUND', `Nothing was seen of ${JSON.stringify(request.params.mac)} that is no machine’s; wanted is a MAC.`, { nextStep: 'labctl provision list shows all machines and strangers.' })
    return { stranger: view(mac, timeline.at(-1)!.at, timeline), timeline }
  })
}

/** The newest address that dnsmasq's lines name for it. */
function addressIn(history: readonly TimelineEntry[]): string | null {
  return history.filter(entry => entry.phase === 'dhcp').map(entry => /^DHCP ack (\d+\.\d+\.\d+\.\d+)/.exec(entry.text)?.[1]).findLast(found => found !== undefined) ?? null
}
