// Which network boot program a machine's firmware is given, by firmware kind, architecture and way of loading.

/** One boot program. `asked`: the client architectures (DHCP option 93, RFC 4578 and the IANA registry "Processor Architecture Types") that are given it. `sources`: where the distribution's package puts it, the first that exists is taken. `known`: SHA-256 of the files of package versions that were looked at. */
export interface BootProgram {
  file: string
  tag: string
  firmware: 'bios' | 'uefi'
  architecture: 'x86_64' | 'arm64'
  loadedBy: 'tftp' | 'http'
  asked: readonly number[]
  package: string
  sources: readonly string[]
  required: boolean
  known: Readonly<Record<string, string>>
}

const debian12 = '1.0.0+git-20190125.36a4c85-5.1'
const debian13 = '1.21.1+git20250501.dad20602+dfsg-1'
const debian14 = '2.0.0+dfsg-5'

const ipxeEfi = {
  file: 'ipxe.efi', firmware: 'uefi', architecture: 'x86_64', package: 'ipxe', required: true,
  sources: ['/usr/lib/ipxe/ipxe.efi'],
  known: {
    [debian12]: '67c7f1f8e062968209ca055283ca782f21faf6a18f55dd19848601bbaf8ed7aa',
    [debian13]: '6095eb23f4173674a3dc124a2a6d3cdeed514172793306a10d525f57b97cdc6a',
    [debian14]: '548f6fc510131b10d3f77a2b9fbdedf2f00308ae5e03ecb16b66a2a6b9665408',
  },
} as const

/** Debian 12's package has no file for arm64. */
const ipxeArm64 = {
  file: 'ipxe-arm64.efi', firmware: 'uefi', architecture: 'arm64', package: 'ipxe', required: false,
  sources: ['/usr/lib/ipxe/ipxe-arm64.efi'],
  known: {
    [debian13]: '5369815eee98bf98b28a18af9a57207f9096a3b4e542ed3df1eb3f5b28d3d9a9',
    [debian14]: 'f9639206ce233e495ea8dd727ab0056420a8b691161f2dfcfcc89a5acf680944',
  },
} as const

/** Every boot program, each tag once. `undionly` and `snponly` drive the card through the firmware that loaded them, so they need no driver of iPXE's own. */
export const bootPrograms: readonly BootProgram[] = [
  {
    file: 'undionly.kpxe', tag: 'bios', firmware: 'bios', architecture: 'x86_64', loadedBy: 'tftp', asked: [0], package: 'ipxe', required: true,
    sources: ['/usr/lib/ipxe/undionly.kpxe'],
    known: {
      [debian12]: 'f09cfbe9bbd39c3f5eb9cdf7386b520a4f5858bbc4438960c5b870c7a8930a7f',
      [debian13]: '391bfe580ec9f823d046ee390765d6c389f482b9a8b9fae0f90871cd8ff57828',
      [debian14]: 'cd72b40cc08d4f4489335232817fa0602c9dd8320eb42066f908f65eea1a3a07',
    },
  },
  {
    file: 'snponly.efi', tag: 'efi64', firmware: 'uefi', architecture: 'x86_64', loadedBy: 'tftp', asked: [7, 9], package: 'ipxe', required: true,
    sources: ['/usr/lib/ipxe/snponly.efi'],
    known: {
      [debian12]: '18fc84b69172b9f7d1e6b5274c81121dde429fdacfdc984747f687cfb4f8090b',
      [debian13]: '9a624b4e05ebc25718a7658356628a352532bd278e7a50465a36ab94a7c4e580',
      [debian14]: '7101de4ada064ebc30ea08fbff8361422de45e9fb5cc59e71906c4e5ea003d7c',
    },
  },
  { ...ipxeEfi, tag: 'efi64http', loadedBy: 'http', asked: [16] },
  { ...ipxeArm64, tag: 'arm64', loadedBy: 'tftp', asked: [11] },
  { ...ipxeArm64, tag: 'arm64http', loadedBy: 'http', asked: [19] },
]
