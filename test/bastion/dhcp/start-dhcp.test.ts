import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { pino } from 'pino'
import { findBootPrograms } from '../../../bastion/dhcp/find-boot-programs.ts'
import { startDhcp, type DhcpSpec } from '../../../bastion/dhcp/start-dhcp.ts'
import { startDnsmasq } from '../../../bastion/dhcp/start-dnsmasq.ts'
import { Events, type BastionEvent } from '../../../bastion/platform/events.ts'
import { bootPrograms } from '../../../ipxe/boot-programs.ts'
import { dhcpConfig } from '../../lib/dhcp-config.ts'
import { leaseAddress } from '../../lib/lease-address.ts'
import { ownNetwork, plugMachine, run, type CableEnd } from '../../lib/own-network.ts'

await ownNetwork(import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'labctl-dhcp-'))
let machine: CableEnd
t.before(async () => { machine = await plugMachine('boot0', '10.77.0.1/24') })
t.teardown(async () => {
  await machine.end()
  rmSync(folder, { recursive: true })
})

let count = 0
function surroundings(): Omit<DhcpSpec, 'config'> & { heard: BastionEvent[] } {
  const heard: BastionEvent[] = []
  const events = new Events(error => { throw error })
  events.subscribe(event => { heard.push(event) })
  count += 1
  return { stateDirectory: join(folder, `state${count}`), bootUrl: 'http://10.77.0.1:8080', events, journal: pino({ level: 'silent' }), probeMs: 100, heard }
}
const nextChild = (events: Events, state: string) => new Promise<void>(resolve => {
  const end = events.subscribe(event => { if (event.kind === 'child' && event.state === state) { end(); resolve() } })
})
const pidOf = (heard: BastionEvent[]) => Number(heard.map(event => event.kind === 'child' && event.state === 'started' ? /process (\d+)/.exec(event.text)![1] : '').findLast(pid => pid !== ''))

t.test('switched off, nothing runs and nothing is leased', async t => {
  const dhcp = await startDhcp({ config: dhcpConfig({ mode: 'off', interface: null }), ...surroundings() })
  t.equal(dhcp.leases.owned, false)
  t.strictSame(dhcp.status(), { running: false, because: null, restarts: 0 })
  await dhcp.stop(100)
})

t.test('switched off with an interface named, boot programs are served over TFTP and nobody is answered', async t => {
  const dhcp = await startDhcp({ config: dhcpConfig({ mode: 'off' }), ...surroundings() })
  t.teardown(() => dhcp.stop(2000))
  t.equal(dhcp.leases.owned, false)
  t.match(dhcp.status(), { running: true, because: null })
  t.equal(dhcp.network(), null, 'nobody was looked for')
  t.equal(await leaseAddress(machine, { mac: '52:54:00:00:00:31', architecture: 0, vendorClass: 'PXEClient:Arch:00000' }), null)
  await machine.run('ip', 'address', 'add', '10.77.0.200/24', 'dev', machine.interface)
  t.teardown(() => machine.run('ip', 'address', 'flush', 'dev', machine.interface))
  const copy = join(folder, 'fetched')
  await machine.run('curl', '--silent', '--show-error', '--fail', '--max-time', '20', '--output', copy, 'tftp://10.77.0.1/undionly.kpxe')
  t.ok(readFileSync(copy).equals(readFileSync('/usr/lib/ipxe/undionly.kpxe')))
})

t.test('a dnsmasq that is killed is started again, the death shows, and leases go on', async t => {
  const around = surroundings()
  const dhcp = await startDhcp({ config: dhcpConfig(), ...around })
  t.teardown(() => dhcp.stop(2000))
  const first = await leaseAddress(machine, { mac: '52:54:00:00:00:01' })
  const died = nextChild(around.events, 'died')
  const back = nextChild(around.events, 'started')
  process.kill(pidOf(around.heard), 'SIGKILL')
  await died
  t.match(dhcp.status(), { running: false, because: /dnsmasq died: .*SIGKILL/, restarts: 1 })
  await back
  const again = await leaseAddress(machine, { mac: '52:54:00:00:00:01' })
  t.strictSame(dhcp.status(), { running: true, because: null, restarts: 1 })
  t.equal(again?.yourAddress, first?.yourAddress, 'the same address, from the lease file')
  t.ok(dhcp.leases.holds(again!.yourAddress, ['52:54:00:00:00:01'], Date.now()))
})

