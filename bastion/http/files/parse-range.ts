/** The bytes that a Range header asks for, both ends included. `ignored`: not one range of bytes, so that the whole file is the answer. `unsatisfiable`: none of these bytes exist (RFC 9110, section 14.1.2). */
export function parseRange(header: string, sizeBytes: number): { first: number, last: number } | 'ignored' | 'unsatisfiable' {
  const [, from, to] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header) ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return 'ignored'
  if (from === '') return Number(to) === 0 || sizeBytes === 0 ? 'unsatisfiable' : { first: Math.max(0, sizeBytes - Number(to)), last: sizeBytes - 1 }
  if (to !== '' && Number(to) < Number(from)) return 'ignored'
  return Number(from) >= sizeBytes ? 'unsatisfiable' : { first: Number(from), last: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) }
}
