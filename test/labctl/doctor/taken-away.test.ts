// Each thing that a bastion, a build or a rehearsal needs is really taken away, one after the other, in namespaces of the test's own; doctor names it, says what mends it, and ends with 1.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { stringify } from 'yaml'
import { filePackages, programPackages } from '../../../labctl/doctor/host-facts.ts'
import type { Finding } from '../../../labctl/doctor/judge-host.ts'
import { writeRecord } from '../../../labctl/standalone/standalone-record.ts'
import { projectFolder } from '../../house/list-sources.ts'
import { plugMachine } from '../../lib/own-network.ts'
import { pointAt, runLabctl } from '../run-labctl.ts'
import { standInBastion } from '../stand-in-bastion.ts'

t.setTimeout(900_000)
if (process.env['LABCTL_TEST_MOUNTS'] !== readlinkSync('/proc/self/ns/mnt')) {
  const again = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)]
  const child = spawn('unshare', ['--user', '--map-root-user', '--mount', '--net', 'sh', '-c', 'ip link set lo up && LABCTL_TEST_MOUNTS=$(readlink /proc/self/ns/mnt) exec "$@"', 'sh', ...again], { stdio: 'inherit' })
  const [code] = await once(child, 'exit') as [number | null]
  process.exit(code ?? 1)
}

interface Report { findings: Finding[], missing: number }
type Host = { home: string, folder: string, config: string, state: string, configure: (more: object) => void }
const address = '10.99.0.1'

/** A host with a configured bastion, nothing of which is missing but what the machine that runs the tests lacks itself. */
function makeHost(t: Test): Host {
  const home = mkdtempSync(join(tmpdir(), 'labctl-doctor-'))
  t.teardown(() => { rmSync(home, { recursive: true, force: true }) })
  const folder = join(home, 'bastion')
  const [config, state] = [join(folder, 'bastion.yaml'), join(folder, 'state')]
  for (const [name, file] of [['ramdisk', 'vmlinuz'], ['os/debian-13', 'image.tar']] as const) {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, file), 'content')
    writeFileSync(join(folder, name, 'manifest.json'), JSON.stringify({ version: 1, files: [{ name: file, sizeBytes: 7, sha256: '0'.repeat(64) }] }))
  }
  mkdirSync(state)
  const configure = (more: object) => { writeFileSync(config, stringify({ state, ramdisk: { directory: join(folder, 'ramdisk') }, os: { directory: join(folder, 'os') }, bootPlane: { port: 18_080 }, controlPlane: { port: 18_443 }, ...more })) }
  configure({})
  writeRecord(home, { config, log: '', builderLog: '', bastion: null, builder: null, startedAt: 0 })
  return { home, folder, config, state, configure }
}

/** A host with no bastion on it: only what it has installed counts. */
function makeBareHost(t: Test): Pick<Host, 'home'> {
  const home = mkdtempSync(join(tmpdir(), 'labctl-doctor-'))
  t.teardown(() => { rmSync(home, { recursive: true, force: true }) })
  return { home }
}

async function doctor(t: Test, { home }: Pick<Host, 'home'>, env: Record<string, string> = {}): Promise<Report & { code: number }> {
  const { code, out, err } = await runLabctl(t, ['doctor', '-o', 'json'], { home, env })
  if (out === '') throw new Error(err)
  return { code, ...JSON.parse(out) as Report }
}

/** Doctor names it as missing, with what mends it, and ends with 1. */
function named(t: Test, { code, findings }: Report & { code: number }, what: string, detail: RegExp, fix: RegExp): void {
  const found = findings.filter(finding => finding.what === what)
  t.match(found.find(({ status }) => status === 'missing') ?? found[0], { status: 'missing', detail, fix }, what)
  t.equal(code, 1)
  t.same(findings.filter(({ status, fix }) => status === 'missing' && fix === null).map(({ what }) => what), [], 'nothing is missing without a next step')
}

