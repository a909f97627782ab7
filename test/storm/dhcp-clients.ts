// Many DHCP clients on one interface, as broadcasts from UDP port 68: each with its own hardware address in the message, and the flag that asks for broadcast answers (RFC 2131, section 4.1).
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { addressText, messageTypes, parseDhcpFrame, type DhcpReply } from '../../bastion/dhcp/parse-dhcp-frame.ts'
import { renderDhcpFrame } from '../../bastion/dhcp/render-dhcp-frame.ts'

/** Who asks. `waitsMs`: how long it waits for an answer before it asks again, once per entry; after the last it gives up. */
export interface DhcpAsker { mac: string, options: readonly (readonly [number, Buffer])[], waitsMs: readonly number[] }
/** What a client got. `again`: how often it had to ask once more; `refused`: how often the address was refused. */
export interface Leased { reply: DhcpReply, again: number, refused: number }

const headers = 42
/** dnsmasq offers one address to two machines that ask at once, and the slower one is refused: addresses come from a hash of the MAC, and offers are not remembered. */
const mostRefused = 50
/** parseDhcpFrame wants what stood around the message on the wire. */
const around = Buffer.concat([Buffer.alloc(12), Buffer.of(8, 0, 0x45), Buffer.alloc(headers - 15)])

/** Port 68, shared by all machines of a storm. */
export class DhcpClients {
  readonly #socket: Socket = createSocket({ type: 'udp4', reuseAddr: true })
  readonly #waiting = new Map<number, (reply: DhcpReply) => void>()

  async open(): Promise<void> {
    this.#socket.on('message', (message, from) => {
      const waiting = this.#waiting.get(message.readUInt32BE(4))
      if (waiting === undefined) return
      const reply = parseDhcpFrame(Buffer.concat([around, message]))
      if (reply !== null) waiting({ ...reply, sourceAddress: from.address })
    })
    this.#socket.bind(68)
    await once(this.#socket, 'listening')
    this.#socket.setBroadcast(true)
    try { this.#socket.setRecvBufferSize(4 << 20) } catch { /* what the kernel allows has to do */ }
  }

  close(): void { this.#socket.close() }

  /** DISCOVER to ACK; from the start again when the address is refused (RFC 2131, section 3.1, point 4). Null when nobody answers in all its time, or it is refused without end. */
  async lease({ mac, options, waitsMs }: DhcpAsker): Promise<Leased | null> {
    let again = 0
    for (let refused = 0; refused < mostRefused; refused++) {
      const xid = Math.floor(Math.random() * 0xffffffff) + 1
      const offer = await this.#ask(renderDhcpFrame({ mac, xid, type: 'discover', options }), xid, [messageTypes.offer], waitsMs)
      if (offer === null) return null
      const chosen = [[50, bytesOf(offer.reply.yourAddress)], [54, bytesOf(addressText(offer.reply.options.get(54)))]] as const
      const answer = await this.#ask(renderDhcpFrame({ mac, xid, type: 'request', options: [...options, ...chosen] }), xid, [messageTypes.ack, messageTypes.nak], waitsMs)
      again += offer.again + (answer?.again ?? 0)
      if (answer === null) return null
      if (answer.reply.options.get(53)![0] === messageTypes.ack) return { reply: answer.reply, again, refused }
    }
    return null
  }

  async #ask(frame: Buffer, xid: number, types: readonly number[], waitsMs: readonly number[]): Promise<{ reply: DhcpReply, again: number } | null> {
    const { promise, resolve } = Promise.withResolvers<DhcpReply | null>()
    this.#waiting.set(xid, reply => { if (types.includes(reply.options.get(53)?.[0] ?? 0)) resolve(reply) })
    let again = -1
    let timer: NodeJS.Timeout
    const send = () => {
      again += 1
      const wait = waitsMs[again]
      if (wait === undefined) { resolve(null); return }
      // What the kernel has no room for is lost, as on a wire.
      this.#socket.send(frame.subarray(headers), 67, '255.255.255.255', () => undefined)
      timer = setTimeout(send, wait)
    }
    send()
    const reply = await promise
    clearTimeout(timer!)
    this.#waiting.delete(xid)
    return reply === null ? null : { reply, again }
  }
}

function bytesOf(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number))
}
