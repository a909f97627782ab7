// Where on the images everything lies, as the bench tells it: to say whose bytes changed.
import type { Range } from './compare-images.ts'

/** A named range of a disk, known by its serial. */
export interface Place extends Range { serial: string, kind: 'partition' | 'metadata' | 'volume' | 'free', name: string, group?: string, volume?: string, uuid?: string, partition?: number }

/** What `list_places` printed. */
export function parsePlaces(output: string): Place[] {
  const places: Place[] = []
  const nodes = new Map<string, { serial: string, from: number, number?: number }>()
  const rows = output.split('\n').map(line => line.split('|').map(field => field.trim()))
  for (const row of rows) {
    if (row[0] === 'disk') nodes.set(`/dev/${row[2]}`, { serial: row[1]!, from: 0 })
    if (row[0] !== 'part') continue
    const [, serial = '', number = '', start = '', bytes = '', node = ''] = row
    nodes.set(`/dev/${node}`, { serial, from: Number(start), number: Number(number) })
    places.push({ serial, kind: 'partition', name: `partition ${number}`, partition: Number(number), from: Number(start), to: Number(start) + Number(bytes) })
  }
  for (const row of rows) {
    if (row[0] !== 'segment') continue
    const [, device = '', peStart = '', extent = '', first = '', count = '', group = '', volume = '', uuid = ''] = row
    const node = nodes.get(device)
    if (node === undefined || group === '') continue
    const data = node.from + Number(peStart)
    if (!places.some(place => place.kind === 'metadata' && place.serial === node.serial && place.from === node.from)) places.push({ serial: node.serial, kind: 'metadata', name: `LVM metadata of ${group}`, group, from: node.from, to: data })
    const from = data + Number(first) * Number(extent)
    const to = from + Number(count) * Number(extent)
    const bare = volume.replace(/^\[|\]$/g, '')
    places.push(bare === '' ? { serial: node.serial, kind: 'free', name: `free in ${group}`, group, from, to } : { serial: node.serial, kind: 'volume', name: `${group}/${bare}`, group, volume: bare, uuid, from, to })
  }
  return places
}

/** Names for changed ranges of a disk: each piece with the innermost place that it is in. */
export function nameRanges(serial: string, ranges: readonly Range[], places: readonly Place[]): { name: string, bytes: number, from: number, to: number }[] {
  const inner = places.filter(place => place.serial === serial)
  const cuts = [...new Set(inner.flatMap(place => [place.from, place.to]))].toSorted((a, b) => a - b)
  const named: { name: string, bytes: number, from: number, to: number }[] = []
  for (const range of ranges) {
    const inside = [range.from, ...cuts.filter(cut => cut > range.from && cut < range.to), range.to]
    for (const [index, from] of inside.slice(0, -1).entries()) {
      const to = inside[index + 1]!
      const at = inner.filter(place => place.from <= from && place.to >= to)
      const name = (at.find(place => place.kind !== 'partition') ?? at[0])?.name ?? 'outside every partition'
      const last = named.at(-1)
      if (last !== undefined && last.name === name) { last.bytes += to - from; last.to = to } else named.push({ name, bytes: to - from, from, to })
    }
  }
  return named
}