t.test('leases that are written into memory are on disk when it stops, and there again after a restart of the host', async t => {
  const around = { ...surroundings(), runtimeDirectory: join(folder, 'memory') }
  const dhcp = await startDhcp({ config: dhcpConfig(), ...around })
  const first = await leaseAddress(machine, { mac: '52:54:00:00:00:07' })
  t.ok(dhcp.leases.holds(first!.yourAddress, ['52:54:00:00:00:07'], Date.now()))
  t.match(readFileSync(join(around.runtimeDirectory, 'dnsmasq.leases'), 'utf8'), first!.yourAddress)
  await dhcp.stop(2000)
  t.match(readFileSync(join(around.stateDirectory, 'dnsmasq.leases'), 'utf8'), first!.yourAddress)
  rmSync(around.runtimeDirectory, { recursive: true })
  const second = await startDhcp({ config: dhcpConfig(), ...around })
  t.teardown(() => second.stop(2000))
  t.ok(second.leases.holds(first!.yourAddress, ['52:54:00:00:00:07'], Date.now()))
})

t.test('a range in two parts is leased to its last address', async t => {
  const dhcp = await startDhcp({ config: dhcpConfig({ rangeStart: '10.77.0.100', rangeEnd: '10.77.0.250' }), ...surroundings() })
  t.teardown(() => dhcp.stop(2000))
  const got = new Set<string>()
  for (let number = 0; number < 151; number += 1) got.add((await leaseAddress(machine, { mac: `52:54:00:0a:00:${number.toString(16).padStart(2, '0')}` }))?.yourAddress ?? 'none')
  t.equal(got.size, 151)
  t.notOk(got.has('none'))
  t.ok(got.has('10.77.0.250'), 'from the second part too')
})

t.test('stopped, dnsmasq is gone', async t => {
  const around = surroundings()
  const dhcp = await startDhcp({ config: dhcpConfig(), ...around })
  const pid = pidOf(around.heard)
  await dhcp.stop(2000)
  t.notOk(existsSync(`/proc/${pid}`))
  t.equal(dhcp.status().running, false)
})