const mount = (...args: string[]) => { execFileSync('mount', args) }
const unmount = (path: string) => { execFileSync('umount', [path]) }
const pathOf = (program: string) => [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].map(folder => join(folder, program)).filter(path => existsSync(path))

t.test('nothing of the bastion’s own things is missing on a host that has them', async t => {
  const { findings } = await doctor(t, makeHost(t))
  const own = ['configuration', 'database', 'state folder', 'RAM disk folder', 'image folder', 'RAM disk', 'root images', 'boot plane', 'control plane', 'clock']
  t.same(findings.filter(({ what, status }) => own.includes(what) && status === 'missing'), [])
  for (const what of own) t.ok(findings.some(finding => finding.what === what), what)
})

for (const [program, from] of Object.entries(programPackages)) {
  t.test(`without ${program}`, async t => {
    const hidden = pathOf(program)
    for (const path of hidden) mount('--bind', '/dev/null', path)
    t.teardown(() => { for (const path of hidden.toReversed()) unmount(path) })
    const { code, findings } = await doctor(t, makeBareHost(t))
    const found = findings.find(({ what }) => what === program)
    const needed = !['openssl', 'systemctl', 'newuidmap'].includes(program)
    t.match(found, { status: needed ? 'missing' : 'note', fix: `apt-get install ${from}` })
    if (needed) t.equal(code, 1)
  })
}

for (const [folder, files] of [['/usr/lib/ipxe', Object.keys(filePackages).filter(file => file.startsWith('/usr/lib/ipxe/'))], ['/usr/share/OVMF', ['/usr/share/OVMF/OVMF_CODE_4M.fd']]] as const) {
  t.test(`without what is in ${folder}`, async t => {
    if (existsSync(folder)) {
      mount('-t', 'tmpfs', 'none', folder)
      t.teardown(() => { unmount(folder) })
    }
    const report = await doctor(t, makeBareHost(t))
    for (const file of files) {
      if (file.endsWith('arm64.efi')) t.match(report.findings.find(({ what }) => what === 'arm64 machines'), { status: 'note', detail: /no boot program/ })
      else named(t, report, file, /not here/, /^apt-get install (ipxe|ovmf)$/)
    }
  })
}

t.test('without tun, and where no namespaces may be made', async t => {
  mount('-t', 'tmpfs', 'none', '/dev/net')
  writeFileSync('/proc/sys/user/max_user_namespaces', '0')
  t.teardown(() => { unmount('/dev/net'); writeFileSync('/proc/sys/user/max_user_namespaces', '10000') })
  const report = await doctor(t, makeBareHost(t))
  named(t, report, '/dev/net/tun', /cannot be opened/, /modprobe tun/)
  t.match(report.findings.find(({ what }) => what === 'namespaces'), { status: 'missing', neededFor: ['rehearsal'] })
  t.match(report.findings.find(({ what }) => what === '/dev/kvm'), { status: 'note' })
})

t.test('with a disk that is nearly full', async t => {
  const host = makeHost(t)
  mount('-t', 'tmpfs', '-o', 'size=8m', 'none', host.state)
  t.teardown(() => { unmount(host.state) })
  const report = await doctor(t, host)
  named(t, report, 'space for state', /only [78] MiB are free/, /labctl os remove/)
  named(t, report, 'disk space', /MiB free/, /^df -h/)
})

t.test('with a folder on a disk that is mounted read-only, and with folders of somebody else', async t => {
  const host = makeHost(t)
  mount('--bind', host.state, host.state)
  mount('-o', 'remount,bind,ro', host.state)
  const report = await doctor(t, host)
  unmount(host.state)
  named(t, report, 'state folder', /can’t be written to/, /^sudo install -d/)
  chmodSync(join(host.folder, 'os'), 0o500)
  // Without capabilities, as an ordinary user is, whose own folder's mode counts.
  const { stdout, status } = spawnSync('setpriv', ['--bounding-set=-all', '--inh-caps=-all', process.execPath, 'labctl/main.ts', 'doctor', '-o', 'json'], { cwd: projectFolder, env: { ...process.env, HOME: host.home }, encoding: 'utf8' })
  named(t, { ...JSON.parse(stdout) as Report, code: status ?? -1 }, 'image folder', /can’t be written to/, /^sudo install -d/)
})

