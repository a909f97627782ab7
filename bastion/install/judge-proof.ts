// Decides whether everything that an order kept is still what it was: the proof, for the operator.
import type { Facts } from '../../protocol/facts.ts'
import type { Proof } from '../../protocol/plan-request.ts'
import type { KeptVolume } from '../../protocol/storage-plan.ts'

type Row = Proof['rows'][number]
/** What a first boot reads of a volume; `volume` is group/name. `mountedFrom`: another device that is mounted in its place, or null for none. */
export interface KeptAtFirstBoot { volume: string, uuid: string | null, filesystemUuid: string | null, sizeBytes: number | null, mountedFrom?: string | null }
type Values = Partial<Record<Row['what'], string | null>>

/** The rows for what a plan keeps, with what the machine reports after its order. */
export function judgeProof(order: string, kept: readonly KeptVolume[], after: Facts): Proof {
  return proofOf(order, kept.flatMap(volume => {
    const found = after.lvm.logicalVolumes.filter(seen => seen.group === volume.group && seen.name === volume.name)
    const seen = found.length === 1 ? found[0]! : null
    const values: Values = { 'volume-uuid': seen?.uuid ?? null, 'filesystem-uuid': seen?.signature?.uuid ?? null, 'size-bytes': seen === null ? null : String(seen.sizeBytes) }
    return rowsOf(volume).map(row => ({ ...row, after: values[row.what] ?? null, same: values[row.what] === row.before }))
  }))
}

/** The same proof, with what the first boot read. Where the report after the order was lost, the first boot alone proves; what it left out is not the same. */
export function judgeFirstBootProof(order: string, kept: readonly KeptVolume[], proof: Proof | null, read: readonly KeptAtFirstBoot[]): Proof {
  const elsewhere = kept.filter(volume => read.some(seen => seen.volume === pathOf(volume) && seen.mountedFrom !== undefined)).map(volume => rowOf(volume, 'mounted-device', pathOf(volume)))
  const rows = (proof?.rows ?? kept.flatMap(rowsOf)).filter(row => row.what !== 'mounted-device')
  return proofOf(order, [...rows, ...elsewhere].map(row => {
    const seen = read.find(volume => volume.volume === row.volume)
    const values: Values = { 'volume-uuid': seen?.uuid ?? null, 'filesystem-uuid': seen?.filesystemUuid ?? null, 'size-bytes': seen?.sizeBytes == null ? null : String(seen.sizeBytes), 'mounted-device': seen?.mountedFrom ?? null }
    return { ...row, atFirstBoot: values[row.what] ?? null, same: row.what !== 'mounted-device' && values[row.what] === row.before && (proof === null || row.after === row.before) }
  }))
}

/** A sentence for each row that is not the same, by what was read last. */
export function describeDamage(proof: Proof, read: 'after' | 'atFirstBoot'): string[] {
  const names = { 'volume-uuid': 'volume UUID', 'filesystem-uuid': 'file-system UUID', 'size-bytes': 'size in bytes' }
  return proof.rows.flatMap(row => row[read] === row.before ? [] : row.what === 'mounted-device' ? [`${row.mount} is not ${row.volume}: ${row[read] ?? 'nothing'} is mounted there. Write nothing to it before that is cleared up.`] : [`The ${names[row.what]} of ${row.volume}${row.mount === null ? '' : ` (${row.mount})`} was ${row.before}, and ${row[read] === null ? 'none can be read now' : `is ${row[read]} now`}.`])
}

const pathOf = ({ group, name }: KeptVolume): string => `${group}/${name}`
const rowOf = (volume: KeptVolume, what: Row['what'], before: string): Row => ({ volume: pathOf(volume), mount: volume.mount, what, before, after: null, atFirstBoot: null, same: false })

function rowsOf(volume: KeptVolume): Row[] {
  return [rowOf(volume, 'volume-uuid', volume.uuid), ...volume.filesystemUuid === null ? [] : [rowOf(volume, 'filesystem-uuid', volume.filesystemUuid)], rowOf(volume, 'size-bytes', String(volume.sizeBytes))]
}

function proofOf(order: string, rows: Row[]): Proof {
  return { order, rows, same: rows.every(row => row.same) }
}
