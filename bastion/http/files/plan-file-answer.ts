// Decides how much of a file answers a request (RFC 9110, sections 13 and 14): all of it, one range, or nothing.
import { parseRange } from './parse-range.ts'

/** What a request says of a file, as its headers stand; null for a header that isn't there. */
export interface AskedFile {
  method: string
  range: string | null
  ifRange: string | null
  ifMatch: string | null
  ifNoneMatch: string | null
  ifModifiedSince: string | null
  ifUnmodifiedSince: string | null
}

/** What tells a file from every other that had its name: a build puts new files in place, it never writes into old ones. */
export interface FileStamp { inode: number, sizeBytes: number, modifiedMs: number }

/** `start`, `lengthBytes`: the part of the file that is the answer's body, also where only its headers are asked for. */
export interface FileAnswer { status: 200 | 206 | 304 | 412 | 416, start: number, lengthBytes: number, headers: Record<string, string> }

/** The answer to give. Several ranges at once are answered with the whole file (RFC 9110, section 14.2). */
export function planFileAnswer(asked: AskedFile, file: FileStamp): FileAnswer {
  const etag = `"${file.inode.toString(36)}-${file.sizeBytes.toString(36)}-${Math.floor(file.modifiedMs).toString(36)}"`
  const lastModified = new Date(file.modifiedMs).toUTCString()
  const validators = { 'accept-ranges': 'bytes', etag, 'last-modified': lastModified }
  const without = (status: 304 | 412 | 416, headers: Record<string, string>): FileAnswer => ({ status, start: 0, lengthBytes: 0, headers })
  if (isRefused(asked, etag, file.modifiedMs)) return without(412, { ...validators, 'content-length': '0' })
  if (isKnown(asked, etag, file.modifiedMs)) return without(304, validators)
  const whole: FileAnswer = { status: 200, start: 0, lengthBytes: file.sizeBytes, headers: { ...validators, 'content-type': 'application/octet-stream', 'content-length': String(file.sizeBytes) } }
  // A part of another file than the one asked about would be put together with what the client has.
  if (asked.method !== 'GET' || asked.range === null || (asked.ifRange !== null && asked.ifRange !== etag && asked.ifRange !== lastModified)) return whole
  const range = parseRange(asked.range, file.sizeBytes)
  if (range === 'ignored') return whole
  if (range === 'unsatisfiable') return without(416, { ...validators, 'content-range': `bytes */${file.sizeBytes}`, 'content-length': '0' })
  const lengthBytes = range.last - range.first + 1
  return { status: 206, start: range.first, lengthBytes, headers: { ...whole.headers, 'content-length': String(lengthBytes), 'content-range': `bytes ${range.first}-${range.last}/${file.sizeBytes}` } }
}

function isRefused(asked: AskedFile, etag: string, modifiedMs: number): boolean {
  if (asked.ifMatch !== null) return !names(asked.ifMatch, etag)
  const since = seconds(asked.ifUnmodifiedSince)
  return since !== null && Math.floor(modifiedMs / 1000) > since
}

function isKnown(asked: AskedFile, etag: string, modifiedMs: number): boolean {
  if (asked.ifNoneMatch !== null) return names(asked.ifNoneMatch.replaceAll('W/', ''), etag)
  const since = seconds(asked.ifModifiedSince)
  return since !== null && Math.floor(modifiedMs / 1000) <= since
}

const names = (list: string, etag: string): boolean => list.trim() === '*' || list.split(',').some(one => one.trim() === etag)

/** A date that can't be read is as if it weren't there (RFC 9110, section 13.1.3). */
function seconds(date: string | null): number | null {
  const ms = date === null ? Number.NaN : Date.parse(date)
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000)
}
