// What a machine wrote, as values that are safe to keep and to show: the machine, its firmware and its disks are not trusted.

/** Text as one line: invalid UTF-8 replaced, control and direction-changing characters turned to spaces, runs of spaces to one, at most `most` characters. Null when nothing is left. Quoting for the language it is shown in remains the reader's. */
export function parseText(value: unknown, most = 200): string | null {
  const text = Buffer.isBuffer(value) ? value.subarray(0, 65_536).toString('utf8') : typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const line = text.slice(0, 65_536).replaceAll(/[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g, ' ').trim()
  return line === '' ? null : [...line].slice(0, most).join('').trim()
}

/** A whole number that JavaScript holds exactly, from a number or its decimal text (a trailing `B` of LVM's units is taken off); null for anything else. */
export function parseWhole(value: unknown): number | null {
  const text = Buffer.isBuffer(value) ? value.subarray(0, 64).toString('latin1').trim() : typeof value === 'string' ? value.trim() : value
  const number = typeof text === 'number' ? text : typeof text === 'string' && /^-?\d{1,16}B?$/.test(text) ? Number.parseInt(text, 10) : Number.NaN
  return Number.isSafeInteger(number) ? number : null
}

/** lsblk's truth: `true`, `1` or `"1"`, by its version. */
export function parseFlag(value: unknown): boolean {
  return value === true || value === 1 || value === '1'
}

/** JSON, or null when it is none. */
export function parseJson(bytes: Buffer | undefined): unknown {
  if (bytes === undefined) return null
  try { return JSON.parse(bytes.toString('utf8')) } catch { return null }
}

/** The objects of a list; nothing for what is no list. */
export function parseList(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((entry): entry is Record<string, unknown> => typeof entry === 'object' && entry !== null && !Array.isArray(entry)) : []
}

/** The lines of a file, without the empty ones. */
export function parseLines(bytes: Buffer | undefined): string[] {
  return bytes === undefined ? [] : bytes.toString('utf8').split('\n').filter(line => line.trim() !== '')
}
