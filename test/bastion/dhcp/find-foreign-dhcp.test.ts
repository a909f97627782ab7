import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { pino } from 'pino'
import { findForeignDhcp } from '../../../bastion/dhcp/find-foreign-dhcp.ts'
import { startDhcp } from '../../../bastion/dhcp/start-dhcp.ts'
import { Events } from '../../../bastion/platform/events.ts'
import { dhcpConfig } from '../../lib/dhcp-config.ts'
import { ownNetwork, plugMachine, type CableEnd } from '../../lib/own-network.ts'

await ownNetwork(import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'labctl-foreign-'))
const leaseFile = join(folder, 'leases')
let stranger: CableEnd
let server: ChildProcess | null = null
t.before(async () => {
  stranger = await plugMachine('boot0', '10.77.0.1/24')
  await stranger.run('ip', 'address', 'add', '192.168.99.1/24', 'dev', 'eth0')
})
t.teardown(async () => {
  await endServer()
  await stranger?.end()
  rmSync(folder, { recursive: true })
})

async function startServer(...more: string[]): Promise<void> {
  const lines = ['--conf-file=/dev/null', '--port=0', '--no-daemon', '--interface=eth0', '--bind-interfaces', '--dhcp-range=192.168.99.50,192.168.99.60,1h', `--dhcp-leasefile=${leaseFile}`, '--pid-file=', ...more]
  server = spawn(stranger.enter[0]!, [...stranger.enter.slice(1), '/usr/sbin/dnsmasq', ...lines], { stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const chunk of server.stderr!) if (String(chunk).includes('started')) break
}

async function endServer(): Promise<void> {
  if (server === null) return
  server.kill()
  await once(server, 'exit')
  server = null
}

const start = (allowForeignServer: boolean) => startDhcp({
  config: dhcpConfig({ allowForeignServer }), stateDirectory: join(folder, 'state'), bootUrl: 'http://10.77.0.1:8080',
  events: new Events(error => { throw error }), journal: pino({ level: 'silent' }), probeMs: 3000,
})

t.test('without another server none is found', async t => {
  t.strictSame(await findForeignDhcp('boot0', { timeoutMs: 600 }), [])
})

t.test('a server is found by name and MAC, even one of another network behind a strict reverse-path filter, and no lease is taken', async t => {
  writeFileSync('/proc/sys/net/ipv4/conf/all/rp_filter', '1')
  await startServer('--no-ping')
  const [found, ...others] = await findForeignDhcp('boot0', { timeoutMs: 3000 })
  t.match(found, { server: '192.168.99.1', offered: /^192\.168\.99\.\d+$/, mac: /ether ([0-9a-f:]{17})/.exec(await stranger.run('ip', '-o', 'link', 'show', 'dev', 'eth0'))![1] })
  t.strictSame(others, [])
  await sleep(100)
  t.equal(existsSync(leaseFile) ? readFileSync(leaseFile, 'utf8') : '', '', 'no lease')
})

t.test('the bastion refuses to start beside it, names it and says what to do', async t => {
  await t.rejects(start(false), { code: 'BST_FOREIGN_DHCP', message: /boot0: 192\.168\.99\.1 \(MAC/, nextStep: /dhcp\.allowForeignServer: true/ })
})

t.test('the operator may allow it', async t => {
  const dhcp = await start(true)
  t.equal(dhcp.status().running, true)
  await dhcp.stop(2000)
  await endServer()
})

t.test('a server that pings an address before it offers it, as dnsmasq does unless told not to, is waited for', async t => {
  await startServer()
  t.match(await findForeignDhcp('boot0'), [{ server: '192.168.99.1' }])
  await endServer()
})

t.test('a second bastion that leases nothing, only tells what to boot, is found and refused too', async t => {
  await stranger.run('ip', 'address', 'add', '10.77.0.2/24', 'dev', 'eth0')
  await startServer('--dhcp-range=10.77.0.0,proxy,255.255.255.0', '--dhcp-range=tag:nobody,192.168.99.50,192.168.99.60', '--dhcp-match=set:ipxe,175', '--pxe-service=tag:!ipxe,7,other,other.efi', '--dhcp-boot=tag:ipxe,http://10.77.0.2:8080/boot.ipxe')
  t.match((await findForeignDhcp('boot0', { timeoutMs: 3000 })).filter(server => server.boots !== null), [{ server: '10.77.0.2', boots: 'http://10.77.0.2:8080/boot.ipxe' }])
  await t.rejects(start(false), { code: 'BST_FOREIGN_DHCP', message: /10\.77\.0\.2 .*boots/ })
  await endServer()
})

t.test('an interface that is not there is named', async t => {
  await t.rejects(findForeignDhcp('boot9'), { code: 'BST_CONFIG_INVALID', message: /boot9 is not there/ })
})
