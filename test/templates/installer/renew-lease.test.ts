// What renews an installer's lease, against the real dnsmasq with our configuration: beside the bastion, and behind a relay.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { pino } from 'pino'
import { startDhcp, type Dhcp } from '../../../bastion/dhcp/start-dhcp.ts'
import { Events } from '../../../bastion/platform/events.ts'
import { dhcpConfig } from '../../lib/dhcp-config.ts'
import { makeBridge, plugInto, startLanServer } from '../../lib/lan.ts'
import { leaseAddress } from '../../lib/lease-address.ts'
import { ownNetwork, plugMachine, run, type CableEnd } from '../../lib/own-network.ts'

await ownNetwork(import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'labctl-renew-'))
const script = new URL('../../../templates/installer/renew-lease.py', import.meta.url).pathname
const config = dhcpConfig({ router: '10.77.0.254', subnets: [{ network: '10.78.0.0', netmask: '255.255.255.0', rangeStart: '10.78.0.50', rangeEnd: '10.78.0.90', router: '10.78.0.1', dns: [] }] })
let [router, near, far]: CableEnd[] = []
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
  dhcp = await startDhcp({ config, stateDirectory: join(folder, 'state'), bootUrl: 'http://10.77.0.1:8080', events: new Events(error => { throw error }), journal: pino({ level: 'silent' }), probeMs: 300 })
})
t.teardown(async () => {
  await dhcp?.stop(2000)
  await stopRelay?.()
  await router?.run('ip', 'link', 'set', 'far0', 'netns', String(process.pid))
  for (const machine of [far, near, router]) await machine?.end()
  rmSync(folder, { recursive: true })
})

/** Runs it on a machine until it has said its first line; gives that. */
async function firstWords(t: Test, machine: CableEnd, mac: string, address: string): Promise<string> {
  const child = spawn(machine.enter[0]!, [...machine.enter.slice(1), 'python3', '-I', script, mac, address, '10.77.0.1'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  for await (const words of child.stdout) return String(words)
  return ''
}

const leaseOf = (address: string) => dhcp.leases.all().filter(lease => lease.address === address)

for (const [where, machineOf, mac, gateway, network] of [['beside the bastion', () => near, '52:54:00:00:00:51', '10.77.0.1', '10.77.0.'], ['behind a relay', () => far, '52:54:00:00:00:52', '10.78.0.1', '10.78.0.']] as const) {
  t.test(`${where}: a lease that iPXE got is renewed before it ends, at the address that the machine keeps by itself`, async t => {
    const machine = machineOf()!
    const { yourAddress: address } = (await leaseAddress(machine, { mac, ipxe: true, userClass: 'iPXE' }))!
    t.ok(address.startsWith(network), address)
    const [before] = leaseOf(address)
    await machine.run('ip', 'address', 'add', `${address}/24`, 'dev', 'eth0')
    if (where !== 'beside the bastion') await machine.run('ip', 'route', 'add', 'default', 'via', gateway)
    await sleep(2100)
    const words = await firstWords(t, machine, mac, address)
    t.match(words, new RegExp(`10\\.77\\.0\\.1 leases ${address} for \\d+ s more`))
    const after = leaseOf(address)
    t.match(after, [{ mac }])
    t.ok(after[0]!.expiresAt >= before!.expiresAt + 2000, `${after[0]!.expiresAt - before!.expiresAt} ms longer`)
    t.ok(dhcp.leases.holds(address, [mac], Date.now()))
    await machine.run('ip', 'address', 'flush', 'dev', 'eth0')
  })
}

t.test('an address that is another machine’s by now is not renewed, and stays that machine’s', async t => {
  const { yourAddress: address } = (await leaseAddress(near!, { mac: '52:54:00:00:00:53' }))!
  await near!.run('ip', 'address', 'add', `${address}/24`, 'dev', 'eth0')
  // dnsmasq says its no to everybody (255.255.255.255), where no socket that has the address hears it.
  t.match(await firstWords(t, near!, '52:54:00:00:00:54', address), new RegExp(`10\\.77\\.0\\.1 (was asked for ${address}: timed out|does not leave ${address})`))
  t.match(leaseOf(address), [{ mac: '52:54:00:00:00:53' }])
  t.notOk(dhcp.leases.holds(address, ['52:54:00:00:00:54'], Date.now()))
  await near!.run('ip', 'address', 'flush', 'dev', 'eth0')
})

t.test('a server that does not answer is asked again, with the reason in the log', async t => {
  await near!.run('ip', 'address', 'add', '10.77.0.250/24', 'dev', 'eth0')
  const child = spawn(near!.enter[0]!, [...near!.enter.slice(1), 'python3', '-I', script, '52:54:00:00:00:55', '10.77.0.250', '10.99.0.1'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  for await (const words of child.stdout) { t.match(String(words), /10\.99\.0\.1 was asked for 10\.77\.0\.250: .*unreachable/); break }
  t.equal(child.exitCode, null)
})

t.test('it speaks no Python that RHEL 9 does not know', t => {
  t.notMatch(readFileSync(script, 'utf8'), /^\s*(match|case) |\bexcept\*|: [A-Z]\w* \| /m)
  t.end()
})
