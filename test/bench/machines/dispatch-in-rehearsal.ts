import type { Rehearsal } from '../../../labctl/rehearsal/rehearsal.ts'
import type { Figures } from '../figures.ts'

// Runs inside the rehearsal's network, in a process of its own: a new connection per request, as firmware does, eight at a time.
const client = `
import { request } from 'node:http'
const [url, count] = [process.argv[1], Number(process.argv[2])]
const times = []
let next = 0
const once = number => new Promise((resolve, reject) => {
  const startedAt = performance.now()
  const mac = '52:54:01:' + [number >> 16, number >> 8, number].map(part => (part & 255).toString(16).padStart(2, '0')).join(':')
  request(url + '/dispatch?mac=' + mac + '&uuid=&buildarch=x86_64&platform=pcbios', { agent: false }, answer => { answer.resume(); answer.on('end', () => { times.push(performance.now() - startedAt); resolve() }) }).on('error', reject).end()
})
const startedAt = performance.now()
await Promise.all(Array.from({ length: 8 }, async () => { while (next < count) await once(next++) }))
times.sort((a, b) => a - b)
console.log(JSON.stringify({ perSecond: count / (performance.now() - startedAt) * 1000, p50: times[times.length >> 1], p99: times[Math.floor(times.length * 0.99)] }))`

/** Prints what /dispatch holds for unknown machines, each of which gets a ticket that is synced to disk. */
export async function benchDispatchInRehearsal(rehearsal: Rehearsal, figures: Figures): Promise<void> {
  const { stdout, exitCode, stderr } = await rehearsal.inside(process.execPath, ['--input-type=module', '-e', client, 'http://10.77.0.1:8080', '2000'], { timeoutMs: 120_000 })
  if (exitCode !== 0) throw new Error(`the dispatch client failed: ${stderr}`)
  const { perSecond, p50, p99 } = JSON.parse(stdout) as { perSecond: number, p50: number, p99: number }
  figures.note('/dispatch of unknown machines, new connection each, 8 at a time', `${perSecond.toFixed(0)}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`)
}
