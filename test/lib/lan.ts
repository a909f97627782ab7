// A local network with a DHCP server of its own: a bridge here, where the bastion is, and machines on its ports.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { plugMachine, run, type CableEnd } from './own-network.ts'

/** Makes the bridge `name` here, with the address given. */
export async function makeBridge(name: string, address: string): Promise<void> {
  await run('ip', 'link', 'add', name, 'type', 'bridge')
  await run('ip', 'address', 'add', address, 'dev', name)
  await run('ip', 'link', 'set', name, 'up')
}

/** A machine on a port of the bridge. */
export async function plugInto(bridge: string, port: string): Promise<CableEnd> {
  const machine = await plugMachine(port, null)
  await run('ip', 'link', 'set', port, 'master', bridge)
  return machine
}

/** Runs a dnsmasq with these options (without their dashes) on a machine; gives what stops it. */
export async function startLanServer(machine: CableEnd, options: readonly string[]): Promise<() => Promise<void>> {
  const always = ['conf-file=/dev/null', 'port=0', 'no-daemon', 'user=root', 'interface=eth0', 'bind-interfaces', 'pid-file=', 'no-ping', 'dhcp-authoritative']
  const child = spawn(machine.enter[0]!, [...machine.enter.slice(1), '/usr/sbin/dnsmasq', ...[...always, ...options].map(option => `--${option}`)], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  for await (const chunk of child.stderr) {
    said += String(chunk)
    if (said.includes('started')) break
  }
  if (child.exitCode !== null) throw new Error(`the LAN's dnsmasq ended: ${said}`)
  return async () => {
    if (child.exitCode !== null) return
    child.kill()
    await once(child, 'exit')
  }
}