t.test('with a clock that is before what was written already', async t => {
  const host = makeHost(t)
  utimesSync(join(host.folder, 'ramdisk', 'manifest.json'), 4_070_908_800, 4_070_908_800)
  named(t, await doctor(t, host), 'clock', /manifest\.json was written later, at 2099/, /timedatectl set-ntp true/)
})

t.test('without a RAM disk, with one that was damaged, and with an image that was cut', async t => {
  const host = makeHost(t)
  truncateSync(join(host.folder, 'os', 'debian-13', 'image.tar'), 3)
  rmSync(join(host.folder, 'ramdisk', 'vmlinuz'))
  const damaged = await doctor(t, host)
  named(t, damaged, 'RAM disk', /vmlinuz is not as it was built/, /labctl-bastion build ramdisk --config/)
  named(t, damaged, 'image debian-13', /image\.tar is not as it was built/, /labctl os add debian-13/)
  for (const name of ['ramdisk', 'os']) rmSync(join(host.folder, name), { recursive: true })
  const none = await doctor(t, host)
  named(t, none, 'RAM disk', /not built/, /labctl-bastion build ramdisk/)
  t.match(none.findings.find(({ what }) => what === 'root images'), { status: 'note', detail: /none built/, fix: 'labctl os add debian-13' })
})

t.test('with ports that another program has, and an address that is not this host’s', async t => {
  const host = makeHost(t)
  const [tcp, udp] = [createServer().listen(18_080, '127.0.0.1'), createSocket('udp4').bind(69, '127.0.0.1')]
  await Promise.all([once(tcp, 'listening'), once(udp, 'listening')])
  t.teardown(() => { tcp.close(); udp.close() })
  host.configure({ controlPlane: { address: '203.0.113.9', port: 18_443 }, dhcp: { mode: 'off', interface: 'lo' } })
  const report = await doctor(t, host)
  named(t, report, 'boot plane', /127\.0\.0\.1:18080 is taken/, /^ss -ltnup/)
  named(t, report, 'TFTP', /:69 is taken/, /^ss -ltnup/)
  named(t, report, 'control plane', /203\.0\.113\.9 is no address of this host/, /^ip -brief address/)
})

t.test('with a configuration that can’t be read, or makes no sense', async t => {
  const host = makeHost(t)
  host.configure({ dhpc: { mode: 'off' } })
  named(t, await doctor(t, host), 'configuration', /dhpc/, /./)
  writeFileSync(host.config, 'state: [\n')
  named(t, await doctor(t, host), 'configuration', /bastion\.yaml/, /./)
})

t.test('with a database of a newer program, and with a file that is none', async t => {
  const host = makeHost(t)
  const path = join(host.state, 'bastion.sqlite')
  const database = new Sqlite(path)
  database.exec('CREATE TABLE t (x); PRAGMA user_version = 99')
  database.close()
  named(t, await doctor(t, host), 'database', /version 99/, /Install the labctl-bastion that wrote it/)
  writeFileSync(path, 'no database at all, and longer than its head would be'.repeat(10))
  named(t, await doctor(t, host), 'database', /is no SQLite database/, /Restore a backup/)
})

