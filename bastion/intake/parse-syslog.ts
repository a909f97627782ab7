// Reads one message of a log: RFC 3164, RFC 5424, a record of /dev/kmsg, a line of Anaconda's own logs, or whatever else was sent. Whose it is and whether it is true, nobody knows.

/** `severity`: 0 (the system is unusable) to 7 (debug), RFC 5424 section 6.2.1; null where the message has none. */
export interface SyslogLine { severity: number | null, program: string | null, text: string }

const longestText = 2000
const months = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec'
const iso = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?(?:Z|[+-]\\d\\d:?\\d\\d)?'
const protocol5424 = new RegExp(`^1 (?:-|${iso}) \\S{1,255} (\\S{1,48}) \\S{1,128} \\S{1,32} (?=[-[])`)
/** A time and a host before the tag; relays and minimal senders leave out one of them or both. */
const header3164 = new RegExp(`^(?:(?:${months}) [ \\d]\\d \\d\\d:\\d\\d:\\d\\d(?: \\d{4})?|${iso}) (?:(?![^ ]*(?:\\]:|:) )([^ :[]{1,255}) (?=[^ :[]{1,48}(?:\\[[^\\] ]{0,32}\\])?:))?`)
const tag = /^([\w./@+-]{1,48})(?:\[[^\] ]{0,32}\])?:\s?/
/** /dev/kmsg: facility and level, number, microseconds since the kernel started, flags (Documentation/ABI/testing/dev-kmsg). */
const kernelRecord = /^(\d{1,5}),\d{1,20},(\d{1,18}),[^;]{0,64};/
const kernelDetail = /^ [A-Z][A-Z_]{0,63}=/
/** `15:04:05,123 INFO module: ...`, as in Anaconda's files, and in what its rsyslog makes of the journal. */
const installerTime = /^\d\d:\d\d:\d\d[,.]\d{3} ([A-Z]{3,9}):? /
const levels: Readonly<Record<string, number>> = {
  EMERG: 0, PANIC: 0, ALERT: 1, CRIT: 2, CRT: 2, CRITICAL: 2, ERR: 3, ERROR: 3, WARNING: 4, WARN: 4, WRN: 4, NOTICE: 5, INFO: 6, INF: 6, DEBUG: 7, DBG: 7,
}

/** The message that these bytes are; null when they say nothing. Bytes that are no UTF-8 become U+FFFD, and text is cut at 2,000 characters. */
export function parseSyslog(bytes: Buffer): SyslogLine | null {
  const whole = bytes.toString('utf8', 0, endOfText(bytes))
  if (whole === '' || kernelDetail.test(whole)) return null
  const record = kernelRecord.exec(whole)
  if (record !== null) return line(Number(record[1]) & 7, Number(record[1]) >> 3 === 0 ? 'kernel' : null, `[${(Number(record[2]) / 1e6).toFixed(6).padStart(12)}] ${whole.slice(record[0].length)}`)
  const priority = /^<(\d{1,3})>/.exec(whole)
  // A priority beyond 191 is none (RFC 3164, section 4.3.3).
  const valid = priority !== null && Number(priority[1]) <= 191
  const severity = valid ? Number(priority[1]) & 7 : null
  const rest = valid ? whole.slice(priority[0].length) : whole
  const standard = protocol5424.exec(rest)
  if (standard !== null) return line(severity, standard[1] === '-' ? null : standard[1]!, withoutData(rest.slice(standard[0].length)))
  return installer(severity, tagged(rest.slice(header3164.exec(rest)?.[0].length ?? 0)))
}

function tagged(rest: string): { program: string | null, text: string } {
  // `15:04:05,123 INFO ...` is a time, although it looks like a tag.
  const found = installerTime.test(rest) ? null : tag.exec(rest)
  return found === null ? { program: null, text: rest } : { program: found[1]!, text: rest.slice(found[0].length) }
}

function installer(severity: number | null, { program, text }: { program: string | null, text: string }): SyslogLine {
  const found = installerTime.exec(text)
  if (found === null || !Object.hasOwn(levels, found[1]!)) return line(severity, program, text)
  const inner = tagged(text.slice(found[0].length))
  return line(levels[found[1]!]!, inner.program ?? program, inner.text)
}

/** What stands behind the structured data (RFC 5424, section 6.3), without the byte order mark. */
function withoutData(rest: string): string {
  let at = rest.startsWith('-') ? 1 : 0
  while (rest[at] === '[') {
    const end = endOfElement(rest, at)
    if (end === -1) return rest.slice(at)
    at = end + 1
  }
  return rest.slice(rest[at] === ' ' ? at + 1 : at).replace(/^\ufeff/, '')
}

/** Where the element that begins at `at` has its bracket; -1 when it has none. */
function endOfElement(rest: string, at: number): number {
  let quoted = false
  for (let next = at + 1; next < rest.length; next += 1) {
    if (rest[next] === '\\' && quoted) next += 1
    else if (rest[next] === '"') quoted = !quoted
    else if (rest[next] === ']' && !quoted) return next
  }
  return -1
}

/** Nulls, spaces and line ends behind the text count for nothing. */
function endOfText(bytes: Buffer): number {
  let end = bytes.length
  while (end > 0 && bytes[end - 1]! <= 0x20 && [0x00, 0x09, 0x0a, 0x0d, 0x20].includes(bytes[end - 1]!)) end -= 1
  return end
}

function line(severity: number | null, program: string | null, text: string): SyslogLine {
  return { severity, program, text: text.length > longestText ? `${text.slice(0, longestText).toWellFormed()} …` : text }
}
