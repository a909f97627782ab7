// Reprovisions installed machines and proves it: files on every data volume, the order, a network boot, the first boot, the files again.
import { LabctlError } from '../labctl-error.ts'
import { renderProof } from '../output/render-record.ts'
import { renderTable } from '../output/render-table.ts'
import type { Session } from '../session.ts'
import { followMachine } from './follow-machine.ts'
import type { Step } from './judge-steps.ts'
import type { Machine } from './machine.ts'
import type { Rehearsal } from './rehearsal.ts'
import { deadlineMs } from './run-cycle.ts'
import { demandOverSsh } from './run-over-ssh.ts'
import { judgeWitness, parseWitness, readSentinelsScript, writeSentinelsScript, type Witness } from './sentinels.ts'
import { renderDurations, showProgress } from './show-progress.ts'

/** What became of one machine. */
interface Outcome { name: string, startedAt: number, steps: Step[], before: Witness, after: Witness }

/** Reprovisions every machine of a rehearsal, all at once; each must have been installed. Prints the steps, what was found, and the table of UUIDs. Refuses, with the first reason, when one does not get there or has lost anything. */
export async function reprovisionRehearsal(session: Session, rehearsal: Rehearsal): Promise<void> {
  const { terminal } = session
  const display = showProgress(terminal, rehearsal.machines.map(machine => machine.name))
  const outcomes: Outcome[] = []
  try {
    const ends = await Promise.allSettled(rehearsal.machines.map(async (machine, index) => { outcomes[index] = await reprovision(session, rehearsal, machine, display.tell) }))
    const wrong = ends.find(end => end.status === 'rejected')
    if (wrong !== undefined) throw wrong.reason
  } finally {
    display.stop()
  }
  terminal.print(renderDurations(outcomes, terminal.color))
  for (const { name, before, after } of outcomes) {
    terminal.print(renderTable([name, 'before', 'after'], [
      ['root file system', before.rootUuid, after.rootUuid], ['machine-id', before.machineId, after.machineId],
      [`files on ${before.places.join(', ')}`, `${before.sentinels.length} written`, { text: `${after.sentinels.length} the same`, tone: 'good' }],
    ], terminal.color))
  }
  for (const machine of rehearsal.machines) await printProof(session, rehearsal, machine)
}

async function reprovision(session: Session, rehearsal: Rehearsal, machine: Machine, tell: ReturnType<typeof showProgress>['tell']): Promise<Outcome> {
  const before = parseWitness(await demandOverSsh(rehearsal, machine, writeSentinelsScript, 180_000))
  session.terminal.line(`${machine.name}: ${before.sentinels.length} files with checksums written on ${before.places.join(', ')}.`)
  const { stdout, stderr, exitCode } = await rehearsal.labctl(['provision', 'reprovision', machine.mac, '--yes'])
  if (exitCode !== 0) throw new LabctlError('failed', 'rehearsal-machine', `${machine.name} could not be ordered to be reprovisioned: ${stderr.trim()}`)
  session.terminal.print(stdout.trimEnd())
  // The reset button, with the volumes still mounted: what is kept has a journal to be replayed, as after a power cut.
  await machine.reset('network')
  const startedAt = machine.poweredAt
  const steps = await followMachine(rehearsal.client(session.signal), machine, { goal: 'reprovision', install: null, deadlineMs: deadlineMs[machine.spec.kind] }, progress => { tell(machine.name, startedAt, progress) })
  // The host keys were carried over: ssh refuses others.
  const after = parseWitness(await demandOverSsh(rehearsal, machine, readSentinelsScript, 180_000))
  const wrong = judgeWitness(before, after)
  if (wrong.length > 0) throw new LabctlError('failed', 'rehearsal-data', `${machine.name} was reprovisioned, but not as it should be:\n${wrong.join('\n')}`)
  return { name: machine.name, startedAt, steps, before, after }
}

async function printProof(session: Session, rehearsal: Rehearsal, machine: Machine): Promise<void> {
  const { proof } = await rehearsal.client(session.signal).machine(machine.mac)
  if (proof == null || proof.rows.length === 0) throw new LabctlError('failed', 'rehearsal-data', `The bastion has no proof of what ${machine.name} kept.`)
  session.terminal.print(renderProof(proof, session.terminal.color))
  if (!proof.same || proof.rows.some(row => row.atFirstBoot === null)) throw new LabctlError('failed', 'rehearsal-data', `What ${machine.name} kept is not proved to be the same at its first boot.`)
}
