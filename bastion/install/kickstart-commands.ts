// The storage commands of a Kickstart file, typed: what is judged is exactly what is rendered.

/** Which disks Anaconda may look at at all. */
export interface IgnoreDisk { command: 'ignoredisk', onlyUse: string[] }
/** What is cleared before anything is made. */
export interface ClearPart { command: 'clearpart', how: 'all' | 'linux' | 'none', initLabel: boolean, drives: string[] }
/** The disk that the firmware starts from. `append`: kernel arguments of the installed system, with blanks between them. */
export interface BootLoader { command: 'bootloader', bootDrive: string, append: string | null }
/** One partition: a new one on `onDisk`, or `onPart` that is there. `mount`: a path, `biosboot`, or `pv.NN`. */
export interface Part { command: 'part', mount: string, onDisk: string | null, onPart: string | null, sizeMib: number | null, grow: boolean, filesystem: string | null, noFormat: boolean }
/** One volume group: a new one of `members`, or one that is there. */
export interface VolGroup { command: 'volgroup', name: string, members: string[], extentKib: number | null, useExisting: boolean, noFormat: boolean }
/** One logical volume. Anaconda formats one that is there unless `noFormat` is said. */
export interface LogVol { command: 'logvol', mount: string, group: string, name: string, sizeMib: number | null, grow: boolean, filesystem: string | null, useExisting: boolean, noFormat: boolean }

/** See each of them. */
export type KickstartCommand = IgnoreDisk | ClearPart | BootLoader | Part | VolGroup | LogVol

/** The commands of one kind. */
export function commandsOf<Name extends KickstartCommand['command']>(commands: readonly KickstartCommand[], name: Name): Extract<KickstartCommand, { command: Name }>[] {
  return commands.filter((found): found is Extract<KickstartCommand, { command: Name }> => found.command === name)
}

const diskFolder = '/dev/disk/by-id/'
/** A disk as Anaconda is told it: by its stable name. */
export const diskPath = (byId: string): string => `${diskFolder}${byId}`
/** A partition as Anaconda is told it. */
export const partitionPath = (partUuid: string): string => `PARTUUID=${partUuid.toLowerCase()}`
/** The words of a command as they stand in the file. */
export function wordsOf(found: KickstartCommand): string[] {
  const flag = (name: string, on: boolean): string[] => (on ? [`--${name}`] : [])
  const option = (name: string, value: string | number | null): string[] => (value === null ? [] : [`--${name}=${value}`])
  switch (found.command) {
    case 'ignoredisk': return option('only-use', found.onlyUse.join(','))
    case 'clearpart': return [`--${found.how}`, ...flag('initlabel', found.initLabel), ...option('disklabel', found.initLabel ? 'gpt' : null), ...option('drives', found.drives.length === 0 ? null : found.drives.join(','))]
    case 'bootloader': return ['--location=mbr', ...option('boot-drive', found.bootDrive), ...option('append', found.append), ...option('timeout', found.append === null ? null : 2)]
    case 'part': return [found.mount, ...option('ondisk', found.onDisk), ...option('onpart', found.onPart), ...option('size', found.sizeMib), ...flag('grow', found.grow), ...option('fstype', found.filesystem), ...flag('noformat', found.noFormat)]
    case 'volgroup': return [found.name, ...found.members, ...option('pesize', found.extentKib), ...flag('useexisting', found.useExisting), ...flag('noformat', found.noFormat)]
    case 'logvol': return [found.mount, ...option('vgname', found.group), ...option('name', found.name), ...option('size', found.sizeMib), ...flag('grow', found.grow), ...option('fstype', found.filesystem), ...flag('useexisting', found.useExisting), ...flag('noformat', found.noFormat)]
  }
}
