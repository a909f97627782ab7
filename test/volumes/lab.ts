// The lab: a real bastion in a network of its own, and a bench on which any number of machines boot, one after the other.
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { startRehearsal } from '../../labctl/rehearsal/start-rehearsal.ts'
import { rehearsalNetwork } from '../../labctl/rehearsal/rehearsal-network.ts'
import type { Rehearsal } from '../../labctl/rehearsal/rehearsal.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { Bench, benchMac } from './bench/bench.ts'
import { attachScript, quote, type LabDisk } from './disk.ts'
import { labLayouts } from './layouts.ts'
import { MachineRows } from './machine-rows.ts'
import { makeStandInImages } from './stand-in-image.ts'

/** Who a machine is to the bastion. Only one is known to it at a time, so that all can have one MAC. */
export interface Identity { uuid: string, serial: string, firmware: 'bios' | 'uefi' }

/** How a boot of a machine ended. */
export interface BootEnd {
  /** rebooted: the steps came to their end. refused: the bastion's answer. stopped: the steps failed. waits: reported, and there is no order. none: no RAM disk was given. cut: the plug was pulled. */
  outcome: 'rebooted' | 'refused' | 'stopped' | 'waits' | 'none' | 'cut' | 'other'
  refusals: Refusal[]
  log: string
}

/** See the file's first line. */
export class Lab {
  readonly rehearsal: Rehearsal
  readonly bench: Bench
  readonly rows: MachineRows
  /** Where images may be put: in memory if there is plenty. */
  readonly store: string
  readonly #folders: string[]
  #attached: string | null = null

  private constructor(rehearsal: Rehearsal, store: string, folders: string[], number: number) {
    this.rehearsal = rehearsal
    this.store = store
    this.#folders = folders
    this.bench = new Bench(rehearsal, join(store, 'bench'), number)
    this.rows = new MachineRows(join(rehearsal.folder.bastionState, 'bastion.sqlite'))
  }

  /** Where the bastion looks for operating systems. */
  get osFolder(): string { return join(this.#folders[0]!, 'os') }

  /** Where the host and the bench see the same files; `/lab/exchange` in there. */
  get exchange(): string { return join(this.store, 'bench', 'exchange') }

  /** Starts the bastion; the bench starts when it is needed. `number`: of the labs that run beside one another. `discoverBy`: the installation tree whose installer discovers, put where operating systems are; the RAM disk otherwise. */
  static async open(layouts: Record<string, Layout> = labLayouts, number = 0, discoverBy: { os: string, place: (osFolder: string) => void } | null = null): Promise<Lab> {
    const folder = mkdtempSync('/var/tmp/labctl-vol-')
    const store = mkdtempSync(join(roomyFolder(), 'labctl-vol-'))
    // However this program ends, but by SIGKILL.
    process.once('exit', () => { for (const made of [folder, store]) rmSync(made, { recursive: true, force: true }) })
    makeStandInImages(join(folder, 'os'))
    discoverBy?.place(join(folder, 'os'))
    try {
      const rehearsal = await startRehearsal({
        directory: join(folder, 'r'), osDirectory: join(folder, 'os'),
        config: { dhcp: { mode: 'off', interface: null, rangeStart: null, rangeEnd: null }, os: { default: 'lab-one', stream: 'tar' }, ramdisk: { console: ['ttyS0'] }, boot: { pollSeconds: 1 }, ...discoverBy === null ? {} : { discovery: { by: 'kickstart', os: discoverBy.os } }, install: { role: Object.keys(layouts)[0]!, layouts } },
      })
      return new Lab(rehearsal, store, [folder, store], number)
    } catch (error) {
      for (const made of [folder, store]) rmSync(made, { recursive: true, force: true })
      throw error
    }
  }

  /** Ends everything and removes it. */
  async close(): Promise<void> {
    await this.bench.cut().catch(() => undefined)
    this.rows.close()
    await this.rehearsal.stop()
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
  }

  /** Gives the bench these disks, whose images are in `folder`. */
  async attach(folder: string, disks: readonly LabDisk[]): Promise<void> {
    if (this.#attached !== null) await this.detach()
    await this.bench.start()
    this.#attached = folder
    await this.bench.must(`open_images ${quote(folder)} || exit 1\n${attachScript(folder, disks)}`)
  }

  /** Takes the disks away; the images have everything that was written. A bench that doesn't let go of them is switched off, which loses nothing that the machine had synced. */
  async detach(): Promise<void> {
    if (this.#attached === null) return
    this.#attached = null
    if (!this.bench.isOn) return
    const { code } = await this.bench.run('detach_disks && close_images', { seconds: 40 }).catch(() => ({ code: null }))
    if (code !== 0) await this.bench.cut()
  }

  /** The plug was pulled, or is pulled now; the disks are as they were left. */
  async cut(): Promise<void> {
    this.#attached = null
    await this.bench.cut()
  }

  /** Boots a machine on the disks attached, and waits for the end of its job. `prepare`: shell that runs in the guest between overlay and job. */
  async boot(identity: Identity, options: { seconds?: number, prepare?: string } = {}): Promise<BootEnd> {
    const seconds = options.seconds ?? 300
    const script = [
      `MACHINE_MAC=${benchMac} MACHINE_IP=10.77.0.50 MACHINE_UUID=${quote(identity.uuid)} MACHINE_SERIAL=${quote(identity.serial)} MACHINE_FIRMWARE=${identity.firmware}`,
      `MACHINE_BOOT_URL=http://${rehearsalNetwork.address}:${rehearsalNetwork.bootPort}`,
      'take_identity || exit 1', 'fetch_overlay', 'case $? in 0) ;; 3) exit 3 ;; *) exit 1 ;; esac',
      options.prepare ?? '', `run_job ${seconds}`,
    ].join('\n')
    const { code, output } = await this.bench.run(script, { seconds: seconds + 60 })
    if (code === null) this.#attached = null
    if (code === null) return { outcome: 'cut', refusals: [], log: output }
    if (code === 3) return { outcome: 'none', refusals: [], log: output }
    const [log = '', rest = ''] = output.split(/^outcome: /m)
    const word = rest.split('\n')[0]!
    const known = (['rebooted', 'refused', 'stopped', 'waits'] as const).find(one => one === word)
    if (known === undefined) return { outcome: 'other', refusals: [], log: `${output}\n(the bench ended with ${code})` }
    return { outcome: known, refusals: known === 'refused' ? refusalsOf(rest.slice(rest.indexOf('body:\n') + 6)) : [], log }
  }

  /** One request to the operator API. Anything but the statuses expected is an error. */
  async api<Body = Record<string, unknown>>(method: string, path: string, body?: unknown, expected: readonly number[] = [200, 201]): Promise<{ status: number, body: Body }> {
    const answer = await this.rehearsal.api(method, path, body)
    if (!expected.includes(answer.status)) throw new Error(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body).slice(0, 2000)}`)
    return answer as { status: number, body: Body }
  }
}

function refusalsOf(body: string): Refusal[] {
  try {
    const problem = JSON.parse(body) as { refusals?: Refusal[] }
    return problem.refusals ?? []
  } catch { return [] }
}

/** Memory where at least 6 GiB of it are free, else the disk. */
function roomyFolder(): string {
  if (!existsSync('/dev/shm')) return '/var/tmp'
  const { bavail, bsize } = statfsSync('/dev/shm')
  return bavail * bsize > 6 * 2 ** 30 ? '/dev/shm' : '/var/tmp'
}

/** A folder for images, made. */
export function imageFolder(lab: Lab, name: string): string {
  const folder = join(lab.store, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}
