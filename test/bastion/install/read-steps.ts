// What the shell steps do to disks, read off their text: anything that writes and can't be read is an error.

/** Things by stable names: disks by-id, partitions `<disk>-part<n>`, volumes `group/name`. */
export interface StepsEffects {
  wipedDisks: Set<string>, partitionedDisks: Set<string>, madePartitions: Set<string>, physicalVolumes: Set<string>, madeGroups: Set<string>
  madeVolumes: Set<string>, cleared: Set<string>, formatted: Set<string>, mounted: Set<string>, bootDisk: string | null, foundDisks: Set<string>
}

const programs = /\b(wipefs|sgdisk|sfdisk|parted|pvcreate|pvremove|pvresize|pvmove|vgcreate|vgremove|vgrename|vgextend|vgreduce|vgcfgrestore|lvcreate|lvremove|lvrename|lvresize|lvextend|lvreduce|lvconvert|mkfs(\.\w+)?|mkswap|dd|blkdiscard|shred|tune2fs|e2fsck|xfs_admin|xfs_repair|fsck\S*|cryptsetup|mdadm|grub-install)(?=\s)/
const readsOnly = /wipefs --no-act|sfdisk --part-uuid|\bdd if="[^"]+" (of="\$LABCTL_RUN\/\w+" )?(bs|iflag)=(?!.*\bof="?\/dev)/

/** The effects of the steps in their order. */
export function readSteps(text: string): StepsEffects {
  const effects: StepsEffects = { wipedDisks: new Set(), partitionedDisks: new Set(), madePartitions: new Set(), physicalVolumes: new Set(), madeGroups: new Set(), madeVolumes: new Set(), cleared: new Set(), formatted: new Set(), mounted: new Set(), bootDisk: null, foundDisks: new Set() }
  const variables = new Map<string, string>()
  let [disk, node, inside] = ['', '', '']
  const target = (word: string): string => {
    if (word.startsWith('/dev/')) return /^\/dev\/([^/]+\/[^/]+)$/.exec(word)?.[1] ?? fail(word)
    return variables.get(word.replace(/^\$/, '')) ?? fail(word)
  }
  for (const said of text.replaceAll('\\\n', ' ').split('\n')) {
    if (said.startsWith('#')) continue
    // What is told before giving up is no command.
    const line = said.replace(/(^|[ (])(stop|labctl_fail|labctl_say) .*$/, '$1')
    const begun = /^(\w+)\(\) \{/.exec(line)
    if (begun !== null) inside = begun[1]!
    const words = split(line)
    const [first, second] = words
    if (first === 'find_disk') { disk = second!; effects.foundDisks.add(disk); node = '' }
    else if (first === 'partition_node') node = `${disk}-part${second}`
    else if (/^\w+=\$node$/.test(line)) variables.set(line.slice(0, line.indexOf('=')), node)
    else if (inside !== '') {
      if (programs.test(line) && !readsOnly.test(line) && inside !== 'wipe_disk') fail(`${inside}: ${line}`)
      if (line.startsWith('}') || /^\w+\(\) \{.*\}$/.test(line)) inside = ''
    }
    else if (first === 'wipe_disk') effects.wipedDisks.add(disk)
    else if (first === 'run' && words.includes('mount') && words.includes('-t') && !words.includes('tmpfs')) effects.mounted.add(target(words.at(-2)!))
    else if (first === 'for' && second === 'program') continue
    else if (programs.test(line) && !readsOnly.test(line)) {
      const at = words.findIndex(word => programs.test(`${word} `) && !word.includes(' '))
      const [program, rest] = [words[at], words.slice(at + 1)]
      if (program === 'sgdisk' && rest.includes('--clear') && rest.at(-1) === '$disk') {
        effects.partitionedDisks.add(disk)
        for (const word of rest) if (word.startsWith('--new=')) effects.madePartitions.add(`${disk}-part${word.slice(6, word.indexOf(':'))}`)
      } else if (program === 'wipefs') for (const word of rest.filter(word => !word.startsWith('-'))) effects.cleared.add(target(word))
      else if (program === 'pvcreate') effects.physicalVolumes.add(target(rest.at(-1)!))
      else if (program === 'vgcreate') { effects.madeGroups.add(rest[rest.indexOf('-s') + 2]!); for (const word of rest.slice(rest.indexOf('-s') + 3)) target(word) }
      else if (program === 'lvcreate') {
        const at = rest.indexOf('--addtag') + 2
        effects.madeVolumes.add(`${rest[at]}/${rest[rest.indexOf('-n') + 1]}`)
        for (const word of rest.slice(at + 1)) target(word)
      }
      else if (program!.startsWith('mk')) effects.formatted.add(target(rest.at(-1)!))
      else if (program === 'grub-install' && words.includes('chroot')) { if (rest.at(-1) === '$disk') effects.bootDisk = disk; else if (!rest.includes('--efi-directory=/boot/efi')) fail(line) }
      else fail(line)
    } else if (/\/dev\/(sd|nvme|vd|hd|mapper\/(?!control))/.test(line) && !line.includes('root=/dev/mapper/') && !lineOfFstab.test(line) && !line.trim().startsWith('case')) fail(line)
  }
  return effects
}

/** A line of the file that the steps write, no command (fstab(5)). */
const lineOfFstab = /^\/dev\/mapper\/\S+ (\/\S*|none) (ext4|xfs|swap) \S+ 0 [012]$/

function fail(what: string): never {
  throw new Error(`The steps write in a way that can't be read: ${what}`)
}

/** The words of one line as a shell splits it; what a variable holds stays as it is named. */
function split(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/g)].map(([word]) => word.replaceAll(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g, '$1$2$3'))
}
