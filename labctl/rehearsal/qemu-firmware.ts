// What QEMU is started with for each kind of firmware.

/** The kinds. `uefi-http`: PXE switched off, so that it boots by HTTP. `uefi-secure`: Secure Boot with Microsoft's keys enrolled. The last three are for tests of what firmware does before any system starts: nothing can be installed on them. */
export type FirmwareKind = 'bios' | 'uefi' | 'uefi-http' | 'uefi-secure' | 'uefi-secure-http' | 'uefi-ia32' | 'uefi-arm64'

/** One kind. `code` and `variables`: the firmware's flash and the template of its variables, where Debian's `package` puts them; null for SeaBIOS, which is QEMU's own. `more`: further arguments. */
export interface QemuFirmware { program: string, programPackage: string, machine: string, processor: string, code: string | null, variables: string | null, package: string | null, more: readonly string[] }

const pc = { program: 'qemu-system-x86_64', programPackage: 'qemu-system-x86', processor: 'max' } as const
const withoutPxe = ['-fw_cfg', 'name=opt/org.tianocore/IPv4PXESupport,string=n', '-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=n'] as const
const ovmf = { ...pc, machine: 'q35', code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd', package: 'ovmf', more: [] } as const
// Variables that only the firmware may change need system management mode, and a flash that knows it.
const locked = { ...pc, machine: 'q35,smm=on', more: ['-global', 'driver=cfi.pflash01,property=secure,value=on', '-global', 'ICH9-LPC.disable_s3=1'] } as const
const secure = { ...locked, code: '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd', package: 'ovmf' } as const

/** Every kind. */
export const qemuFirmware: Readonly<Record<FirmwareKind, QemuFirmware>> = {
  'bios': { ...pc, machine: 'pc,graphics=off', code: null, variables: null, package: null, more: [] },
  'uefi': ovmf,
  'uefi-http': { ...ovmf, more: withoutPxe },
  'uefi-secure': secure,
  'uefi-secure-http': { ...secure, more: [...locked.more, ...withoutPxe] },
  'uefi-ia32': { ...locked, code: '/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd', variables: '/usr/share/OVMF/OVMF32_VARS_4M.fd', package: 'ovmf-ia32' },
  'uefi-arm64': { program: 'qemu-system-aarch64', programPackage: 'qemu-system-arm', machine: 'virt', processor: 'cortex-a57', code: '/usr/share/AAVMF/AAVMF_CODE.fd', variables: '/usr/share/AAVMF/AAVMF_VARS.fd', package: 'qemu-efi-aarch64', more: [] },
}
