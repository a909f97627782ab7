// What a real dnsmasq saw of a real client, from its log lines to the verdict about the silence after it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { pino } from 'pino'
import { judgeSilence } from '../../../bastion/boot/silence/judge-silence.ts'
import { startDhcp, type Dhcp } from '../../../bastion/dhcp/start-dhcp.ts'
import { Events, type BastionEvent } from '../../../bastion/platform/events.ts'
import type { TimelineEntry } from '../../../protocol/machines.ts'
import { dhcpConfig } from '../../lib/dhcp-config.ts'
import { leaseAddress } from '../../lib/lease-address.ts'
import { ownNetwork, plugMachine, type CableEnd } from '../../lib/own-network.ts'
import { look, noon } from '../boot/silence/situations.ts'

await ownNetwork(import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'labctl-evidence-'))
const heard: Extract<BastionEvent, { kind: 'dhcp' | 'tftp' }>[] = []
let machine: CableEnd
let dhcp: Dhcp
t.before(async () => {
  machine = await plugMachine('boot0', '10.77.0.1/24')
  const events = new Events(error => { throw error })
  events.subscribe(event => { if (event.kind === 'dhcp' || event.kind === 'tftp') heard.push(event) })
  dhcp = await startDhcp({ config: dhcpConfig(), stateDirectory: folder, bootUrl: 'http://10.77.0.1:8080', events, journal: pino({ level: 'silent' }), probeMs: 100 })
})
t.teardown(async () => {
  await dhcp.stop(2000)
  await machine.end()
  rmSync(folder, { recursive: true })
})

/** What was told of a MAC since the last question, once dnsmasq has said the rest. */
async function told(mac: string): Promise<(typeof heard)> {
  await sleep(300)
  return heard.splice(0).filter(event => event.mac === mac)
}
/** The verdict about a machine of which these events were the last for two minutes. */
function verdictAfter(events: typeof heard): string | undefined {
  const history = events.map((event, id): TimelineEntry => ({ id, at: noon, machine: null, mac: event.mac, phase: event.kind, evidence: `${event.kind}-log`, text: event.text, alarm: false, detail: event.detail }))
  return judgeSilence({ ...look([], 120), history })?.code
}
const firmware = (mac: string, architecture: number) => leaseAddress(machine, { mac, architecture, vendorClass: `PXEClient:Arch:${String(architecture).padStart(5, '0')}:UNDI:003016` })

t.test('each message of a firmware is told with who spoke and its architecture, down to what it is told to boot', async t => {
  await firmware('52:54:00:00:01:07', 7)
  const events = await told('52:54:00:00:01:07')
  t.strictSame(events.map(event => event.detail), ['discover', 'offer', 'request', 'ack', 'boot-file'].map(what => ({ what, client: 'firmware', architecture: 7 })))
  t.match(events.at(-1)?.text, 'is told to boot snponly.efi')
  t.equal(verdictAfter(events), 'leased-no-tftp')
  t.equal(verdictAfter(events.slice(0, 2)), 'offer-ignored')
})

t.test('an architecture that nobody knows is told, and that it is told nothing to boot', async t => {
  await firmware('52:54:00:00:01:1b', 27)
  const events = await told('52:54:00:00:01:1b')
  t.strictSame(events.map(event => event.detail.what), ['discover', 'offer', 'request', 'ack'])
  t.equal(verdictAfter(events), 'architecture-unknown')
})

t.test('iPXE, and a system, are told from a firmware', async t => {
  await leaseAddress(machine, { mac: '52:54:00:00:01:08', architecture: 7, vendorClass: 'PXEClient:Arch:00007:UNDI:003010', userClass: 'iPXE', ipxe: true })
  const ipxe = await told('52:54:00:00:01:08')
  t.same(new Set(ipxe.map(event => event.detail.client)), new Set(['ipxe']))
  t.match(ipxe.at(-1), { text: 'is told to boot http://10.77.0.1:8080/boot.ipxe', detail: { what: 'boot-file' } })
  t.equal(verdictAfter(ipxe), 'ipxe-without-script')
  await leaseAddress(machine, { mac: '52:54:00:00:01:09', vendorClass: 'udhcp 1.37.0' })
  const system = await told('52:54:00:00:01:09')
  t.strictSame(new Set(system.map(event => event.detail.client)), new Set(['system']))
  t.equal(verdictAfter(system), undefined, 'a telephone is no silent machine')
})

t.test('a boot program that was sent, a file that is not here and a transfer that broke off are told apart', async t => {
  const mac = '52:54:00:00:01:0a'
  const lease = await firmware(mac, 7)
  await machine.run('ip', 'address', 'add', `${lease!.yourAddress}/24`, 'dev', machine.interface)
  t.teardown(() => machine.run('ip', 'address', 'del', `${lease!.yourAddress}/24`, 'dev', machine.interface))
  const before = await told(mac)
  await machine.run('curl', '-s', '-o', '/dev/null', 'tftp://10.77.0.1/snponly.efi')
  const sent = await told(mac)
  t.match(sent, [{ kind: 'tftp', detail: { what: 'sent', file: 'snponly.efi' } }])
  t.equal(verdictAfter([...before, ...sent]), 'program-without-ipxe')
  await machine.run('curl', '-s', '-o', '/dev/null', 'tftp://10.77.0.1/pxelinux.0').catch(() => undefined)
  const missing = await told(mac)
  t.match(missing.at(-1), { kind: 'tftp', detail: { what: 'missing', file: 'pxelinux.0' } })
  t.equal(verdictAfter([...before, ...missing]), 'tftp-missing')
})
