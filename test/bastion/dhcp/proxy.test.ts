// Beside a foreign DHCP server: a second dnsmasq plays the network's own, and firmware gets its address there and its boot program from us.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { pino } from 'pino'
import { startDhcp, type Dhcp } from '../../../bastion/dhcp/start-dhcp.ts'
import { watchForeignDhcp } from '../../../bastion/dhcp/watch-foreign-dhcp.ts'
import { Events, type BastionEvent } from '../../../bastion/platform/events.ts'
import { dhcpConfig } from '../../lib/dhcp-config.ts'
import { makeBridge, plugInto, startLanServer } from '../../lib/lan.ts'
import { askBootServer, leaseAddress, offersTo, type Asker } from '../../lib/lease-address.ts'
import { ownNetwork, type CableEnd } from '../../lib/own-network.ts'

await ownNetwork(import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'labctl-proxy-'))
const bootUrl = 'http://10.77.0.1:8080'
const lanOptions = ['dhcp-range=10.77.0.100,10.77.0.199,1h', `dhcp-leasefile=${join(folder, 'lan.leases')}`]
const config = dhcpConfig({ mode: 'proxy', rangeStart: null, rangeEnd: null, routerAdvertisements: true })
const heard: BastionEvent[] = []
let lan: CableEnd
let machine: CableEnd
let stopLan: () => Promise<void>
let dhcp: Dhcp

async function start(told: string[] = []): Promise<Dhcp> {
  const events = new Events(error => { throw error })
  events.subscribe(event => { heard.push(event) })
  const journal = pino({ level: 'info' }, { write: line => { told.push(line) } })
  return startDhcp({ config, stateDirectory: join(folder, 'state'), bootUrl, events, journal, probeMs: 1500 })
}

t.before(async () => {
  await makeBridge('boot0', '10.77.0.1/24')
  lan = await plugInto('boot0', 'lan')
  machine = await plugInto('boot0', 'machine')
  await lan.run('ip', 'address', 'add', '10.77.0.2/24', 'dev', 'eth0')
  stopLan = await startLanServer(lan, lanOptions)
  dhcp = await start()
})
t.teardown(async () => {
  await dhcp?.stop(2000)
  await stopLan?.()
  await machine?.end()
  await lan?.end()
  rmSync(folder, { recursive: true })
})

const firmware: { name: string, asker: Asker, file: string }[] = [
  { name: 'BIOS', asker: { mac: '52:54:00:00:00:10', architecture: 0, vendorClass: 'PXEClient:Arch:00000:UNDI:002001' }, file: 'undionly.kpxe' },
  { name: 'UEFI', asker: { mac: '52:54:00:00:00:11', architecture: 7, vendorClass: 'PXEClient:Arch:00007:UNDI:003016' }, file: 'snponly.efi' },
  { name: 'UEFI that calls itself 9', asker: { mac: '52:54:00:00:00:12', architecture: 9, vendorClass: 'PXEClient:Arch:00009:UNDI:003016' }, file: 'snponly.efi' },
]
for (const { name, asker, file } of firmware) {
  t.test(`${name}: the address comes from the network’s server, the boot program from the bastion, on port 4011`, async t => {
    const offers = await offersTo(machine, asker)
    const address = offers.find(offer => offer.sourceAddress === '10.77.0.2')
    t.match(address, { yourAddress: /^10\.77\.0\.1\d\d$/, file: '' })
    const boot = offers.find(offer => offer.sourceAddress === '10.77.0.1')
    t.match(boot, { yourAddress: '0.0.0.0' }, 'the bastion offers no address')
    t.equal(boot?.options.get(60)?.toString(), 'PXEClient', 'which makes it a proxy offer to the firmware')
    const acknowledged = await leaseAddress(machine, asker)
    t.equal(acknowledged?.sourceAddress, '10.77.0.2')
    await machine.run('ip', 'address', 'add', `${acknowledged!.yourAddress}/24`, 'dev', 'eth0')
    const told = await askBootServer(machine, asker, acknowledged!.yourAddress, boot!)
    t.match(told, { file, nextServer: '10.77.0.1' })
    await machine.run('curl', '--silent', '--show-error', '--fail', '--max-time', '20', '--output', join(folder, file), `tftp://${told!.nextServer}/${told!.file}`)
    await machine.run('ip', 'address', 'flush', 'dev', 'eth0')
  })
}

