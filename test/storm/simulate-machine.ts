// One machine of a storm, from its firmware's first DHCP packet until it waits for an order.
import { setTimeout as sleep } from 'node:timers/promises'
import { runIpxeScript } from '../../labctl/rehearsal/uml/run-ipxe-script.ts'
import type { DhcpClients, Leased } from './dhcp-clients.ts'
import { askedAgainIn, fetchPinned, fetchPlain } from './fetch-http.ts'
import { fetchTftp } from './fetch-tftp.ts'
import { reportOf, type StormIdentity } from './machine-report.ts'

/** The steps of a boot, in their order; each is timed. */
export const stormPhases = ['firmware', 'program', 'ipxe', 'script', 'files', 'overlay', 'facts', 'waiting'] as const
export type StormPhase = (typeof stormPhases)[number]

/** What one machine went through. `at`: when each phase began, in milliseconds of the monotonic clock. `failed`: why it got no further, null when it waits. */
export interface StormBoot { number: number, at: Partial<Record<StormPhase, number>>, again: Record<string, number>, bytes: number, failed: string | null }

/** What all machines of a storm share. */
export interface StormGround { clients: DhcpClients, recorded: ReadonlyMap<string, Buffer>, onPhase: (phase: StormPhase) => void, stop: AbortSignal }

/** PXE 2.1, section 2.2.5: four tries. iPXE: from one second on, doubling. Each with the jitter of its kind. */
const pxeWaits = () => [4000, 8000, 16_000, 32_000].map(jittered)
const ipxeWaits = () => [1000, 2000, 4000, 8000, 10_000, 10_000, 10_000].map(jittered)
const jittered = (ms: number): number => ms * (0.75 + Math.random() / 2)

/** Boots it. Resolves once it has been told to wait for the first time, or has failed; it then goes on asking for orders until `stop`. */
export async function simulateMachine(identity: StormIdentity, ground: StormGround): Promise<StormBoot> {
  const boot: StormBoot = { number: identity.number, at: {}, again: {}, bytes: 0, failed: null }
  try { await new SimulatedBoot(identity, ground, boot).run() } catch (error) { boot.failed = error instanceof Error ? error.message : String(error) }
  return boot
}

class SimulatedBoot {
  readonly #who: StormIdentity
  readonly #ground: StormGround
  readonly #boot: StormBoot
  #address = ''

  constructor(who: StormIdentity, ground: StormGround, boot: StormBoot) {
    this.#who = who
    this.#ground = ground
    this.#boot = boot
  }

