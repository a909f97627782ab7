// Machines in the boot conversation, a process of its own: each discovered, each reporting progress, then all waiting at once. As the RAM disk's curl does, with a new pinned connection for each word.
import { setTimeout as delay } from 'node:timers/promises'
import { askedAgainIn, fetchPinned, fetchPlain } from '../../storm/fetch-http.ts'
import { identityOf, readRecorded, reportOf } from '../../storm/machine-report.ts'
import { cpuMicrosecondsOf, residentBytesOf } from '../load/cpu-of.ts'
import { addressOf } from '../load/population.ts'
import type { ConversationJob, ConversationResult, Words } from './conversation-job.ts'

const job = JSON.parse(process.argv[2]!) as ConversationJob
const numbers = Array.from({ length: job.machines }, (_, number) => number)
const bearers: string[] = []
const bootUrl = (path: string) => new URL(path, `http://127.0.0.1:${job.bootPort}`)
const say = (number: number, method: string, path: string, body: Buffer, type: string) =>
  fetchPinned(addressOf(number), new URL(path, `https://127.0.0.1:${job.controlPort}`), { pins: job.pins, method, body, headers: { Authorization: `Bearer ${bearers[number]}`, 'Content-Type': type } })

/** Does something for every machine, some at once; gives how long each took and what it cost the bastion. */
async function each(one: (number: number) => Promise<void>): Promise<Words> {
  const took: number[] = []
  const before = cpuMicrosecondsOf(job.pid)
  let next = 0
  await Promise.all(Array.from({ length: job.atOnce }, async () => {
    while (next < numbers.length) {
      const number = next++
      const startedAt = performance.now()
      await one(number)
      took.push(performance.now() - startedAt)
    }
  }))
  took.sort((one, other) => one - other)
  return { p50: took[took.length >> 1]!, p99: took[Math.floor(took.length * 0.99)]!, cpuMicroseconds: (cpuMicrosecondsOf(job.pid) - before) / numbers.length }
}

function wanted(what: string, status: number, right: number, body: Buffer): void {
  if (status !== right) throw new Error(`${what} was answered ${status}: ${body.toString('utf8', 0, 300)}`)
}

const overlays = await each(async number => {
  const { mac, uuid, serial } = identityOf(number)
  const script = await fetchPlain(addressOf(number), bootUrl(`/dispatch?mac=${mac}&uuid=${uuid}&serial=${serial}&buildarch=x86_64&platform=pcbios`), true)
  const path = /\/boot\/[^ ]+\/overlay\.cpio/.exec(script.body.toString())?.[0]
  if (path === undefined) throw new Error(`No overlay:\n${script.body.toString()}`)
  const overlay = await fetchPlain(addressOf(number), bootUrl(path), true)
  bearers[number] = /Authorization: Bearer ([A-Za-z0-9_-]{22})\n/.exec(overlay.body.toString('latin1'))![1]!
})
const recorded = await readRecorded()
const reports: Buffer[] = []
for (const number of numbers) reports.push(await reportOf(identityOf(number), recorded))
const facts = await each(async number => {
  const { status, body } = await say(number, 'POST', '/api/boot/facts', reports[number]!, 'application/x-tar')
  wanted('facts', status, 200, body)
})
const progress = await each(async number => {
  const { status, body } = await say(number, 'POST', '/api/boot/progress', Buffer.from(JSON.stringify({ phase: 'ramdisk', message: 'Waiting.' })), 'application/json')
  wanted('progress', status, 204, body)
})

const residentBefore = residentBytesOf(job.pid)
const waiting = new AbortController()
let polls = 0
const waits = numbers.map(async number => {
  // Spread, as machines of a rack are after a while.
  await delay(number / numbers.length * job.pollSeconds * 1000)
  while (!waiting.signal.aborted) {
    const answer = await say(number, 'GET', '/api/boot/next', Buffer.alloc(0), 'text/plain')
    wanted('next', answer.status, 200, answer.body)
    polls += 1
    await delay(1000 * askedAgainIn(answer))
  }
})
const failed = Promise.all(waits)
await Promise.race([delay(job.pollSeconds * 1500), failed])
const [cpuBefore, pollsBefore, startedAt] = [cpuMicrosecondsOf(job.pid), polls, performance.now()]
await Promise.race([delay(job.pollSeconds * 2000), failed])
const waited: ConversationResult['waiting'] = {
  residentBefore, residentBytes: residentBytesOf(job.pid), cpuShare: (cpuMicrosecondsOf(job.pid) - cpuBefore) / 1000 / (performance.now() - startedAt), perSecond: (polls - pollsBefore) / (performance.now() - startedAt) * 1000,
}
waiting.abort()
console.log(JSON.stringify({ overlays, facts, progress, waiting: waited } satisfies ConversationResult))
process.exit()
