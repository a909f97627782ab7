// Whether a record can be true at all: what may be destroyed hangs on it.
import type { Refusal } from '../../protocol/refusal.ts'
import type { StorageRecord } from '../../protocol/storage-record.ts'

/** One refusal with everything about the record that can’t be so. */
export function judgeRecord(record: StorageRecord, machineId: string): Refusal[] {
  const wrong: string[] = []
  const { disks, groups, volumes } = record
  if (record.machineId !== machineId) wrong.push(`it is of the machine ${record.machineId}, and the order is for ${machineId}`)
  if (disks.filter(disk => disk.role === 'system').length !== 1) wrong.push('it has not exactly one system disk')
  const twice = (what: string, values: readonly string[]): void => void wrong.push(...new Set(values.filter((value, index) => values.indexOf(value) !== index).map(value => `${what} ${value} stands in it twice`)))
  twice('the disk', disks.map(disk => disk.byId))
  twice('the PARTUUID', disks.flatMap(disk => disk.partitions.map(partition => partition.partUuid.toLowerCase())))
  twice('the group', groups.map(group => group.name))
  twice('the PV', groups.flatMap(group => group.physicalVolumes))
  twice('the volume', volumes.map(volume => `${volume.group}/${volume.name}`))
  twice('the volume', volumes.flatMap(volume => volume.uuid ?? []))
  twice('the mount point', volumes.flatMap(volume => (volume.mount === 'swap' ? [] : [volume.mount])))
  wrong.push(...volumes.filter(volume => !groups.some(group => group.name === volume.group)).map(volume => `the volume ${volume.group}/${volume.name} belongs to a group that is not in it`))
  wrong.push(...groups.filter(group => group.physicalVolumes.length === 0).map(group => `the group ${group.name} lies on nothing`))
  if (!volumes.some(volume => volume.mount === '/')) wrong.push('it has no volume for /')
  if (wrong.length === 0) return []
  return [{ code: 'record-inconsistent', because: `What was recorded of this machine’s storage can’t be used: ${wrong.join('; ')}.`, nextStep: 'Record it again: labctl provision adopt.' }]
}
