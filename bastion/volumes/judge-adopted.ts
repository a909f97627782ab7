// Whether a group or volume that somebody else made can be recorded as one to be formatted or kept by us.
import type { Facts, PhysicalVolume, VolumeGroup } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { OurVolume } from './choose-ours.ts'
import { devicesOf } from './judge-contents.ts'

/** Refusals for a group that is not whole, not this machine's, or not on plain disks. */
export function judgeAdoptedGroup(group: VolumeGroup, under: readonly PhysicalVolume[], facts: Facts): Refusal[] {
  const refusals: Refusal[] = []
  const refuse = (code: string, because: string, nextStep: string): void => void refusals.push({ code, because, nextStep })
  const missing = under.filter(volume => volume.missing)
  if (group.partial || missing.length > 0) refuse('pv-missing', `The group ${group.name} is not whole: ${missing.map(volume => volume.uuid).join(', ') || 'a PV'} is missing.`, 'Reconnect the disk it lies on, and adopt again.')
  if (group.exported) refuse('group-exported', `The group ${group.name} is exported.`, `labctl provision rescue, then vgimport ${group.name}; then adopt again.`)
  if (group.systemId !== null && group.systemId !== '') refuse('group-foreign', `The group ${group.name} belongs to the system ${JSON.stringify(group.systemId)}, by its system id.`, `If it is this machine’s: labctl provision rescue, then vgchange --systemid '' ${group.name}; then adopt again.`)
  for (const { device, uuid } of under.filter(volume => !volume.missing && !facts.disks.some(disk => devicesOf(disk).includes(volume.device)))) {
    refuse(device.startsWith('/dev/md') ? 'raid-below' : 'luks-locked', `The PV ${uuid} of ${group.name} is on ${device}, which is no plain disk or partition.`, 'Groups on RAID, on encryption or on several paths can’t be adopted. Save the data and install.')
  }
  return refusals
}

/** Refusals for a volume that could be neither checked nor formatted. */
export function judgeAdoptedVolume({ volume, mount, keep }: OurVolume): Refusal[] {
  const full = `${volume.group}/${volume.name}`
  const refuse = (code: string, because: string, nextStep: string): Refusal => ({ code, because, nextStep })
  if (volume.segmentType !== 'linear') return [refuse('volume-type', `${full} would be taken for ${mount}, and it is of type ${volume.segmentType}; only linear volumes are supported for what the layout uses.`, 'Leave it out, so that it stays untouched, or move its data to a linear volume.')]
  if (mount === '/' && keep) return [refuse('record-inconsistent', `${full} was named for / and as kept; / is formatted by every reprovision.`, 'Name it without keeping it.')]
  const { signature } = volume
  if (signature === null || ['unreadable', 'ambivalent'].includes(signature.type)) return [refuse('filesystem-lost', `${full} would be taken for ${mount}, and ${signature === null ? 'shows no file system' : 'can’t be read'}.`, 'Adopt a machine while it is healthy. Look at it by hand (labctl provision rescue).')]
  const fitting = mount === 'swap' ? ['swap'] : ['ext4', 'xfs']
  if ((keep || mount === 'swap') && (!fitting.includes(signature.type) || signature.uuid === null)) return [refuse('filesystem-unsupported', `${full} would be taken for ${mount}, and shows ${signature.type}${signature.uuid === null ? ' without UUID' : ''}; ${fitting.join(' or ')} was expected.`, 'Leave it out, so that it stays untouched.')]
  if (/^crypto_LUKS$|_member/.test(signature.type)) return [refuse(signature.type === 'crypto_LUKS' ? 'luks-locked' : 'filesystem-unsupported', `${full} would be taken for ${mount}, and it is ${signature.type}: what lies inside can’t be seen.`, 'Leave it out, so that it stays untouched, or save the data and install.')]
  return signature.uuid === null ? [refuse('filesystem-unsupported', `${full} would be taken for ${mount}, and its ${signature.type} has no UUID to know it by.`, 'Leave it out, so that it stays untouched.')] : []
}
