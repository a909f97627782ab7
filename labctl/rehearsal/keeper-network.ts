import { execa } from 'execa'
import { rehearsalNetwork as network } from './rehearsal-network.ts'

const ip = (...args: string[]) => execa('ip', args, { stdin: 'ignore', timeout: 10_000 })

/** Sets up the network namespace that this process is in: loopback and one bridge, no route to anywhere; and an empty /run, so that no socket of the host's services can be reached either. */
export async function buildNetwork(): Promise<void> {
  await execa('mount', ['-t', 'tmpfs', '-o', 'mode=0755,size=64m', 'rehearsal-run', '/run'], { stdin: 'ignore', timeout: 10_000 })
  await ip('link', 'set', 'lo', 'up')
  await ip('link', 'add', network.bridge, 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0')
  // A bridge without a port has no carrier, and dnsmasq sends no router advertisements there.
  await ip('link', 'add', 'rehearsal-port', 'type', 'veth', 'peer', 'name', 'rehearsal-end')
  await ip('link', 'set', 'rehearsal-end', 'up')
  await ip('link', 'set', 'rehearsal-port', 'master', network.bridge, 'up')
  await ip('addr', 'add', `${network.address}/${network.prefix}`, 'dev', network.bridge)
  await ip('link', 'set', network.bridge, 'up')
  await ip('-6', 'addr', 'add', network.address6, 'dev', network.bridge, 'nodad')
}

/** Makes a tap device of that name on the bridge, for one network card of one machine. */
export async function addTap(name: string): Promise<void> {
  try { await ip('tuntap', 'add', 'dev', name, 'mode', 'tap') } catch (cause) {
    throw new Error(`the network card ${name} could not be made: ${cause instanceof Error ? cause.message : String(cause)}. Where /dev/net/tun may not be opened: chmod 0666 /dev/net/tun, as udev does by itself (it gives nobody a right over the host’s own network)`, { cause })
  }
  await ip('link', 'set', name, 'master', network.bridge, 'up')
}
