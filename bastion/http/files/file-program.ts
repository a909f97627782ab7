// The file process: sends kernels, RAM disks and images on connections that the bastion has accepted, so that nobody's dispatch waits for a download. It ends with its channel.
import { Socket } from 'node:net'
import { releaseMemory } from '../../platform/release-memory.ts'
import { FileCache } from './file-cache.ts'
import type { FileJob, FileWord } from './file-job.ts'
import { serveFile } from './serve-file.ts'

const cache = new FileCache(128 * 2 ** 20)
let running = 0
const tell = (word: FileWord) => { if (process.connected) process.send?.(word) }

process.on('message', (job: FileJob, socket: unknown) => {
  tell({ kind: 'taken', id: job.id })
  // The client may have hung up on the way.
  if (!(socket instanceof Socket)) return tell({ kind: 'sent', id: job.id, sent: { status: 500, bytes: null, whole: false } })
  running += 1
  void serveFile(socket, job, cache, () => running).catch((error: unknown) => {
    process.stderr.write(`${job.path} can't be sent: ${String(error)}\n`)
    return { status: 500, bytes: null, whole: false }
  }).then(sent => {
    running -= 1
    tell({ kind: 'sent', id: job.id, sent })
  })
})
// A stop of the bastion is the bastion's to decide, also where a terminal or systemd signals all of its processes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => { process.exit() })
// The channel's end may be found while a word is being written into it.
process.on('error', () => { process.exit() })
releaseMemory()
