// Finds who else answers machines on an interface, before ours does: DHCP servers, and whoever tells them what to boot.
import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { BastionError } from '../platform/bastion-error.ts'
import { runProgram } from '../platform/run-program.ts'
import { findInterface } from './find-interface.ts'
import { addressText, messageTypes, parseDhcpFrame, type DhcpReply } from './parse-dhcp-frame.ts'
import { renderDhcpFrame } from './render-dhcp-frame.ts'

/** Somebody who made an offer. `server`: its identifier (option 54), or the address the offer came from. `offered`: the address it would lease, null when it leases none. `boots`: what it tells machines to boot, null when nothing; empty when it would say only on port 4011 (proxyDHCP). */
export interface ForeignServer {
  server: string
  mac: string
  offered: string | null
  boots: string | null
}

/** The program that puts a frame on the wire and prints the answers. */
export const exchangeFrames = fileURLToPath(new URL('exchange-frames.pl', import.meta.url))

type Options = readonly (readonly [number, Buffer])[]
const asked = [55, Buffer.of(1, 3, 6, 43, 51, 54, 60, 66, 67)] as const
const pxe = (architecture: number): Options => [asked, [93, Buffer.of(0, architecture)], [94, Buffer.of(1, 3, 16)], [97, Buffer.alloc(17)], [60, Buffer.from(`PXEClient:Arch:${String(architecture).padStart(5, '0')}:UNDI:003016`)]]
/** An operating system, BIOS and UEFI firmware, and iPXE: proxies and boot servers answer only whom they know what to tell. */
const askers: readonly Options[] = [[asked], pxe(0), pxe(7), [...pxe(7), [77, Buffer.from('iPXE')], [175, Buffer.from('b105018086100e', 'hex')]]]

/**
 * Broadcasts real DHCPDISCOVERs on the interface and gives everybody who offers an address or something to boot; takes no lease. Waits `timeoutMs` when nobody answers
 * (5 s by default: dnsmasq pings an address for 3 s before it offers it), half a second after the first answer. Servers that answer only machines they know stay unseen.
 * Needs CAP_NET_RAW, and perl-base, which every Debian has.
 */
export async function findForeignDhcp(interfaceName: string, { timeoutMs = 5000 }: { timeoutMs?: number } = {}): Promise<ForeignServer[]> {
  const found = await findInterface(interfaceName)
  if (found?.up !== true) throw new BastionError('BST_CONFIG_INVALID', `The interface ${interfaceName} is ${found === null ? 'not there' : 'down'}.`, { nextStep: found === null ? 'ip link show' : `ip link set ${interfaceName} up` })
  const offers = (await Promise.all(askers.map(options => ask(interfaceName, found.mac, options, timeoutMs)))).flat()
  const servers = new Map<string, ForeignServer>()
  for (const offer of offers) {
    const server = offer.options.has(54) ? addressText(offer.options.get(54)) : offer.sourceAddress
    const known = servers.get(`${server} ${offer.sourceMac}`)
    servers.set(`${server} ${offer.sourceMac}`, { server, mac: offer.sourceMac, offered: known?.offered ?? addressOf(offer), boots: bootOf(offer) || (known?.boots ?? bootOf(offer)) })
  }
  return [...servers.values()]
}

async function ask(interfaceName: string, mac: string, options: Options, timeoutMs: number): Promise<DhcpReply[]> {
  const xid = randomInt(1, 2 ** 32)
  const discover = renderDhcpFrame({ mac, xid, type: 'discover', options })
  const wanted = discover.subarray(46, 50).toString('hex')
  const { stdout } = await runProgram('perl', [exchangeFrames, interfaceName, discover.toString('hex'), wanted, String(timeoutMs), '500'], { timeoutMs: timeoutMs + 10_000, package: 'perl-base' })
  return stdout.split('\n').map(line => parseDhcpFrame(Buffer.from(line, 'hex'))).filter(reply => reply !== null && reply.xid === xid && reply.options.get(53)?.[0] === messageTypes.offer) as DhcpReply[]
}

function addressOf({ yourAddress }: DhcpReply): string | null {
  return yourAddress === '0.0.0.0' ? null : yourAddress
}

function bootOf({ file, options }: DhcpReply): string | null {
  if (file !== '') return file
  return options.get(60)?.toString('latin1').startsWith('PXEClient') === true ? '' : null
}
