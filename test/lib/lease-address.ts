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

/** DISCOVER, OFFER, REQUEST, ACK: gives the ACK; null when nobody offers. */
export async function leaseAddress(machine: CableEnd, asker: Asker): Promise<DhcpReply | null> {
  const xid = randomInt(1, 2 ** 32)
  const options = [
    [55, Buffer.of(1, 3, 6, 43, 51, 54, 60, 66, 67)], [57, Buffer.of(5, 192)],
    ...asker.architecture === undefined ? [] : [[93, Buffer.of(asker.architecture >> 8, asker.architecture & 255)]],
    ...asker.vendorClass === undefined ? [] : [[60, Buffer.from(asker.vendorClass)]],
    ...asker.userClass === undefined ? [] : [[77, Buffer.from(asker.userClass)]],
    ...asker.ipxe === true ? [[175, Buffer.from('b105018086100e', 'hex')]] : [],
  ] as [number, Buffer][]
  const offer = await exchange(machine, renderDhcpFrame({ mac: asker.mac, xid, type: 'discover', options }), xid, messageTypes.offer)
  if (offer === null) return null
  const chosen = [[50, Buffer.from(offer.yourAddress.split('.').map(Number))], [54, Buffer.from(addressText(offer.options.get(54)).split('.').map(Number))]] as [number, Buffer][]
  return exchange(machine, renderDhcpFrame({ mac: asker.mac, xid, type: 'request', options: [...options, ...chosen] }), xid, messageTypes.ack)
}

async function exchange(machine: CableEnd, frame: Buffer, xid: number, type: number): Promise<DhcpReply | null> {
  const lines = await machine.run('perl', exchangeFrames, machine.interface, frame.toString('hex'), frame.subarray(46, 50).toString('hex'), '3000', '20')
  return lines.split('\n').map(line => parseDhcpFrame(Buffer.from(line, 'hex'))).find(reply => reply !== null && reply.xid === xid && reply.options.get(53)?.[0] === type) ?? null
}