  async run(): Promise<void> {
    const overlay = await this.#load()
    const word = (key: string) => new RegExp(`^${key}='?([^'\n]+)`, 'm').exec(overlay)?.[1] ?? ''
    const url = word('LABCTL_URL')
    const told = { pins: word('LABCTL_PIN').split(';').map(pin => pin.replace('sha256//', '')), headers: { Authorization: `Bearer ${/Authorization: Bearer ([A-Za-z0-9_-]{22})\n/.exec(overlay)?.[1]}` } }
    const report = await reportOf(this.#who, this.#ground.recorded)
    this.#enter('facts')
    await this.#tellFacts(new URL(`${url}/api/boot/facts`), told, report)
    this.#enter('waiting')
    void this.#wait(new URL(`${url}/api/boot/next`), told)
  }

  /** Firmware and iPXE, down to the overlay of this boot. */
  async #load(): Promise<string> {
    const { mac, uuid, serial, firmware } = this.#who
    const architecture = firmware === 'bios' ? 0 : 7
    const asked: readonly (readonly [number, Buffer])[] = [[55, Buffer.of(1, 3, 6, 43, 51, 54, 60, 66, 67)], [57, Buffer.of(5, 192)], [93, Buffer.of(0, architecture)], [94, Buffer.of(1, 3, 16)], [97, Buffer.concat([Buffer.of(0), Buffer.from(uuid.replaceAll('-', ''), 'hex')])], [60, Buffer.from(`PXEClient:Arch:${String(architecture).padStart(5, '0')}:UNDI:003016`)]]
    this.#enter('firmware')
    const first = this.#took('firmware', await this.#ground.clients.lease({ mac, options: asked, waitsMs: pxeWaits() }))
    this.#enter('program')
    const program = await fetchTftp(first.address, first.server, first.file)
    this.#again('program', program.again)
    this.#boot.bytes += program.sizeBytes
    this.#enter('ipxe')
    const second = this.#took('ipxe', await this.#ground.clients.lease({ mac, options: [...asked, [77, Buffer.from('iPXE')], [175, Buffer.from('b105018086100e', 'hex')]], waitsMs: ipxeWaits() }))
    this.#address = second.address
    let overlay = ''
    const end = await runIpxeScript(second.file, {
      settings: { 'netX/mac': mac, 'netX/ip': second.address, 'netX/netmask': '255.255.240.0', 'netX/gateway': '', uuid, serial, manufacturer: 'Test', product: 'Storm', buildarch: 'x86_64', platform: firmware === 'bios' ? 'pcbios' : 'efi' },
      say: () => undefined, bootsDisk: () => false,
      sleep: async ms => { this.#again('script', 1); await sleep(ms, undefined, { signal: this.#ground.stop }) },
      fetch: async url => {
        const bytes = await this.#fetch(new URL(url))
        if (url.endsWith('/overlay.cpio')) overlay = bytes.toString('latin1')
        return bytes
      },
    })
    if (end.kind !== 'kernel') throw new Error(`iPXE ended with ${end.kind}, not with the RAM disk`)
    return overlay
  }

  #took(step: 'firmware' | 'ipxe', leased: Leased | null): { address: string, server: string, file: string } {
    if (leased === null) throw new Error(`${step}: no DHCP server answered in all its tries`)
    this.#again(step, leased.again)
    this.#again('refused', leased.refused)
    return { address: leased.reply.yourAddress, server: leased.reply.nextServer, file: leased.reply.file }
  }

  async #fetch(url: URL): Promise<Buffer> {
    const large = url.pathname.startsWith('/ramdisk/')
    if (!url.pathname.startsWith('/boot/') && !large) this.#enter('script')
    else if (url.pathname.endsWith('/vmlinuz')) this.#enter('files')
    else if (!large) this.#enter('overlay')
    const { status, body, sizeBytes } = await fetchPlain(this.#address, url, !large)
    this.#boot.bytes += sizeBytes
    if (status !== 200) throw new Error(`${url.pathname.split('/').at(-1)}: HTTP ${status}`)
    return body
  }

  /** As templates/overlay/conversation.sh does it. */
  async #tellFacts(url: URL, told: { pins: string[], headers: Record<string, string> }, report: Buffer): Promise<void> {
    for (let pause = 1; ; pause = Math.min(pause * 2, 30)) {
      const answer = await fetchPinned(this.#address, url, { ...told, method: 'POST', headers: { ...told.headers, 'Content-Type': 'application/x-tar', 'Labctl-Started': '2.0', 'Labctl-Uptime': '7.5' }, body: report }).catch(() => null)
      if (answer?.status === 200) return
      if (answer !== null && answer.status !== 429 && answer.status < 500) throw new Error(`the facts were answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`)
      this.#again('facts', 1)
      await sleep(pause * 1000, undefined, { signal: this.#ground.stop })
    }
  }

  async #wait(url: URL, told: { pins: string[], headers: Record<string, string> }): Promise<void> {
    while (!this.#ground.stop.aborted) {
      const answer = await fetchPinned(this.#address, url, told).catch(() => null)
      if (this.#ground.stop.aborted) return
      if (answer?.status === 200 && answer.body.toString() === 'wait') {
        await sleep(1000 * askedAgainIn(answer), undefined, { signal: this.#ground.stop }).catch(() => undefined)
        continue
      }
      this.#again('waiting', 1)
      await sleep(5000)
    }
  }

  #enter(phase: StormPhase): void {
    if (this.#boot.at[phase] !== undefined) return
    this.#boot.at[phase] = performance.now()
    this.#ground.onPhase(phase)
  }

  #again(what: string, count: number): void {
    if (count > 0) this.#boot.again[what] = (this.#boot.again[what] ?? 0) + count
  }
}
