import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { interrupted } from '../labctl-error.ts'
import { renderHarmless } from './render-harmless.ts'

/** A secret from standard input: all of it when it is a pipe or file, else one line typed without echo. */
export async function askSecret(prompt: string, signal: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) return text(process.stdin)
  process.stderr.write(renderHarmless(prompt))
  const silent = new Writable({ write(_chunk, _encoding, done) { done() } })
  const answer = await ask(silent, '', signal)
  process.stderr.write('\n')
  return answer
}

/** Whether there is a terminal to ask on. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/** A yes-or-no question on the terminal; false without one, and for anything but `y` or `yes`. */
export async function askConfirmation(question: string, signal: AbortSignal): Promise<boolean> {
  return /^y(es)?$/i.test(await askLine(`${question} [y/N]`, signal))
}

/** The line typed as the answer to a question, without blanks around it; empty without a terminal. */
export async function askLine(question: string, signal: AbortSignal): Promise<string> {
  return canAsk() ? (await ask(process.stderr, `${renderHarmless(question)} `, signal)).trim() : ''
}

async function ask(output: NodeJS.WritableStream, prompt: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  const ended = new AbortController()
  lines.once('SIGINT', () => { ended.abort() })
  try {
    return await lines.question(prompt, { signal: AbortSignal.any([signal, ended.signal]) })
  } catch {
    throw interrupted()
  } finally {
    lines.close()
  }
}
