// Each rule of what Anaconda must not be told, broken alone on commands that are right otherwise.
import t from 'tap'
import { judgeKickstart } from '../../../bastion/install/judge-kickstart.ts'
import type { KickstartCommand, LogVol, Part, VolGroup } from '../../../bastion/install/kickstart-commands.ts'
import { planKickstart, type KickstartQuestion } from '../../../bastion/install/plan-kickstart.ts'
import { renderKickstartStorage } from '../../../bastion/install/render-kickstart.ts'
import type { Facts } from '../../../protocol/facts.ts'
import { diskOf, GiB, groupOf, physicalVolumeOf, volumeOf } from '../volumes/facts-of.ts'
import { situations } from './kickstart-of.ts'

const install = situations['install-bios']!()
const again = situations['reprovision-bios']!()
const wide = situations['reprovision-uefi-data-disks']!()

type Change = (command: KickstartCommand) => KickstartCommand | KickstartCommand[] | null
/** The codes of the rules that are broken when the commands of this plan are changed so. */
function broken(question: KickstartQuestion, change: Change, more: Partial<KickstartQuestion> = {}): string[] {
  const commands = planKickstart(question).flatMap(command => change(structuredClone(command)) ?? [])
  return [...new Set(judgeKickstart(commands, { ...question, ...more }).map(({ code }) => code.replace('kickstart-', '')))]
}
const none: Change = command => command
const one = (name: KickstartCommand['command'], more: object): Change => command => (command.command === name ? { ...command, ...more } as KickstartCommand : command)
const logvol = (mount: string, more: Partial<LogVol>): Change => command => (command.command === 'logvol' && command.mount === mount ? { ...command, ...more } : command)
const part = (mount: string, more: Partial<Part>): Change => command => (command.command === 'part' && command.mount === mount ? { ...command, ...more } : command)
const without = (test: (command: KickstartCommand) => boolean): Change => command => (test(command) ? null : command)
const beside = (extra: KickstartCommand): Change => command => (command.command === 'bootloader' ? [command, extra] : command)
const facts = (question: KickstartQuestion, more: Partial<Facts['lvm']> & Partial<Pick<Facts, 'disks'>>): { facts: Facts } => {
  const { disks = question.facts.disks, ...lvm } = more
  return { facts: { ...question.facts, disks, lvm: { ...question.facts.lvm, ...lvm } } }
}
const pv = again.plan.disks[0]!.planned.find(({ role }) => role === 'lvm')!.partUuid
const keptPv: Part = { command: 'part', mount: 'pv.01', onDisk: null, onPart: `PARTUUID=${pv}`, sizeMib: null, grow: false, filesystem: null, noFormat: true }
const group = (more: Partial<VolGroup>): Change => one('volgroup', more)

t.test('what the plans give breaks no rule', async t => {
  for (const [name, question] of Object.entries(situations)) t.same(broken(question(), none), [], name)
})

t.test('1: a kept volume with --useexisting alone is formatted', async t => {
  t.same(broken(again, logvol('/home', { noFormat: false })), ['keep'])
  t.same(broken(again, logvol('/home', { noFormat: false, filesystem: 'ext4' })), ['keep'])
  t.same(broken(again, logvol('/home', { useExisting: false, noFormat: false, filesystem: 'ext4', sizeMib: 2048 })), ['space', 'joined-name', 'keep'])
})

t.test('2: what is formatted in place has a file system and no size', async t => {
  t.same(broken(again, logvol('/var', { sizeMib: 8192 })), ['reformat'])
  t.same(broken(again, logvol('/var', { filesystem: null })), ['reformat'])
  t.same(broken(again, logvol('/var', { noFormat: true, filesystem: null })), ['reformat'])
})

t.test('3: a volume without a mount point must not be named', async t => {
  t.same(broken(again, logvol('/home', { mount: 'none' })), ['no-mount', 'volume'])
  t.same(broken(install, part('/boot', { mount: 'boot' })), ['no-mount'])
})

