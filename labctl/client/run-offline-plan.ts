import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { PlanAnswerSchema, type PlanAnswer, type PlanRequest } from '../../protocol/plan-request.ts'
import { exitCodes } from '../exit-codes.ts'
import { LabctlError } from '../labctl-error.ts'
import type { BastionProgram } from '../standalone/bastion-program.ts'
import type { PlanFiles } from './read-plan-files.ts'

/** The plan of `labctl-bastion plan` on this host, for facts, record and layout from files: the same code that a bastion runs. Refuses a missing program, and one that answers no plan (`failed`). */
export async function runOfflinePlan(program: BastionProgram, request: Pick<PlanRequest, 'order' | 'os' | 'wipe' | 'accept' | 'face'>, files: PlanFiles, signal: AbortSignal): Promise<PlanAnswer> {
  const folder = mkdtempSync(join(tmpdir(), 'labctl-plan-'))
  try {
    const options = Object.entries(files).flatMap(([name, value]) => {
      const path = join(folder, `${name}.json`)
      writeFileSync(path, JSON.stringify(value), { mode: 0o600 })
      return [`--${name}`, path]
    })
    const args = ['plan', '--order', request.order, ...options, ...request.os === undefined ? [] : ['--os', request.os], ...(request.wipe ?? []).flatMap(disk => ['--wipe', disk]), ...(request.accept ?? []).flatMap(override => ['--accept', override])]
    const answer = parse(await run(program, [...args, '-o', 'json'], signal))
    if (answer.kind === 'refused' || request.face === undefined) return answer
    const { stdout, stderr, code } = await run(program, [...args, '-o', request.face], signal)
    // The plan stands, and this form of it is refused.
    if (code === exitCodes.refused.code) throw new LabctlError('refused', 'plan-refused', stderr.trim())
    if (stdout === '') throw failed(stderr)
    return { ...answer, text: stdout }
  } finally { rmSync(folder, { recursive: true, force: true }) }
}

interface Said { stdout: string, stderr: string, code: unknown }

function run(program: BastionProgram, args: readonly string[], signal: AbortSignal): Promise<Said> {
  return new Promise((resolve, reject) => {
    // A refusal ends the program with a code of its own: what it printed is the answer, not how it ended.
    execFile(program.file, [...program.args, ...args], { timeout: 60_000, maxBuffer: 64 * 1024 * 1024, signal }, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT') reject(new LabctlError('failed', 'program-missing', `The program ${program.file} is not installed on this host.`, { cause: error, nextStep: 'Install the package labctl-bastion, or point labctl at a bastion: labctl config set url.' }))
      else resolve({ stdout, stderr: stderr.trim() === '' ? error?.message ?? '' : stderr, code: error?.code ?? 0 })
    })
  })
}

function parse({ stdout, stderr }: Said): PlanAnswer {
  let value: unknown
  try { value = JSON.parse(stdout) } catch { throw failed(stderr) }
  if (Value.Check(PlanAnswerSchema, value)) return value
  throw failed('its answer has not the form that this labctl knows')
}

function failed(said: string): LabctlError {
  return new LabctlError('failed', 'program-failed', `labctl-bastion plan failed:\n${said.trim()}`)
}
