// The report of each machine of a storm: a recorded one, with identities of its own.
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { extract, pack } from 'tar-stream'

/** Who a machine of a storm is. */
export interface StormIdentity { number: number, mac: string, uuid: string, serial: string, firmware: 'bios' | 'uefi' }

/** Machine `number`; every other one has UEFI. */
export function identityOf(number: number): StormIdentity {
  const hex = number.toString(16).padStart(6, '0')
  return { number, mac: `52:54:10:${hex.match(/../g)!.join(':')}`, uuid: `57012a00-5c1e-4b7e-9000-000000${hex}`, serial: `STORM-${String(number).padStart(5, '0')}`, firmware: number % 2 === 0 ? 'bios' : 'uefi' }
}

/** A recorded report, file by file: a machine with five disks, LVM and RAID. */
export async function readRecorded(): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  const unpacking = extract()
  Readable.from([gunzipSync(readFileSync(new URL('../fixtures/reports/bios-lvm-raid.tar.gz', import.meta.url)))]).pipe(unpacking)
  for await (const entry of unpacking) {
    const content = Buffer.concat(await Array.fromAsync(entry) as Buffer[])
    if (entry.header.type === 'file') files.set(entry.header.name, content)
  }
  return files
}

/** The report of one machine as the tar that it posts: MACs, UUID, serials, disks and key are its own. */
export async function reportOf({ number, mac, uuid, serial, firmware }: StormIdentity, recorded: ReadonlyMap<string, Buffer>): Promise<Buffer> {
  const digits = String(number).padStart(6, '0')
  const own: readonly (readonly [string, string])[] = [
    ['52:54:00:12:34:56', mac], ['52:54:00:aa:bb:cc', `52:54:11${mac.slice(8)}`], ['11111111-2222-3333-4444-555555555555', uuid], ['SER1', serial], ['BRD1', `BRD-${digits}`],
    ['AAA111', `A${digits}`], ['VIRT333', `V${digits}`], ['NVM222', `N${digits}`], ['4e564d323232', Buffer.from(`N${digits}`).toString('hex')], ['RRR1', `R1${digits}`], ['RRR2', `R2${digits}`], ['0x5000c50015ea71aa', `0x5000c50000${digits}`],
  ]
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const archive = pack()
  for (const [name, content] of recorded) {
    if (name === 'firmware') archive.entry({ name }, `${firmware}\n`)
    else if (name === 'public-key.pem') archive.entry({ name }, publicKey.export({ type: 'spki', format: 'pem' }).toString())
    else archive.entry({ name }, Buffer.from(own.reduce((text, [from, to]) => text.replaceAll(from, to), content.toString('latin1')), 'latin1'))
  }
  archive.finalize()
  return Buffer.concat(await Array.fromAsync(archive) as Buffer[])
}
