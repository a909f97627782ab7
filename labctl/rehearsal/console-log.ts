// A machine's serial console as a growing file.
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { renderHarmlessLines } from '../output/render-harmless.ts'

/** A system's login prompt. The kernel may have said something behind it on the same line by the time somebody looks. */
export const loginPrompt = /^[\w.-]+ login:/m

/** The file's text from byte `from` on; empty while there is no file. */
export function readConsole(path: string, from = 0): string {
  if (!existsSync(path)) return ''
  const size = statSync(path).size
  if (size <= from) return ''
  const bytes = Buffer.alloc(size - from)
  const file = openSync(path, 'r')
  try { return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from)).toString('utf8') } finally { closeSync(file) }
}

/** How many bytes the file has now. */
export const consoleSize = (path: string): number => existsSync(path) ? statSync(path).size : 0

/** The last lines, harmless to a terminal: no escape sequences, which firmware uses much. */
export function consoleTail(path: string, lines = 25): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences are what is taken out
  const text = readConsole(path, Math.max(0, consoleSize(path) - 16_384)).replaceAll(/\u001b(?:\[[0-9;?=]*[A-Za-z]|[()][0-9A-Za-z]|[=>c])/g, '')
  return renderHarmlessLines(text.replaceAll(/\r+\n/g, '\n').replaceAll('\r', '\n')).split('\n').filter(line => line.trim() !== '').slice(-lines).join('\n')
}

/** Waits until text after byte `from` matches. Refuses (throws) after `deadlineMs`, with the console's tail; also when `ended` says that nothing more will come. */
export async function waitForText(path: string, pattern: RegExp, options: { deadlineMs: number, from: number, what: string, ended: () => Promise<boolean> }): Promise<RegExpExecArray> {
  const until = Date.now() + options.deadlineMs
  let size = -1
  for (;;) {
    const over = await options.ended()
    if (consoleSize(path) !== size) {
      size = consoleSize(path)
      const found = new RegExp(pattern.source, pattern.flags.replace('g', '')).exec(readConsole(path, options.from))
      if (found !== null) return found
    } else if (over || Date.now() > until) {
      throw new Error(`${options.what}: its console never said ${String(pattern)} ${over ? 'before it ended' : `within ${options.deadlineMs / 1000} s`}. The last lines:\n${consoleTail(path)}`)
    }
    await sleep(150)
  }
}
