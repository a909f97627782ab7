// Whether one recorded volume is fit for what is to happen to it: to stay as it is, or to be formatted in place.
import type { VolumeWanted } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { leastXfsMib } from '../platform/judge-layout.ts'
import type { FoundVolume } from './judge-recorded-volumes.ts'

const mib = 2 ** 20
const rescue = 'Look at it by hand (labctl provision rescue)'

/** Refusals for a volume that stays. Without `wanted` the layout does not know it any more: it is neither mounted nor written, and what is odd about it may be accepted. */
export function judgeStaying(found: FoundVolume, wanted: VolumeWanted | null): Refusal[] {
  const { recorded, volume, name } = found
  if (volume === null) return []
  const full = `${volume.group}/${volume.name}`
  if (wanted === null && (!recorded.keep || volume.segmentType !== 'linear')) return []
  if (volume.segmentType !== 'linear') return [wrongType(full, volume.segmentType, 'mounted')]
  const refusals: Refusal[] = []
  const odd = (code: string, because: string): void => void refusals.push(wanted !== null
    ? { code, because, nextStep: `${rescue} and repair it, or restore what was recorded; then retry.` }
    : { code, because, nextStep: `${rescue}; or, since the layout does not use it and nothing of it is touched: --accept changed-filesystem=${name}`, accept: `changed-filesystem=${name}` })
  const { signature } = volume
  const expected = `${recorded.filesystem ?? 'nothing'} with one of the recorded UUIDs (${recorded.filesystemUuids.join(', ') || 'none'}) was expected`
  if (signature === null || ['unreadable', 'ambivalent'].includes(signature.type)) odd('filesystem-lost', `The kept volume ${full} shows ${signature === null ? 'no file system' : signature.type === 'unreadable' ? 'nothing that could be read' : 'several contradicting file systems'}; ${expected}.`)
  else if (signature.type !== recorded.filesystem || signature.uuid === null || !recorded.filesystemUuids.includes(signature.uuid)) odd('filesystem-changed', `The kept volume ${full} shows ${signature.type} ${signature.uuid ?? 'without UUID'}; ${expected}.`)
  else if (wanted !== null && !['ext4', 'xfs', 'swap'].includes(signature.type)) refusals.push({ code: 'filesystem-unsupported', because: `The kept volume ${full} shows ${signature.type}; ext4 or xfs was expected for what the layout mounts.`, nextStep: 'Take it out of the layout, so that it stays untouched.' })
  if (recorded.sizeBytes !== null && volume.sizeBytes < recorded.sizeBytes) odd('volume-shrunk', `The kept volume ${full} has ${volume.sizeBytes} bytes, and had ${recorded.sizeBytes} when it was recorded.`)
  return wanted === null ? refusals : [...refusals, ...tooSmall(found, wanted)]
}

/** Refusals for a volume that is formatted in place. */
export function judgeReformatted(found: FoundVolume, wanted: VolumeWanted): Refusal[] {
  const { recorded, volume, name, group } = found
  if (volume === null) return []
  const full = `${volume.group}/${volume.name}`
  if (volume.segmentType !== 'linear') return [wrongType(full, volume.segmentType, 'formatted')]
  const refusals: Refusal[] = []
  const snapshots = group.volumes.filter(each => each.origin === volume.name)
  if (snapshots.length > 0 || /^[oO]/.test(volume.attributes)) refusals.push({ code: 'snapshot-in-the-way', because: `The volume ${full} is to be formatted, and ${snapshots.map(each => each.name).join(', ') || 'something'} is a snapshot of it; none was expected.`, nextStep: `Remove the snapshot if it is not needed (labctl provision rescue, then lvremove ${snapshots.map(each => `${each.group}/${each.name}`).join(' ')}), and retry.` })
  if (volume.attributes[1] === 'r' || volume.attributes[1] === 'R') refusals.push({ code: 'volume-type', because: `The volume ${full} is to be formatted, and it is read-only.`, nextStep: `labctl provision rescue, then lvchange -prw ${full}; then retry.` })
  if (volume.attributes[5] === 'o') refusals.push({ code: 'volume-open', because: `The volume ${full} is in use on the machine; nothing was expected to use it.`, nextStep: 'Restart the machine, and retry.' })
  const { signature } = volume
  const known = signature?.uuid != null && recorded.filesystemUuids.includes(signature.uuid)
  const unfinished = found.inTheMaking && (signature === null || signature.type === 'ambivalent')
  if (!known && !unfinished) refusals.push({ code: signature === null || signature.type === 'unreadable' ? 'filesystem-lost' : 'filesystem-changed', because: `The volume ${full} is to be formatted, and shows ${signature === null ? 'nothing' : `${signature.type} ${signature.uuid ?? 'without UUID'}`}; ${recorded.filesystem ?? 'a file system'} with one of the recorded UUIDs (${recorded.filesystemUuids.join(', ') || 'none'}) was expected.`, nextStep: `${rescue}; or, if what it holds now may be destroyed: --accept changed-filesystem=${name}`, accept: `changed-filesystem=${name}` })
  if (wanted.filesystem === 'xfs' && volume.sizeBytes < leastXfsMib * mib) refusals.push({ code: 'volume-too-small', because: `The volume ${full} has ${Math.floor(volume.sizeBytes / mib)} MiB, and xfs needs ${leastXfsMib} MiB.`, nextStep: 'Use ext4 for it in the layout.' })
  return [...refusals, ...tooSmall(found, wanted)]
}

function tooSmall({ volume, name }: FoundVolume, wanted: VolumeWanted): Refusal[] {
  const least = wanted.sizeMib === 'rest' ? wanted.minimumMib ?? 1 : wanted.sizeMib
  if (volume === null || volume.sizeBytes >= least * mib) return []
  return [{ code: 'volume-too-small', because: `The volume ${volume.group}/${volume.name} has ${Math.floor(volume.sizeBytes / mib)} MiB, and the layout wants ${least} MiB; a volume that stays is never moved or resized.`, nextStep: `Extend it by hand (labctl provision rescue, then lvextend -r), or change the layout; or, to take it as it is: --accept small-volume=${name}`, accept: `small-volume=${name}` }]
}

function wrongType(full: string, type: string, what: string): Refusal {
  return { code: 'volume-type', because: `The volume ${full} is of type ${type}, and is to be ${what}; only linear volumes are supported for what the layout uses.`, nextStep: 'Take it out of the layout, so that it stays untouched, or move its data to a linear volume.' }
}
