// Takes a machine's report apart: a tar of raw files, from a sender that is not trusted, so bounded in every direction before anything is parsed.
import { Readable } from 'node:stream'
import { extract, type Extract } from 'tar-stream'
import { BastionError } from '../platform/bastion-error.ts'
import { parsePublicKey } from './parse-public-key.ts'

/** A machine's report: its raw files by name, and its key (SPKI PEM, P-256, checked). */
export interface Report { files: ReadonlyMap<string, Buffer>, publicKey: string }
/** The most that a report may be: files in it, bytes of one, bytes of all with the tar's own. */
export interface ReportLimits { entries: number, entryBytes: number, totalBytes: number }
/** Room for several hundred disks. */
export const reportLimits: ReportLimits = { entries: 2000, entryBytes: 4 * 2 ** 20, totalBytes: 8 * 2 ** 20 }

const plainNames = new Set(['public-key.pem', 'uname', 'firmware', 'clock', 'rtc', 'lsblk.json', 'lsblk-plain.json', 'lvm', 'lvm.json', 'lvm.err', 'lv-signatures', 'by-id', 'dmi-table', 'cpuinfo', 'meminfo', 'ip.json', 'nics', 'efibootmgr', 'mdadm', 'tpm', 'bmc', 'cmdline', 'exits', 'files', 'proof'])
const isKnown = (name: string) => plainNames.has(name) || /^(dmi\/[a-z_]{1,40}|signatures\/[A-Za-z0-9_!.:-]{1,64})$/.test(name)

/** Reads the tar of a report. Refuses with `BST_TOO_LARGE` what passes `limits`, and with `BST_FACTS_INVALID` what is no tar, links and devices, names that no report has (so also `..` and absolute ones), a name that comes twice, and a report without the machine's key. A stream is read no further than its refusal. */
export async function readReport(body: Buffer | Readable, limits: ReportLimits = reportLimits): Promise<Report> {
  const files = new Map<string, Buffer>()
  try {
    const unpacking = extract()
    const reading = feed(Buffer.isBuffer(body) ? Readable.from([body]) : body, unpacking, limits.totalBytes)
    try {
      for await (const entry of unpacking) await takeEntry(entry, files, limits)
      await reading
    } catch (error) {
      unpacking.destroy()
      await reading.catch(() => undefined)
      throw error
    }
  } catch (error) {
    if (error instanceof BastionError) throw error
    throw invalid(`it is not a complete tar file (${(error as Error).message})`)
  }
  const publicKey = parsePublicKey(files.get('public-key.pem')?.toString('latin1') ?? '')
  if (publicKey === null) throw invalid('public-key.pem is not there, or not one P-256 public key')
  return { files, publicKey }
}

async function feed(body: Readable, unpacking: ReturnType<typeof extract>, most: number): Promise<void> {
  let total = 0
  let wake = () => {}
  for (const event of ['drain', 'close'] as const) unpacking.on(event, () => { wake() })
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      total += chunk.length
      if (total > most) throw tooLarge(`The report is larger than ${most} bytes.`)
      if (unpacking.destroyed) return
      if (!unpacking.write(chunk)) await new Promise<void>(resolve => { wake = resolve })
    }
    unpacking.end(null)
  } catch (error) {
    unpacking.destroy(error as Error)
    throw error
  }
}

type Entry = Extract extends AsyncIterable<infer Source> ? Source : never

async function takeEntry(entry: Entry, files: Map<string, Buffer>, limits: ReportLimits): Promise<void> {
  const { name: written, type, size } = entry.header
  const name = written.replace(/^\.\//, '')
  if (type === 'directory' && ['', 'dmi/', 'signatures/'].includes(name)) {
    // tar-stream waits for ever for the content of such a folder (found by npm run fuzz).
    if (size > 0) throw invalid(`${name} is a folder with a size`)
    for await (const _ of entry) throw invalid(`${name} is a folder with content`)
    return
  }
  if (type !== 'file') throw invalid(`${JSON.stringify(name.slice(0, 80))} is a ${type}; only plain files are taken`)
  if (!isKnown(name.replace(/\.err$/, ''))) throw invalid(`${JSON.stringify(name.slice(0, 80))} is no file of a report`)
  if (files.has(name)) throw invalid(`${name} comes twice`)
  if (size > limits.entryBytes) throw tooLarge(`${name} has ${size} bytes; the most is ${limits.entryBytes}.`)
  if (files.size >= limits.entries) throw tooLarge(`The report has more than ${limits.entries} files.`)
  const chunks: Buffer[] = []
  for await (const chunk of entry) chunks.push(chunk as Buffer)
  files.set(name, Buffer.concat(chunks))
}

function invalid(because: string): BastionError {
  return new BastionError('BST_FACTS_INVALID', `The machine's report cannot be read: ${because}.`, { nextStep: 'The RAM disk and the bastion should be of one version; rebuild the RAM disk and start the machine again.' })
}

function tooLarge(message: string): BastionError {
  return new BastionError('BST_TOO_LARGE', message, { nextStep: 'A report is some 100 KB. Look at what the machine sends, on its console.' })
}
