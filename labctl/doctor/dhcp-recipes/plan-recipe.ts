// Decides what somebody else's DHCP server has to tell machines, so that they boot from this bastion.
import { bootPrograms } from '../../../ipxe/boot-programs.ts'

/** What machines of one kind of firmware are told. `file`: fetched from `address` by TFTP, or the URL where `http` is true. */
export interface RecipeRow { tag: string, what: string, architectures: readonly number[], file: string, http: boolean }

/** Everything that a recipe says. `script`: the URL that iPXE runs once it is there. */
export interface Recipe { address: string, rows: readonly RecipeRow[], script: string }

const names = { bios: 'BIOS', efi64: 'UEFI x86-64', efi64http: 'UEFI x86-64, HTTP boot', arm64: 'UEFI arm64', arm64http: 'UEFI arm64, HTTP boot' } as const

/** The recipe for a bastion whose boot plane is at this address and port. */
export function planRecipe(address: string, port: number): Recipe {
  const url = `http://${address}:${port}`
  return {
    address, script: `${url}/boot.ipxe`,
    rows: bootPrograms.map(({ tag, asked, file, loadedBy }) => ({
      tag: `labctl-${tag}`, what: names[tag as keyof typeof names] ?? tag, architectures: asked, http: loadedBy === 'http', file: loadedBy === 'http' ? `${url}/ipxe/${file}` : file,
    })),
  }
}