t.test('a dnsmasq left behind by a bastion that was killed is ended before a new one starts', async t => {
  const around = surroundings()
  const dhcp = await startDhcp({ config: dhcpConfig(), ...around })
  await dhcp.stop(2000)
  const orphan = spawn('/usr/sbin/dnsmasq', [`--conf-file=${join(around.stateDirectory, 'dnsmasq.conf')}`, '--no-daemon'], { stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const chunk of orphan.stderr) if (String(chunk).includes('started')) break
  const ended = once(orphan, 'exit')
  const second = await startDhcp({ config: dhcpConfig(), ...around })
  await ended
  t.equal(second.status().running, true)
  await second.stop(2000)
})

t.test('a configuration that dnsmasq refuses is never put in place', async t => {
  const around = surroundings()
  const dhcp = await startDhcp({ config: dhcpConfig(), ...around })
  await dhcp.stop(2000)
  const path = join(around.stateDirectory, 'dnsmasq.conf')
  const before = readFileSync(path, 'utf8')
  await t.rejects(startDnsmasq({ ...around, configuration: 'port=0\nno-such-option=1\n', macOf: () => null }), { code: 'BST_DNSMASQ_CONFIG', message: /bad option at line 2/, nextStep: /dnsmasq\.conf\.new/ })
  t.equal(readFileSync(path, 'utf8'), before)
})

t.test('a missing dnsmasq is named, with the package that brings it', async t => {
  const around = surroundings()
  findBootPrograms(join(around.stateDirectory, 'tftp'), around.journal)
  await t.rejects(startDnsmasq({ ...around, configuration: 'port=0\n', macOf: () => null, program: '/nonexistent/dnsmasq' }), { code: 'BST_PROGRAM_MISSING', nextStep: 'apt-get install dnsmasq-base' })
})

t.test('a dnsmasq that ends while starting is told with its own words', async t => {
  const around = surroundings()
  findBootPrograms(join(around.stateDirectory, 'tftp'), around.journal)
  await t.rejects(startDnsmasq({ ...around, configuration: `port=0\ninterface=boot9\nbind-interfaces\ndhcp-range=10.77.0.50,10.77.0.60\ndhcp-leasefile=${join(folder, 'leases9')}\n`, macOf: () => null }), { code: 'BST_PROGRAM_FAILED', message: /unknown interface boot9/ })
})

t.test('a port that another server holds is told as such', async t => {
  const other = spawn('socat', ['-u', 'UDP4-RECV:67', '/dev/null'], { stdio: 'ignore' })
  await once(other, 'spawn')
  t.teardown(() => { other.kill() })
  while (other.exitCode === null && !readFileSync('/proc/net/udp', 'utf8').includes(':0043 ')) await new Promise(resolve => { setTimeout(resolve, 10) })
  await t.rejects(startDhcp({ config: dhcpConfig(), ...surroundings() }), { code: 'BST_PORT_TAKEN', nextStep: /ss -lnup/ })
  other.kill()
  await once(other, 'exit')
})

t.test('an interface without the boot plane’s address is refused with the command that gives it', async t => {
  await t.rejects(startDhcp({ config: dhcpConfig({ interface: 'boot9' }), ...surroundings() }), { code: 'BST_CONFIG_INVALID', message: /boot9 is not there/, nextStep: 'ip address add 10.77.0.1/24 dev boot9 && ip link set boot9 up' })
})

t.test('a bridge that no machine is plugged into yet is good enough to start on', async t => {
  await run('ip', 'link', 'add', 'empty0', 'type', 'bridge')
  await run('ip', 'address', 'add', '10.78.0.1/24', 'dev', 'empty0')
  const config = { ...dhcpConfig({ interface: 'empty0', rangeStart: '10.78.0.50', rangeEnd: '10.78.0.60' }), bootPlane: { address: '10.78.0.1', port: 8080 } }
  await t.rejects(startDhcp({ config, ...surroundings() }), { code: 'BST_CONFIG_INVALID', message: /empty0 is down and has 10\.78\.0\.1\/24/ })
  await run('ip', 'link', 'set', 'empty0', 'up')
  const dhcp = await startDhcp({ config, ...surroundings() })
  t.equal(dhcp.status().running, true)
  await dhcp.stop(2000)
})

t.test('boot programs: the folder holds these alone, a missing package and an unknown version are told', async t => {
  const around = surroundings()
  const directory = join(around.stateDirectory, 'tftp')
  const told: string[] = []
  const journal = pino({ level: 'warn' }, { write: line => { told.push(line) } })
  findBootPrograms(directory, journal)
  writeFileSync(join(directory, 'left-over'), 'x')
  const sources = [join(folder, 'ours.kpxe')]
  await t.rejects(async () => findBootPrograms(directory, journal, [{ ...bootPrograms[0]!, sources }]), { code: 'BST_PROGRAM_MISSING', nextStep: 'apt-get install ipxe' })
  writeFileSync(sources[0]!, 'not iPXE')
  t.strictSame(findBootPrograms(directory, journal, [{ ...bootPrograms[0]!, sources }]).map(program => program.file), ['undionly.kpxe'])
  t.strictSame(readdirSync(directory), ['undionly.kpxe'])
  t.match(told.at(-1), /undionly\.kpxe is of a package version that nobody has looked at: SHA-256 [0-9a-f]{64}/)
})
