// A machine's DHCP client: a real exchange on the wire, as firmware, iPXE or an operating system has it.
import { randomInt } from 'node:crypto'
import { exchangeFrames } from '../../bastion/dhcp/find-foreign-dhcp.ts'
import { addressText, messageTypes, parseDhcpFrame, type DhcpReply } from '../../bastion/dhcp/parse-dhcp-frame.ts'
import { renderDhcpFrame } from '../../bastion/dhcp/render-dhcp-frame.ts'
import type { CableEnd } from './own-network.ts'

/** Who asks: client architecture (option 93), vendor class (60), user class (77), whether it shows iPXE's option 175. */
export interface Asker {
  mac: string
  architecture?: number
  vendorClass?: string
  userClass?: string
  ipxe?: boolean
}

/** Everything that is offered to a machine that asks, by whomever. */
export async function offersTo(machine: CableEnd, asker: Asker): Promise<DhcpReply[]> {
  const xid = randomInt(1, 2 ** 32)
  const replies = await exchange(machine, renderDhcpFrame({ mac: asker.mac, xid, type: 'discover', options: optionsOf(asker) }), xid, messageTypes.offer, 500)
  return [...new Map(replies.map(reply => [reply.sourceAddress, reply])).values()]
}

/** DISCOVER, OFFER, REQUEST, ACK with whoever offers an address: gives the ACK; null when nobody does. */
export async function leaseAddress(machine: CableEnd, asker: Asker): Promise<DhcpReply | null> {
  const xid = randomInt(1, 2 ** 32)
  const options = optionsOf(asker)
  const offer = await findAddress(machine, renderDhcpFrame({ mac: asker.mac, xid, type: 'discover', options }), xid, messageTypes.offer)
  if (offer === null) return null
  const chosen = [[50, addressBytes(offer.yourAddress)], [54, addressBytes(addressText(offer.options.get(54)))]] as [number, Buffer][]
  return findAddress(machine, renderDhcpFrame({ mac: asker.mac, xid, type: 'request', options: [...options, ...chosen] }), xid, messageTypes.ack)
}

/** The answer with an address. Where a proxy was quicker, the other server is waited for at the second try. */
async function findAddress(machine: CableEnd, frame: Buffer, xid: number, type: number): Promise<DhcpReply | null> {
  const pick = async (graceMs: number) => (await exchange(machine, frame, xid, type, graceMs)).find(reply => reply.yourAddress !== '0.0.0.0') ?? null
  return await pick(20) ?? pick(2500)
}

/** What a PXE client with an address is told when it asks on port 4011 whoever made `offer` (PXE 2.1, sections 2.2.3 and 3.2: with the first item of the offer's menu, where it has one); null when nothing comes back. */
export async function askBootServer(machine: CableEnd, asker: Asker, address: string, offer: DhcpReply): Promise<DhcpReply | null> {
  const server = offer.sourceAddress
  const item = menuItem(offer)
  const frame = renderDhcpFrame({ mac: asker.mac, xid: randomInt(1, 2 ** 32), type: 'request', options: [...optionsOf(asker), ...item === null ? [] : [[43, Buffer.of(71, 4, ...item, 0, 0, 255)] as const]] })
  const question = frame.subarray(42)
  question.writeUInt16BE(0, 10)
  addressBytes(address).copy(question, 12)
  const program = `const [server, hex] = process.argv.slice(1)
    const socket = require('node:dgram').createSocket('udp4')
    socket.on('message', message => { console.log(message.toString('hex')); socket.close() })
    socket.bind(68, () => { socket.send(Buffer.from(hex, 'hex'), 4011, server) })
    setTimeout(() => process.exit(0), 3000).unref()`
  const answer = await machine.run(process.execPath, '-e', program, server, question.toString('hex'))
  return answer === '' ? null : parseDhcpFrame(Buffer.concat([frame.subarray(0, 42), Buffer.from(answer.trim(), 'hex')]))
}

/** The boot server type of the first item of a PXE menu (option 43, suboption 9). */
function menuItem({ options }: DhcpReply): Buffer | null {
  const encapsulated = options.get(43) ?? Buffer.alloc(0)
  for (let at = 0; at + 1 < encapsulated.length && encapsulated[at] !== 255; at += 2 + encapsulated[at + 1]!) if (encapsulated[at] === 9) return encapsulated.subarray(at + 2, at + 4)
  return null
}

function optionsOf(asker: Asker): [number, Buffer][] {
  return [
    [55, Buffer.of(1, 3, 6, 43, 51, 54, 60, 66, 67)], [57, Buffer.of(5, 192)],
    ...asker.architecture === undefined ? [] : [[93, Buffer.of(asker.architecture >> 8, asker.architecture & 255)]],
    ...asker.vendorClass === undefined ? [] : [[60, Buffer.from(asker.vendorClass)], [97, Buffer.alloc(17)]],
    ...asker.userClass === undefined ? [] : [[77, Buffer.from(asker.userClass)]],
    ...asker.ipxe === true ? [[175, Buffer.from('b105018086100e', 'hex')]] : [],
  ] as [number, Buffer][]
}

async function exchange(machine: CableEnd, frame: Buffer, xid: number, type: number, graceMs: number): Promise<DhcpReply[]> {
  const lines = await machine.run('perl', exchangeFrames, machine.interface, frame.toString('hex'), frame.subarray(46, 50).toString('hex'), '3000', String(graceMs))
  return lines.split('\n').map(line => parseDhcpFrame(Buffer.from(line, 'hex'))).filter(reply => reply !== null && reply.xid === xid && reply.options.get(53)?.[0] === type) as DhcpReply[]
}

function addressBytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number))
}
