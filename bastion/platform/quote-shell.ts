/** One word of a POSIX shell, whatever is in it: in single quotes, each single quote written as `'\''` (POSIX.1-2024, XCU 2.2.2). Refuses NUL, which no shell can hold. */
export function quoteShell(value: string): string {
  if (value.includes('\0')) throw new TypeError('A shell word cannot hold a NUL character.')
  return `'${value.replaceAll("'", "'\\''")}'`
}
