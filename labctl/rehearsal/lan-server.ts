// The DHCP server of somebody else's network, for a rehearsal of proxyDHCP: a dnsmasq in a network namespace of its own, on the far end of the bridge's spare port.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LabctlError } from '../labctl-error.ts'
import { consoleTail } from './console-log.ts'
import type { KeeperClient } from './keeper-client.ts'
import { rehearsalNetwork as network } from './rehearsal-network.ts'
import type { StateFolder } from './state-folder.ts'

const startWithinMs = 60_000
const far = 'rehearsal-end'

/** What it runs as: waits for its end of the cable, then leases the rehearsal's addresses and says nothing about booting. */
export function lanServerScript(leaseFile: string): string {
  const options = ['conf-file=/dev/null', 'port=0', 'no-daemon', 'no-ping', 'log-dhcp', 'log-facility=-', `interface=${far}`, 'bind-interfaces', 'pid-file=', 'dhcp-authoritative', `dhcp-range=${network.rangeStart},${network.rangeEnd},1h`, `dhcp-leasefile=${leaseFile}`]
  return `export PATH="$PATH:/usr/sbin:/sbin"
until ip link show ${far} >/dev/null 2>&1; do sleep 0.05; done
ip link set lo up && ip address add ${network.lanAddress}/${network.prefix} dev ${far} && ip link set ${far} up && exec dnsmasq ${options.map(option => `'--${option}'`).join(' ')}`
}

/** Starts it, and resolves once it serves. Refuses when it does not. */
export async function startLanServer(keeper: KeeperClient, folder: StateFolder): Promise<void> {
  const log = join(folder.directory, 'lan-server.log')
  const { pid } = await keeper.ask('start', { name: 'lan-server', file: 'unshare', args: ['--net', 'sh', '-c', lanServerScript(join(folder.directory, 'lan-server.leases'))], log })
  const move = `until [ "$(readlink /proc/${pid}/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done; ip link set ${far} netns ${pid}`
  const moved = await keeper.ask('run', { file: 'sh', args: ['-c', move], timeoutMs: startWithinMs })
  const deadline = Date.now() + startWithinMs
  while (moved.exitCode === 0 && Date.now() < deadline) {
    if (existsSync(log) && readFileSync(log, 'utf8').includes('DHCP, sockets bound')) return
    if (!(await keeper.ask('children', {})).running.includes('lan-server')) break
    await sleep(50)
  }
  throw new LabctlError('failed', 'rehearsal-lan', `The DHCP server of the rehearsed network did not start: ${moved.stderr.trim()}\n${consoleTail(log, 8)}`)
}
