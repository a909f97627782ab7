// A UEFI firmware's boot variables as a folder of files, laid out as efivarfs shows them (UEFI 2.10 section 3.1.3).
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const global = '8be4df61-93ca-11d2-aa0d-00e098032b8c'
const attributes = Buffer.from([7, 0, 0, 0])

/** One boot entry: from a GPT partition, from the network, or something else. */
export interface FakeEntry { number: string, label: string, from: { partUuid: string, partition: number, loader: string } | 'network' | 'other' }

/** The variables in `directory`. */
export class FakeFirmware {
  readonly directory: string
  constructor(directory: string) {
    this.directory = directory
    mkdirSync(directory, { recursive: true })
  }

  #path(name: string): string { return join(this.directory, `${name}-${global}`) }

  /** Numbers in the boot order. */
  get order(): string[] {
    const bytes = existsSync(this.#path('BootOrder')) ? readFileSync(this.#path('BootOrder')).subarray(4) : Buffer.alloc(0)
    return Array.from({ length: bytes.length / 2 }, (_, at) => hex4(bytes.readUInt16LE(at * 2)))
  }

  set order(numbers: readonly string[]) {
    const bytes = Buffer.alloc(numbers.length * 2)
    for (const [at, number] of numbers.entries()) bytes.writeUInt16LE(Number.parseInt(number, 16), at * 2)
    writeFileSync(this.#path('BootOrder'), Buffer.concat([attributes, bytes]))
  }

  /** Number and label of every entry. */
  get entries(): string[] {
    return readdirSync(this.directory).flatMap(name => {
      const number = /^Boot([0-9A-F]{4})-/.exec(name)?.[1]
      return number === undefined ? [] : [`${number} ${readFileSync(join(this.directory, name)).subarray(10).toString('utf16le').split('\0')[0]}`]
    }).toSorted()
  }

  /** Writes an entry. */
  put({ number, label, from }: FakeEntry): void {
    const path = Buffer.concat([from === 'network' ? networkNodes() : from === 'other' ? node(4, 6, Buffer.alloc(16, 9)) : diskNodes(from), node(0x7f, 0xff, Buffer.alloc(0))])
    const head = Buffer.alloc(6)
    head.writeUInt32LE(1)
    head.writeUInt16LE(path.length, 4)
    writeFileSync(this.#path(`Boot${number}`), Buffer.concat([attributes, head, utf16(label), path]))
  }
}

/** The program that stands in for efibootmgr on such variables. */
export const fakeEfibootmgr = fileURLToPath(new URL('fake-efibootmgr.pl', import.meta.url))

const hex4 = (number: number): string => number.toString(16).toUpperCase().padStart(4, '0')
const utf16 = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf16le')

function node(type: number, subtype: number, data: Buffer): Buffer {
  const head = Buffer.from([type, subtype, 0, 0])
  head.writeUInt16LE(data.length + 4, 2)
  return Buffer.concat([head, data])
}

/** PciRoot, MAC and IPv4, as PXE's entries are. */
const networkNodes = (): Buffer => Buffer.concat([node(2, 1, Buffer.alloc(8)), node(3, 0x0b, Buffer.alloc(33)), node(3, 0x0c, Buffer.alloc(23))])

function diskNodes({ partUuid, partition, loader }: { partUuid: string, partition: number, loader: string }): Buffer {
  const place = Buffer.alloc(38)
  place.writeUInt32LE(partition)
  const bytes = Buffer.from(partUuid.replaceAll('-', ''), 'hex')
  for (const [from, to] of [[0, 4], [4, 6], [6, 8]] as const) bytes.subarray(from, to).reverse()
  bytes.copy(place, 20)
  place.set([2, 2], 36)
  return Buffer.concat([node(4, 1, place), node(4, 4, utf16(loader))])
}
