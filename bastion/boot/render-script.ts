// Renders what a machine's iPXE is told. Always a valid script; the reason stands on the machine's screen.
import { Type, type Static } from 'typebox'
import { compileTemplate } from '../platform/compile-template.ts'

/** View of `templates/boot.ipxe.hbs`. */
export const FirstScriptViewSchema = Type.Object({ bootUrl: Type.String() })
/** View of `templates/ramdisk.ipxe.hbs`. */
export const RamdiskScriptViewSchema = Type.Object({
  bootUrl: Type.String(), because: Type.String(), ticket: Type.String(), firmwareImage: Type.Boolean(), consoles: Type.Array(Type.String()), kernelArguments: Type.Array(Type.String()),
})
/** View of `templates/installer.ipxe.hbs`. `os`: of the tree; `kernel`, `initrd`: paths in it; `logIntake`: `ADDRESS:PORT`. */
export const InstallerScriptViewSchema = Type.Object({
  bootUrl: Type.String(), because: Type.String(), ticket: Type.String(), os: Type.String(), kernel: Type.String(), initrd: Type.String(), logIntake: Type.Union([Type.String(), Type.Null()]), consoles: Type.Array(Type.String()), kernelArguments: Type.Array(Type.String()),
})
/** View of `templates/local-disk.ipxe.hbs`. */
export const LocalDiskScriptViewSchema = Type.Object({ because: Type.String(), uefi: Type.Boolean() })
/** View of `templates/refuse.ipxe.hbs`. */
export const RefuseScriptViewSchema = Type.Object({ bootUrl: Type.String(), because: Type.String(), retry: Type.Boolean(), retrySeconds: Type.Integer(), uefi: Type.Boolean() })

/** View of `templates/unread.ipxe.hbs`. */
export const UnreadScriptViewSchema = Type.Object({ because: Type.String() })

const template = <View extends object>(name: string) => compileTemplate<View>(new URL(`../../templates/${name}.ipxe.hbs`, import.meta.url))

/** The first script: says who asks, chains to `/dispatch`. */
export const renderFirstScript = template<Static<typeof FirstScriptViewSchema>>('boot')
/** Loads the RAM disk with this boot's overlay. */
export const renderRamdiskScript = template<Static<typeof RamdiskScriptViewSchema>>('ramdisk')
/** Loads an installation tree's installer with this boot's overlay, in which its kickstart is. */
export const renderInstallerScript = template<Static<typeof InstallerScriptViewSchema>>('installer')
/** Goes on with the local disk: BIOS by `sanboot`, UEFI by leaving iPXE with an error, which goes on in the boot order. */
export const renderLocalDiskScript = template<Static<typeof LocalDiskScriptViewSchema>>('local-disk')
/** Shows a refusal, then asks again or goes on with the local disk. */
export const renderRefuseScript = template<Static<typeof RefuseScriptViewSchema>>('refuse')
/** Refuses a request that could not be read, then goes on with the local disk, on BIOS or UEFI. */
export const renderUnreadScript = template<Static<typeof UnreadScriptViewSchema>>('unread')