t.test('UEFI HTTP boot: the offer itself has the URL, and gives HTTPClient back', async t => {
  const offers = await offersTo(machine, { mac: '52:54:00:00:00:13', architecture: 16, vendorClass: 'HTTPClient:Arch:00016:UNDI:003001' })
  const boot = offers.find(offer => offer.sourceAddress === '10.77.0.1')
  t.match(boot, { yourAddress: '0.0.0.0', file: `${bootUrl}/ipxe/ipxe.efi` })
  t.equal(boot?.options.get(60)?.toString(), 'HTTPClient')
  t.ok(dhcp.httpPaths.includes('/ipxe/ipxe.efi'))
})

for (const architecture of [0, 7, 11]) {
  t.test(`iPXE on architecture ${architecture} is told the first script, at once and on port 4011`, async t => {
    const asker = { mac: `52:54:00:00:00:2${architecture % 10}`, architecture, vendorClass: `PXEClient:Arch:000${String(architecture).padStart(2, '0')}:UNDI:003001`, userClass: 'iPXE', ipxe: true }
    const boot = (await offersTo(machine, asker)).find(offer => offer.sourceAddress === '10.77.0.1')
    t.equal(boot?.file, `${bootUrl}/boot.ipxe`)
    const acknowledged = await leaseAddress(machine, asker)
    await machine.run('ip', 'address', 'add', `${acknowledged!.yourAddress}/24`, 'dev', 'eth0')
    const told = await askBootServer(machine, asker, acknowledged!.yourAddress, boot!)
    t.ok(told === null ? architecture !== 0 : told.file === `${bootUrl}/boot.ipxe`, JSON.stringify(told?.file))
    await machine.run('ip', 'address', 'flush', 'dev', 'eth0')
  })
}

t.test('an operating system hears nothing of the bastion', async t => {
  t.strictSame((await offersTo(machine, { mac: '52:54:00:00:00:30' })).map(offer => offer.sourceAddress), ['10.77.0.2'])
})

t.test('no lease is the bastion’s, and the network is described', async t => {
  t.equal(dhcp.leases.owned, false)
  t.match(dhcp.network(), /^Addresses on boot0 come from 10\.77\.0\.2 \(MAC [0-9a-f:]{17}, offered 10\.77\.0\.\d+\)\.$/)
})

t.test('what machines asked and were told is told as events, with the MAC of what was fetched', async t => {
  const told = heard.flatMap(event => event.kind === 'dhcp' && event.mac === '52:54:00:00:00:10' ? [event.text] : [])
  t.ok(told.includes('DHCP proxy offer to PXEClient:Arch:00000:UNDI:002001'), told.join('; '))
  t.ok(told.includes('is told to boot undionly.kpxe'))
  t.match(heard.find(event => event.kind === 'tftp'), { mac: /^[0-9a-f:]{17}$/, file: 'undionly.kpxe' })
})

t.test('a DHCP server that comes later is seen', async t => {
  await stopLan()
  const told: string[] = []
  const watch = await watchForeignDhcp({ mode: 'proxy', interfaceName: 'boot0', allowed: false, journal: pino({ level: 'info' }, { write: line => { told.push(line) } }), probeMs: 600, againMs: 100 })
  t.teardown(() => { watch.stop() })
  t.match(watch.say(), /No DHCP server answers on boot0/)
  stopLan = await startLanServer(lan, lanOptions)
  for (let tries = 0; tries < 200 && !watch.say().startsWith('Addresses'); tries++) await sleep(100)
  t.match(watch.say(), /^Addresses on boot0 come from 10\.77\.0\.2/)
  t.equal(told.filter(line => line.includes('No DHCP server')).length, 1, 'the same thing is said once')
})

t.test('without a DHCP server the bastion starts and warns; with a second boot server it says so', async t => {
  await dhcp.stop(2000)
  await stopLan()
  const alone: string[] = []
  dhcp = await start(alone)
  t.match(dhcp.network(), /No DHCP server answers on boot0/)
  t.match(alone.find(line => line.includes('No DHCP server answers')), /"level":40/)
  await dhcp.stop(2000)
  stopLan = await startLanServer(lan, ['dhcp-range=10.77.0.0,proxy,255.255.255.0', 'pxe-service=x86PC,other,other.kpxe', 'dhcp-match=set:ipxe,175', 'dhcp-boot=tag:ipxe,http://10.77.0.2:8080/boot.ipxe'])
  dhcp = await start()
  t.match(dhcp.network(), /Somebody else tells machines what to boot: 10\.77\.0\.2 \(MAC [0-9a-f:]{17}, leases nothing, boots "http:\/\/10\.77\.0\.2:8080\/boot\.ipxe"\)/)
})
