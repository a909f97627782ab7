import { spawn } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { spkiPin } from '../../../bastion/pki/control-plane-key.ts'
import { startBenchBastion } from '../bastion/bench-bastion.ts'
import { mib, milliseconds, type Figures } from '../figures.ts'
import type { ConversationJob, ConversationResult } from './conversation-job.ts'

const machines = 1000
const atOnce = 8
const pollSeconds = 25

/** The boot conversation of a thousand machines: overlay, facts, progress, waiting. */
export async function benchConversation(figures: Figures): Promise<void> {
  const bastion = await startBenchBastion({ machines: 10, boot: { pollSeconds } })
  try {
    const pins = [spkiPin(createPrivateKey(readFileSync(join(bastion.folder, 'state/tls/control-plane.key'))))]
    const job: ConversationJob = { bootPort: bastion.bootPort, controlPort: bastion.controlPort, pins, pid: bastion.pid, machines, atOnce, pollSeconds }
    const child = spawn(process.execPath, [new URL('converse.ts', import.meta.url).pathname, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] })
    const output = text(child.stdout)
    const [code] = await once(child, 'close') as [number | null]
    if (code !== 0) throw new Error(`The conversing machines ended with ${code}.`)
    const { overlays, facts, progress, waiting } = JSON.parse(await output) as ConversationResult
    for (const [what, { p50, p99, cpuMicroseconds }] of [['/dispatch and overlay', overlays], ['facts (TLS, a machine with five disks)', facts], ['progress (TLS)', progress]] as const) {
      figures.note(`${what}, ${atOnce} at a time`, `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}, CPU ${milliseconds(cpuMicroseconds / 1000)}`)
    }
    figures.note(`${machines} machines waiting, a question each ${pollSeconds} s with a connection of its own`, `${(waiting.cpuShare * 100).toFixed(1)} % of a processor, ${waiting.perSecond.toFixed(0)} polls/s`)
    figures.note('the same, resident memory', `${mib(waiting.residentBytes)} (before: ${mib(waiting.residentBefore)})`, '≤ 250 MB')
  } finally { await bastion.stop() }
}
