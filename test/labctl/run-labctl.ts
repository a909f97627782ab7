import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { openTerminal } from '../../labctl/output/terminal.ts'
import { runCommand } from '../../labctl/run-command.ts'
import type { StandIn } from './stand-in-bastion.ts'

export interface Ran { code: number, out: string, err: string }
export interface RunOptions { env?: Record<string, string>, home?: string, secret?: string, yes?: boolean, typed?: readonly string[], live?: boolean, signal?: AbortSignal, onOut?: (text: string) => void }

/** A home folder of a test's own. */
export function makeHome(t: Test): string {
  const home = mkdtempSync(join(tmpdir(), 'labctl-home-'))
  t.teardown(() => { rmSync(home, { recursive: true, force: true }) })
  return home
}

/** The variables that point labctl at a stand-in. */
export const pointAt = ({ url, pin, token }: StandIn): Record<string, string> => ({ LABCTL_URL: url, LABCTL_PIN: pin, LABCTL_TOKEN: token })

/** Runs one command line in this process, as main.ts does, and gives its exit code and all it wrote. */
export async function runLabctl(t: Test, argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = ''
  let err = ''
  const isTTY = options.live === true
  const typed = [...options.typed ?? []]
  const code = await runCommand(argv, {
    env: { PATH: process.env['PATH'], ...options.env }, home: options.home ?? makeHome(t),
    terminal: openTerminal({ isTTY, columns: 100, write: text => { out += text; options.onOut?.(text) } }, { isTTY, write: text => { err += text } }, options.env ?? {}),
    signal: options.signal ?? new AbortController().signal,
    readSecret: async () => options.secret ?? '', confirm: async () => options.yes === true,
    canAsk: options.typed !== undefined, readLine: async question => { err += `${question}\n`; return typed.shift() ?? '' },
  })
  return { code, out, err }
}