t.test('with an interface that is not there, is down, or has another address; and with somebody else’s DHCP server on it', async t => {
  const host = makeHost(t)
  host.configure({ bootPlane: { address, port: 18_080 }, controlPlane: { address, port: 18_443 }, dhcp: { mode: 'server', interface: 'boot0', rangeStart: '10.99.0.100', rangeEnd: '10.99.0.200' } })
  named(t, await doctor(t, host), 'interface', /there is no boot0/, /ip -brief address/)
  execFileSync('ip', ['link', 'add', 'boot0', 'type', 'bridge'])
  named(t, await doctor(t, host), 'interface', /boot0 is down/, /ip link set boot0 up/)
  execFileSync('ip', ['link', 'set', 'boot0', 'up'])
  named(t, await doctor(t, host), 'interface', /has not the address of the boot plane, 10\.99\.0\.1/, /ip address add/)
  execFileSync('ip', ['link', 'delete', 'boot0'])
  const other = await plugMachine('boot0', `${address}/24`)
  t.teardown(() => other.end())
  await other.run('ip', 'address', 'add', '10.99.0.2/24', 'dev', 'eth0')
  t.match((await doctor(t, host)).findings.find(({ what }) => what === 'other DHCP servers'), { status: 'ok' })
  const server = spawn(other.enter[0]!, [...other.enter.slice(1), '/usr/sbin/dnsmasq', '--conf-file=/dev/null', '--port=0', '--no-daemon', '--no-ping', '--interface=eth0', '--bind-interfaces', '--dhcp-range=10.99.0.50,10.99.0.60,1h', `--dhcp-leasefile=${join(host.folder, 'leases')}`, '--pid-file='], { stdio: ['ignore', 'ignore', 'pipe'] })
  t.teardown(() => { server.kill() })
  for await (const chunk of server.stderr) if (String(chunk).includes('started')) break
  named(t, await doctor(t, host), 'other DHCP servers', /Another DHCP server answers on boot0: 10\.99\.0\.2/, /dhcp\.mode: proxy/)
})

t.test('with a bastion that does not run, that ended, whose key or token is another, or that is not well', async t => {
  const host = makeBareHost(t)
  named(t, await doctor(t, host, { LABCTL_URL: 'https://127.0.0.1:1', LABCTL_PIN: `${'A'.repeat(43)}=`, LABCTL_TOKEN: 'some-token' }), 'bastion', /127\.0\.0\.1:1/, /standalone start/)
  named(t, await doctor(t, host, { LABCTL_URL: 'https://127.0.0.1:1' }), 'bastion', /pin, token not set/, /labctl config set pin/)
  named(t, await doctor(t, host, { LABCTL_URL: 'http://127.0.0.1:1' }), 'bastion', /https/, /LABCTL_URL/)
  const ended = makeHost(t)
  const log = join(ended.folder, 'bastion.log')
  writeFileSync(log, '{"level":30}\nBST_PORT_TAKEN: 127.0.0.1 port 18080 is taken by another program.\nNext: ss -ltnp\n')
  writeRecord(ended.home, { config: ended.config, log, builderLog: '', bastion: { pid: 2 ** 22 - 1, startTicks: 1 }, builder: null, startedAt: 0 })
  named(t, await doctor(t, ended), 'standalone bastion', /runs no more; its last words: BST_PORT_TAKEN/, /tail .*bastion\.log; labctl init bastion standalone start/)
  const bastion = await standInBastion(t)
  bastion.answers.set('list', () => ({ body: { machines: [] } }))
  named(t, await doctor(t, host, { ...pointAt(bastion), LABCTL_PIN: `${'A'.repeat(43)}=` }), 'bastion', /./, /config set pin/)
  named(t, await doctor(t, host, { ...pointAt(bastion), LABCTL_TOKEN: 'another-token' }), 'bastion', /token/, /config set token/)
  t.notOk((await doctor(t, host, pointAt(bastion))).findings.some(({ what }) => what.startsWith('bastion:')))
  bastion.answers.set('ready', () => ({ status: 503, body: JSON.stringify({ status: 'not ready', failing: [{ name: 'dnsmasq', healthy: false, because: 'dnsmasq ended with 2' }] }) }))
  named(t, await doctor(t, host, pointAt(bastion)), 'bastion: dnsmasq', /ended with 2/, /log/)
})
