// Finds DHCP servers that already answer on an interface, before ours does.
import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { BastionError } from '../platform/bastion-error.ts'
import { runProgram } from '../platform/run-program.ts'
import { findInterface } from './find-interface.ts'
import { addressText, messageTypes, parseDhcpFrame, type DhcpReply } from './parse-dhcp-frame.ts'
import { renderDhcpFrame } from './render-dhcp-frame.ts'

/** A DHCP server that made an offer. `server`: its identifier (option 54), or the address the offer came from. */
export interface ForeignServer {
  server: string
  offered: string
  mac: string
}

/** The program that puts a frame on the wire and prints the answers. */
export const exchangeFrames = fileURLToPath(new URL('exchange-frames.pl', import.meta.url))

/**
 * Broadcasts a real DHCPDISCOVER on the interface and gives every server that offers an address; takes no lease. Waits `timeoutMs` when nobody answers
 * (5 s by default: dnsmasq pings an address for 3 s before it offers it), half a second after the first answer. Servers that give addresses only to machines they know stay unseen.
 * Needs CAP_NET_RAW, and perl-base, which every Debian has.
 */
export async function findForeignDhcp(interfaceName: string, { timeoutMs = 5000 }: { timeoutMs?: number } = {}): Promise<ForeignServer[]> {
  const found = await findInterface(interfaceName)
  if (found?.up !== true) throw new BastionError('BST_CONFIG_INVALID', `The interface ${interfaceName} is ${found === null ? 'not there' : 'down'}.`, { nextStep: found === null ? 'ip link show' : `ip link set ${interfaceName} up` })
  const xid = randomInt(1, 2 ** 32)
  const discover = renderDhcpFrame({ mac: found.mac, xid, type: 'discover', options: [[55, Buffer.of(1, 3, 6, 51, 54)]] })
  const wanted = discover.subarray(46, 50).toString('hex')
  const { stdout } = await runProgram('perl', [exchangeFrames, interfaceName, discover.toString('hex'), wanted, String(timeoutMs), '500'], { timeoutMs: timeoutMs + 10_000, package: 'perl-base' })
  const offers = stdout.split('\n').map(line => parseDhcpFrame(Buffer.from(line, 'hex'))).filter(reply => reply !== null && reply.xid === xid && isOffer(reply)) as DhcpReply[]
  const servers = offers.map(reply => ({ server: reply.options.has(54) ? addressText(reply.options.get(54)) : reply.sourceAddress, offered: reply.yourAddress, mac: reply.sourceMac }))
  return [...new Map(servers.map(server => [`${server.server} ${server.mac}`, server])).values()]
}

function isOffer(reply: DhcpReply): boolean {
  return reply.options.get(53)?.[0] === messageTypes.offer
}