t.test('4: a kept PV without --noformat, a group that is there with members, a group made over one', async t => {
  t.same(broken(again, beside({ ...keptPv, noFormat: false })), ['kept-pv'])
  t.same(broken(again, beside(keptPv)), [], 'with --noformat it is harmless')
  t.same(broken(again, group({ members: ['pv.01'] })), ['group'])
  t.same(broken(again, group({ noFormat: false })), ['group'])
  t.same(broken(again, group({ useExisting: false, noFormat: false, members: ['pv.01'], extentKib: 4096 })), ['group-twice', 'group'])
  t.same(broken(install, group({ useExisting: true, noFormat: true, members: [], extentKib: null })), ['group'])
  t.same(broken(install, group({ members: ['pv.09'] })), ['group'])
  t.same(broken(install, group({ members: [] })), ['group'])
})

t.test('5: a mount point twice', async t => {
  t.same(broken(again, logvol('/srv', { mount: '/home' })), ['mount-twice', 'volume'])
  t.same(broken(again, beside({ ...keptPv, mount: '/home', onPart: `PARTUUID=${again.plan.disks[0]!.planned[1]!.partUuid}` })), ['partition', 'mount-twice'])
  t.same(broken(install, part('/boot/efi', { mount: '/boot' })), ['mount-twice'])
})

t.test('6: joined names that coincide with a volume on any disk', async t => {
  const clash = (own: KickstartQuestion): { facts: Facts } => facts(own, { volumeGroups: [...own.facts.lvm.volumeGroups, groupOf('vg0--srv')], logicalVolumes: [...own.facts.lvm.logicalVolumes, volumeOf('vg0--srv', 'x')] })
  t.same(broken(again, none, clash(again)), [], 'vg0--srv-x is not vg0-srv')
  const [a, b] = [groupOf('vg0-sr', { uuid: 'g-1' }), volumeOf('vg0-sr', 'v', { groupUuid: 'g-1' })]
  t.same(broken(again, none, facts(again, { volumeGroups: [...again.facts.lvm.volumeGroups, a], logicalVolumes: [...again.facts.lvm.logicalVolumes, b] })), [])
  const rename = (command: KickstartCommand): KickstartCommand => (command.command === 'logvol' && command.name === 'srv' ? { ...command, name: 'a-srv' } : command)
  const named = { ...again, plan: { ...again.plan, volumes: again.plan.volumes.map(volume => (volume.name === 'srv' ? { ...volume, name: 'a-srv' } : volume)) } }
  const lvm = (extra: boolean) => facts(again, {
    volumeGroups: [...again.facts.lvm.volumeGroups, groupOf('vg0-a')],
    logicalVolumes: [...again.facts.lvm.logicalVolumes.map(volume => (volume.name === 'srv' ? { ...volume, name: 'a-srv' } : volume)), ...(extra ? [volumeOf('vg0-a', 'srv')] : [])],
  })
  t.same(broken(named, rename, lvm(false)), [])
  t.same(broken(named, rename, lvm(true)), ['joined-name'])
  t.same(broken(install, logvol('/srv', { name: 'home' })), ['joined-name', 'volume'], 'and among the new ones')
})

t.test('7: two groups of one name, a group that is not whole, a disk of it that is ignored', async t => {
  const lvm = again.facts.lvm
  t.same(broken(again, none, facts(again, { volumeGroups: [...lvm.volumeGroups, groupOf('x'), groupOf('x', { uuid: 'vg-2' })] })), ['group-twice'])
  t.same(broken(install, none, facts(install, { volumeGroups: [...install.facts.lvm.volumeGroups, groupOf('vg0')] })), ['group-twice'])
  t.same(broken(again, none, facts(again, { volumeGroups: lvm.volumeGroups.map(found => ({ ...found, partial: true })) })), ['group-missing'])
  t.same(broken(again, none, facts(again, { physicalVolumes: lvm.physicalVolumes.map(found => ({ ...found, missing: true })) })), ['group-missing'])
  t.same(broken(again, none, facts(again, { volumeGroups: [], logicalVolumes: [] })), ['group-missing', 'volume-missing'])
  const spread = facts(again, { disks: [...again.facts.disks, diskOf('sdy')], physicalVolumes: [...lvm.physicalVolumes, physicalVolumeOf('/dev/sdy', 'vg0')] })
  t.same(broken(again, none, spread), ['only-use'], 'a PV that was added by hand')
  t.same(broken(wide, one('ignoredisk', { onlyUse: planKickstart(wide).flatMap(command => (command.command === 'ignoredisk' ? command.onlyUse.slice(0, 2) : [])) })), ['only-use'])
})

