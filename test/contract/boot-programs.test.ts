// Contract: every boot program that dnsmasq advertises to any kind of firmware is really served, byte for byte.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { pino } from 'pino'
import { startDhcp, bootProgramFolder, type Dhcp } from '../../bastion/dhcp/start-dhcp.ts'
import { Events, type BastionEvent } from '../../bastion/platform/events.ts'
import { bootPrograms } from '../../ipxe/boot-programs.ts'
import { leaseAddress } from '../lib/lease-address.ts'
import { ownNetwork, plugMachine, type CableEnd } from '../lib/own-network.ts'
import { dhcpConfig } from '../lib/dhcp-config.ts'

await ownNetwork(import.meta.url)
const bootUrl = 'http://10.77.0.1:8080'
const stateDirectory = mkdtempSync(join(tmpdir(), 'labctl-dhcp-'))
const heard: BastionEvent[] = []
let machine: CableEnd
let dhcp: Dhcp
t.before(async () => {
  machine = await plugMachine('boot0', '10.77.0.1/24')
  const events = new Events(error => { throw error })
  events.subscribe(event => { heard.push(event) })
  dhcp = await startDhcp({ config: dhcpConfig(), stateDirectory, bootUrl, events, journal: pino({ level: 'silent' }), probeMs: 300 })
})
t.teardown(async () => {
  await dhcp?.stop(2000)
  await machine?.end()
  rmSync(stateDirectory, { recursive: true })
})

const architectures = bootPrograms.flatMap(program => program.asked.map(architecture => ({ program, architecture })))
architectures.forEach(({ program, architecture }, index) => {
  const mac = `52:54:00:00:00:${(index + 16).toString(16)}`
  t.test(`architecture ${architecture} (${program.tag}) is given a boot program that is served, or none`, async t => {
    const vendorClass = `${program.loadedBy === 'http' ? 'HTTPClient' : 'PXEClient'}:Arch:${String(architecture).padStart(5, '0')}:UNDI:003001`
    const reply = await leaseAddress(machine, { mac, architecture, vendorClass })
    t.ok(reply, 'an address is leased')
    const there = readdirSync(bootProgramFolder(stateDirectory)).includes(program.file)
    t.equal(program.required ? there : true, true, 'what is required is there')
    if (!there) {
      t.equal(reply!.file, '')
      return
    }
    if (program.loadedBy === 'http') {
      t.equal(reply!.file, `${bootUrl}/ipxe/${program.file}`)
      t.equal(reply!.options.get(60)?.toString(), 'HTTPClient', 'option 60 comes back, or the firmware ignores the offer')
      t.ok(dhcp.httpPaths.includes(`/ipxe/${program.file}`))
      return
    }
    t.equal(reply!.file, program.file)
    t.equal(reply!.nextServer, '10.77.0.1')
    await machine.run('ip', 'address', 'add', `${reply!.yourAddress}/24`, 'dev', machine.interface)
    const copy = join(stateDirectory, 'fetched')
    await machine.run('curl', '--silent', '--show-error', '--fail', '--max-time', '20', '--output', copy, `tftp://${reply!.nextServer}/${reply!.file}`)
    t.ok(readFileSync(copy).equals(readFileSync(program.sources[0]!)), 'what was fetched over TFTP is what the package holds')
    await machine.run('ip', 'address', 'flush', 'dev', machine.interface)
  })
})

t.test('iPXE is given the first script, whatever firmware it was loaded by', async t => {
  for (const architecture of [0, 7, 16, 11]) {
    const reply = await leaseAddress(machine, { mac: '52:54:00:00:00:01', architecture, userClass: 'iPXE', ipxe: true, vendorClass: 'PXEClient:Arch:00007' })
    t.equal(reply?.file, `${bootUrl}/boot.ipxe`)
  }
})

t.test('an operating system is given an address and the options configured, and no other', async t => {
  const reply = await leaseAddress(machine, { mac: '52:54:00:00:00:02', vendorClass: 'systemd' })
  t.ok(dhcp.leases.holds(reply!.yourAddress, ['52:54:00:00:00:02'], Date.now()), 'the lease is known when the answer arrives')
  t.strictSame(dhcp.leases.addressesOf('52:54:00:00:00:02'), [reply!.yourAddress])
  t.notOk(reply!.options.has(3), 'no router: none is configured')
  t.notOk(reply!.options.has(6), 'no DNS server')
  t.equal(reply!.file, '')
})

t.test('nothing but boot programs is served over TFTP', async t => {
  await machine.run('ip', 'address', 'add', '10.77.0.200/24', 'dev', machine.interface)
  for (const path of ['../dnsmasq.conf', '/etc/hostname', 'dnsmasq.leases', '//../../etc/passwd']) {
    await t.rejects(machine.run('curl', '--silent', '--show-error', '--max-time', '10', '--path-as-is', `tftp://10.77.0.1/${path}`), /TFTP|not found|failed/i, path)
  }
})

t.test('what machines asked and fetched is told as events', async t => {
  const told = heard.filter(event => event.kind === 'dhcp' && event.mac === '52:54:00:00:00:10').map(event => event.kind === 'dhcp' ? event.what : '')
  t.strictSame(told, ['discover', 'offer', 'request', 'ack', 'boot-file'])
  t.match(heard.find(event => event.kind === 'dhcp' && event.what === 'discover'), { text: 'DHCP discover from PXEClient:Arch:00000:UNDI:003001' })
  t.match(heard.find(event => event.kind === 'tftp'), { mac: '52:54:00:00:00:10', file: 'undionly.kpxe', text: 'fetched undionly.kpxe over TFTP' })
  t.match(heard.findLast(event => event.kind === 'tftp'), { text: /^TFTP failed for .*: there is no such file$/ })
})
