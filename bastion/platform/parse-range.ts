// Which part of a file a Range header asks for (RFC 9110, section 14).

/** `whole`: no range, one that is no list of bytes, or several, all of which a server may ignore. `from` and `to` are both included. */
export type WantedRange = { kind: 'whole' } | { kind: 'part', from: number, to: number } | { kind: 'unsatisfiable' }

/** The one range of a header, within a file of `sizeBytes`. `ifRange`: what the asker has is of this ETag; another one makes it the whole file. */
export function parseRange(header: string | undefined, sizeBytes: number, ifRange: string | undefined, etag: string): WantedRange {
  if (header === undefined || (ifRange !== undefined && ifRange !== etag)) return { kind: 'whole' }
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim()) ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return { kind: 'whole' }
  if (first === '') {
    const suffix = Number(last)
    return suffix === 0 || sizeBytes === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', from: Math.max(0, sizeBytes - suffix), to: sizeBytes - 1 }
  }
  const from = Number(first)
  if (last !== '' && Number(last) < from) return { kind: 'whole' }
  return from >= sizeBytes ? { kind: 'unsatisfiable' } : { kind: 'part', from, to: last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) }
}