t.test('8: clearing without --drives, of other disks, or on a reprovision', async t => {
  for (const more of [{ how: 'all' }, { how: 'linux' }, { initLabel: true }, { drives: ['/dev/disk/by-id/ata-QEMU_HARDDISK_SER-sda'] }]) t.same(broken(again, one('clearpart', more)), ['clearpart'], JSON.stringify(more))
  for (const more of [{ how: 'linux' }, { how: 'none' }, { initLabel: false }, { drives: [] }, { drives: ['/dev/disk/by-id/ata-QEMU_HARDDISK_SER-sda', '/dev/disk/by-id/ata-QEMU_HARDDISK_SER-sdz'] }]) t.same(broken(install, one('clearpart', more)), ['clearpart'], JSON.stringify(more))
  t.same(broken(again, without(({ command }) => command === 'clearpart')), ['clearpart'])
  t.same(broken(again, without(({ command }) => command === 'ignoredisk')), ['only-use'])
})

t.test('9: names that are not stable, or mean no thing or two', async t => {
  for (const name of ['sda', '/dev/sda', '/dev/disk/by-path/x', '/dev/disk/by-id/nothing', '/dev/disk/by-id/a,b']) t.same(broken(install, part('/boot', { onDisk: name })), ['name', 'partition'], name)
  for (const name of ['sda3', '/dev/sda3', 'PARTLABEL=labctl-boot', `PARTUUID=${'0'.repeat(36)}`]) t.same(broken(again, part('/boot', { onPart: name })), ['name', 'partition'], name)
  t.same(broken(again, one('bootloader', { bootDrive: 'sda' })), ['name', 'boot-drive'])
  const cloned = facts(again, { disks: [...again.facts.disks, { ...again.facts.disks[0]!, name: 'sdc', byId: ['clone'], serial: 'clone', partitions: again.facts.disks[0]!.partitions.map(seen => ({ ...seen, name: seen.name.replace('sda', 'sdc') })) }] })
  t.same(broken(again, none, cloned), ['name'], 'a cloned disk has the same PARTUUIDs')
})

t.test('10: a root that is not formatted, none, or two', async t => {
  t.same(broken(again, logvol('/', { noFormat: true, filesystem: null })), ['reformat', 'root'])
  t.same(broken(again, without(command => command.command === 'logvol' && command.mount === '/')), ['root', 'volume'])
  t.same(broken(install, part('/boot', { mount: '/' })), ['mount-twice', 'root'])
})

t.test('11: no BIOS boot partition, no mounted ESP, the boot loader on another disk', async t => {
  t.same(broken(install, without(command => command.command === 'part' && command.mount === 'biosboot')), ['biosboot'])
  const gone = facts(again, { disks: again.facts.disks.map(disk => ({ ...disk, partitions: disk.partitions.map(seen => (seen.number === 1 ? { ...seen, typeGuid: null } : seen)) })) })
  t.same(broken(again, none, gone), ['biosboot'])
  t.same(broken(wide, without(command => command.command === 'part' && command.mount === '/boot/efi')), ['esp'])
  t.same(broken(situations['install-uefi-data-disks-wipe']!(), part('/boot/efi', { filesystem: 'vfat' })), ['esp'])
  t.same(broken(wide, one('bootloader', { bootDrive: '/dev/disk/by-id/ata-QEMU_HARDDISK_SER-sdb' })), ['boot-drive'])
})

