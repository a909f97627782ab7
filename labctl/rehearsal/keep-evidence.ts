// What is kept of a rehearsal that failed.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { evidenceDirectory } from './prune-rehearsals.ts'
import type { Rehearsal } from './rehearsal.ts'

/** Copies the serial logs, the bastion's and the keeper's log and each machine's timeline into one folder named after the time, and gives its path. Nothing in it is secret: tokens and keys stay behind. */
export async function keepEvidence(rehearsal: Rehearsal, env: Readonly<Record<string, string | undefined>>, now: Date): Promise<string> {
  const directory = join(evidenceDirectory(env), now.toISOString().slice(0, 19).replaceAll(':', '-'))
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const copy = (from: string, name: string) => { if (existsSync(from)) copyFileSync(from, join(directory, name)) }
  copy(rehearsal.folder.bastionLog, 'bastion.log')
  copy(rehearsal.folder.keeperLog, 'keeper.log')
  for (const machine of rehearsal.machines) {
    copy(machine.files.console, `${machine.name}.console.log`)
    copy(machine.files.log, `${machine.name}.log`)
    const detail = await rehearsal.client().machine(machine.mac).catch(() => null)
    if (detail !== null) writeFileSync(join(directory, `${machine.name}.timeline.json`), JSON.stringify(detail.timeline, null, 2), { mode: 0o600 })
  }
  const inside = await rehearsal.inside('sh', ['-c', 'ip -brief address; ip -brief link; ss -ltnup; ps axf -o pid,etime,rss,args'], { timeoutMs: 10_000 }).catch(() => null)
  if (inside !== null) writeFileSync(join(directory, 'inside.txt'), `${inside.stdout}\n${inside.stderr}`, { mode: 0o600 })
  return directory
}
