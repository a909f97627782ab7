// What is ours on a machine, and how what was kept came through, as tables.
import type { Proof } from '../../protocol/plan-request.ts'
import type { StorageRecord } from '../../protocol/storage-record.ts'
import { renderSize } from './render-size.ts'
import type { Span } from './render-spans.ts'
import { renderTable } from './render-table.ts'

/** What is recorded as ours: the only things that a reprovision may reformat. */
export function renderRecord(record: StorageRecord, color: boolean): string {
  const rows: Span[][] = [
    ...record.disks.flatMap(disk => [
      [`  disk ${disk.byId}`, renderSize(disk.sizeBytes), `serial ${disk.serial ?? 'unknown'}`, { text: 'its table stays', tone: 'good' as const }],
      ...disk.partitions.map(part => [`    partition ${part.number}, ${part.role}`, renderSize(part.sizeBytes), part.mount ?? '-', fate(part.role !== 'boot', part.role === 'esp' ? 'only our own folder is replaced' : null)]),
    ]),
    ...record.groups.map(group => [`  group ${group.name}`, '', `${group.physicalVolumes.length} physical volume(s)`, { text: 'kept', tone: 'good' as const }]),
    ...record.volumes.map(volume => [`    volume ${volume.group}/${volume.name}`, volume.sizeBytes === null ? '-' : renderSize(volume.sizeBytes), `${volume.mount}${volume.origin === 'adopted' ? ', adopted' : ''}`, fate(volume.keep, null)]),
  ]
  return renderTable(['  WHAT', 'SIZE', 'AS', 'REPROVISION'], rows, color)
}

const fate = (keep: boolean, special: string | null): Span => special !== null ? { text: special, tone: 'warning' } : keep ? { text: 'kept', tone: 'good' } : { text: 'reformatted', tone: 'warning' }

const notThere = (same: boolean): string => same ? 'not yet' : '-'

/** The comparison of everything kept: before, after the installation, at the first boot. */
export function renderProof(proof: Proof, color: boolean): string {
  return renderTable(['  VOLUME', 'MOUNT', 'WHAT', 'BEFORE', 'AFTER', 'FIRST BOOT', ''], proof.rows.map(row => [
    `  ${row.volume}`, row.mount ?? '-', row.what.replaceAll('-', ' '), row.before ?? '-', row.after ?? notThere(row.same), row.atFirstBoot ?? notThere(row.same),
    row.same ? { text: 'same', tone: 'good' } : { text: 'DIFFERS', tone: 'bad' },
  ]), color)
}