t.test('12: new volumes that do not fit, or are there already', async t => {
  const grown = situations['reprovision-new-volume']!()
  t.same(broken(grown, logvol('/opt', { sizeMib: 2 ** 20 })), ['space'])
  t.same(broken(install, logvol('/srv', { sizeMib: 2 ** 20 })), ['space'])
  t.same(broken(grown, none, facts(grown, { logicalVolumes: [...grown.facts.lvm.logicalVolumes, volumeOf('vg0', 'opt', { groupUuid: grown.plan.groups[0]!.uuid! })] })), ['joined-name', 'volume-there'])
  t.same(broken(grown, logvol('/opt', { sizeMib: null })), ['create'])
  t.same(broken(grown, logvol('/opt', { useExisting: true, sizeMib: null })), ['create'])
})

t.test('13: a disk with which the plan has nothing to do is not looked at', async t => {
  t.same(broken(again, one('ignoredisk', { onlyUse: again.facts.disks.map(disk => `/dev/disk/by-id/${disk.byId[0]}`) })), ['only-use'])
})

t.test('the commands are the plan’s: no other volume, partition or disk, and none left out', async t => {
  t.same(broken(again, logvol('/srv', { name: 'other' })), ['volume'])
  t.same(broken(again, none, facts(again, { logicalVolumes: again.facts.lvm.logicalVolumes.map(volume => (volume.name === 'home' ? { ...volume, uuid: 'replaced' } : volume)) })), ['volume-missing'])
  t.same(broken(again, without(({ command }) => command === 'volgroup')), ['group'])
  t.same(broken(again, beside({ command: 'part', mount: '/opt', onDisk: '/dev/disk/by-id/ata-QEMU_HARDDISK_SER-sda', onPart: null, sizeMib: 100, grow: false, filesystem: 'ext4', noFormat: false })), ['partition'], 'a new partition on a disk whose table stays')
  t.same(broken(again, part('/boot/efi', { noFormat: false, filesystem: 'efi' })), ['partition'], 'an ESP with other systems’ loaders')
  t.same(broken(again, part('/boot', { sizeMib: 100 })), ['partition'])
  t.same(broken(again, part('/boot', { filesystem: null })), ['partition'])
  t.same(broken(install, part('/boot', { onPart: 'PARTUUID=x' })), ['name', 'partition'])
  t.same(broken(install, part('/boot', { sizeMib: null })), ['partition'])
})

t.test('a plan that breaks a rule has no text, and says which', async t => {
  const clash = { ...again.facts, lvm: { ...again.facts.lvm, volumeGroups: [...again.facts.lvm.volumeGroups, groupOf('x'), groupOf('x', { uuid: 'y' })] }, disks: [...again.facts.disks, diskOf('sdq', { sizeBytes: GiB })] }
  t.match(renderKickstartStorage({ ...again, facts: clash }), { kind: 'refused', refusals: [{ code: 'kickstart-group-twice', because: /two groups named "x"/, nextStep: /install from an image/ }] })
})

t.test('a new volume beside free space on a disk that somebody added to the group', async t => {
  const grown = situations['reprovision-new-volume']!()
  const added = (freeBytes: number) => facts(grown, { disks: [...grown.facts.disks, diskOf('sdy')], physicalVolumes: [...grown.facts.lvm.physicalVolumes, physicalVolumeOf('/dev/sdy', 'vg0', { freeBytes })] })
  t.same(broken(grown, none), [])
  t.ok(broken(grown, none, added(GiB)).includes('space'))
  t.notOk(broken(grown, none, added(0)).includes('space'), 'a full one takes nothing')
  t.notOk(broken(again, none, facts(again, { physicalVolumes: [...again.facts.lvm.physicalVolumes, physicalVolumeOf('/dev/sdy', 'vg0', { freeBytes: GiB })] })).includes('space'), 'nor where nothing new is made')
})
