// Machines in another network, behind a router whose dnsmasq relays their DHCP: addresses, boot programs, reservations.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { pino } from 'pino'
import { addressText } from '../../../bastion/dhcp/parse-dhcp-frame.ts'
import { startDhcp, type Dhcp } from '../../../bastion/dhcp/start-dhcp.ts'
import { Events, type BastionEvent } from '../../../bastion/platform/events.ts'
import { dhcpConfig } from '../../lib/dhcp-config.ts'
import { makeBridge, plugInto, startLanServer } from '../../lib/lan.ts'
import { leaseAddress } from '../../lib/lease-address.ts'
import { ownNetwork, plugMachine, run, type CableEnd } from '../../lib/own-network.ts'

await ownNetwork(import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'labctl-relay-'))
const bootUrl = 'http://10.77.0.1:8080'
const reserved = { near: '52:54:00:00:00:71', far: '52:54:00:00:00:72' }
const config = dhcpConfig({
  router: '10.77.0.254', dns: ['10.77.0.1'],
  subnets: [{ network: '10.78.0.0', netmask: '255.255.255.0', rangeStart: '10.78.0.50', rangeEnd: '10.78.0.90', router: '10.78.0.1', dns: [] }],
  reservations: [{ mac: reserved.near.toUpperCase(), address: '10.77.0.7' }, { mac: reserved.far, address: '10.78.0.60' }],
})
const heard: BastionEvent[] = []
let router: CableEnd
let near: CableEnd
let far: CableEnd
let stopRelay: () => Promise<void>
let dhcp: Dhcp
t.before(async () => {
  await makeBridge('boot0', '10.77.0.1/24')
  router = await plugInto('boot0', 'router')
  near = await plugInto('boot0', 'near')
  far = await plugMachine('far0', null)
  await run('ip', 'link', 'set', 'far0', 'netns', router.enter[3]!)
  await router.run('ip', 'address', 'add', '10.77.0.254/24', 'dev', 'eth0')
  await router.run('ip', 'address', 'add', '10.78.0.1/24', 'dev', 'far0')
  await router.run('ip', 'link', 'set', 'far0', 'up')
  await router.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
  await run('ip', 'route', 'add', '10.78.0.0/24', 'via', '10.77.0.254')
  stopRelay = await startLanServer(router, ['interface=far0', 'dhcp-relay=10.78.0.1,10.77.0.1'])
  const events = new Events(error => { throw error })
  events.subscribe(event => { heard.push(event) })
  dhcp = await startDhcp({ config, stateDirectory: join(folder, 'state'), bootUrl, events, journal: pino({ level: 'silent' }), probeMs: 300 })
})
t.teardown(async () => {
  await dhcp?.stop(2000)
  await stopRelay?.()
  await router?.run('ip', 'link', 'set', 'far0', 'netns', String(process.pid))
  for (const machine of [far, near, router]) await machine?.end()
  rmSync(folder, { recursive: true })
})

const asker = (mac: string, architecture: number) => ({ mac, architecture, vendorClass: `PXEClient:Arch:000${String(architecture).padStart(2, '0')}:UNDI:003001` })

for (const [name, architecture, file] of [['BIOS', 0, 'undionly.kpxe'], ['UEFI', 7, 'snponly.efi']] as const) {
  t.test(`${name} behind a relay gets an address of its network, its router and a boot program that it can fetch`, async t => {
    const reply = await leaseAddress(far, asker(`52:54:00:00:00:4${architecture}`, architecture))
    t.match(reply, { yourAddress: /^10\.78\.0\.[5-9]\d$/, file, nextServer: '10.77.0.1' })
    t.equal(addressText(reply!.options.get(1)), '255.255.255.0')
    t.equal(addressText(reply!.options.get(3)), '10.78.0.1')
    t.notOk(reply!.options.has(6), 'the near network’s DNS server is not given here')
    t.ok(dhcp.leases.holds(reply!.yourAddress, [`52:54:00:00:00:4${architecture}`], Date.now()))
    await far.run('ip', 'address', 'add', `${reply!.yourAddress}/24`, 'dev', 'eth0')
    await far.run('ip', 'route', 'add', 'default', 'via', '10.78.0.1')
    await far.run('curl', '--silent', '--show-error', '--fail', '--max-time', '20', '--output', join(folder, file), `tftp://${reply!.nextServer}/${file}`)
    t.ok(readFileSync(join(folder, file)).equals(readFileSync(`/usr/lib/ipxe/${file}`)))
    await far.run('ip', 'address', 'flush', 'dev', 'eth0')
    t.match(heard.findLast(event => event.kind === 'tftp'), { mac: `52:54:00:00:00:4${architecture}`, file })
  })
}

t.test('iPXE behind a relay gets the first script, HTTP boot its URL', async t => {
  t.equal((await leaseAddress(far, { ...asker('52:54:00:00:00:48', 7), ipxe: true, userClass: 'iPXE' }))?.file, `${bootUrl}/boot.ipxe`)
  const http = await leaseAddress(far, { mac: '52:54:00:00:00:49', architecture: 16, vendorClass: 'HTTPClient:Arch:00016:UNDI:003001' })
  t.equal(http?.file, `${bootUrl}/ipxe/ipxe.efi`)
  t.equal(http?.options.get(60)?.toString(), 'HTTPClient')
})

t.test('machines of the bastion’s own network are leased there', async t => {
  const reply = await leaseAddress(near, asker('52:54:00:00:00:50', 0))
  t.match(reply, { yourAddress: /^10\.77\.0\.[5-9]\d$/, file: 'undionly.kpxe' })
  t.equal(addressText(reply!.options.get(3)), '10.77.0.254')
  t.equal(addressText(reply!.options.get(6)), '10.77.0.1')
})

t.test('a reserved address is leased to its machine, in the range or outside, here or behind the relay', async t => {
  t.equal((await leaseAddress(near, asker(reserved.near, 0)))?.yourAddress, '10.77.0.7')
  t.equal((await leaseAddress(far, asker(reserved.far, 7)))?.yourAddress, '10.78.0.60')
  t.ok(dhcp.leases.holds('10.77.0.7', [reserved.near], Date.now()))
  t.match((await leaseAddress(far, asker(reserved.near, 0)))?.yourAddress, /^10\.78\.0\./, 'in a network that it has no reservation in, it is a machine like others')
})

t.test('the relay itself leases nothing', async t => {
  t.equal(existsSync(join(folder, 'lan.leases')), false)
})
