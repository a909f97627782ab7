/** One word of a Kickstart command, whatever is in it: pykickstart splits a line as a POSIX shell would, with comments but without expansions (Python's shlex). Refuses control characters, which would end the line, and what a reader could not see. */
export function quoteKickstart(value: string): string {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) throw new TypeError(`A Kickstart word cannot hold control characters: ${JSON.stringify(value)}.`)
  return /^[\w.:/,=@+-]+$/.test(value) ? value : `"${value.replaceAll(/(["\\])/g, '\\$1')}"`
}
