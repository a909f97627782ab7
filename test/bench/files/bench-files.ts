// Kernels, RAM disks and images to 1, 8 and 32 machines, beside nginx in the same run, and what a script waits for while images are downloaded.
import { statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startBenchBastion, type BenchBastion } from '../bastion/bench-bastion.ts'
import { mib, milliseconds, times, type Figures } from '../figures.ts'
import { runLoad, type LoadResult } from '../load/load-job.ts'
import { fetchFiles, keepFetching, type Served } from './fetchers.ts'
import { startNginx } from './nginx.ts'

const imageBytes = 700_000_000
const ramdiskBytes = 46_000_000
const image = '/os/debian-13/image.tar'
const ramdisk = '/ramdisk/ramdisk.img'
const downloading = 16
const rounds = 2

/** Each: the path, how many machines fetch it, and how often each of them in one round. */
const loads = [
  { what: 'RAM disk of 46 MB', path: ramdisk, machines: 1, each: 20, aim: 1.2 }, { what: 'RAM disk of 46 MB', path: ramdisk, machines: 8, each: 4, aim: 1.2 }, { what: 'RAM disk of 46 MB', path: ramdisk, machines: 32, each: 1, aim: 1.2 },
  { what: 'image of 700 MB', path: image, machines: 1, each: 2, aim: 2.5 }, { what: 'image of 700 MB', path: image, machines: 8, each: 1, aim: 2.5 }, { what: 'image of 700 MB', path: image, machines: 32, each: 1, aim: 2.5 },
] as const

/** Measures it. */
export async function benchFiles(figures: Figures): Promise<void> {
  const bastion = await startBenchBastion({ machines: 10, imageBytes })
  const nginx = await startNginx(bastion.folder).catch(async (error: unknown) => { await bastion.stop(); throw error })
  try {
    putRamdisk(bastion)
    const server = { pid: bastion.pid, port: bastion.bootPort }
    // Into the page cache, and the file process started.
    for (const path of [ramdisk, image]) for (const each of [server, nginx]) await fetchFiles(each, path, 1, 1)
    for (const { what, path, machines, each, aim } of loads) {
      const [own, other]: [Served[], Served[]] = [[], []]
      for (let round = 0; round < rounds; round += 1) {
        other.push(await fetchFiles(nginx, path, machines, each))
        own.push(await fetchFiles(server, path, machines, each))
      }
      const [ours, theirs] = [least(own), least(other)]
      figures.note(`${what} to ${machines}: CPU, to that of nginx ${nginx.version}`, `${times(ours.cpuSecondsPerGb / theirs.cpuSecondsPerGb)} (${ours.cpuSecondsPerGb.toFixed(2)} s/GB, ${theirs.cpuSecondsPerGb.toFixed(2)} s/GB)`, `≤ ${aim}×`)
      figures.note(`${what} to ${machines}: MB/s, nginx`, `${ours.megabytesPerSecond.toFixed(0)}, ${theirs.megabytesPerSecond.toFixed(0)}`)
      figures.note(`${what} to ${machines}: resident, bastion and its file process`, mib(Math.max(...own.map(one => one.residentBytes))))
    }
    await benchScripts(figures, bastion, nginx.port)
  } finally {
    await nginx.stop()
    await bastion.stop()
  }
}

async function benchScripts(figures: Figures, bastion: BenchBastion, nginxPort: number): Promise<void> {
  await scripts(bastion)
  const quiet = await scripts(bastion)
  const [own, other] = [await scriptsDuring(bastion, bastion.bootPort), await scriptsDuring(bastion, nginxPort)]
  const tell = ({ answered, asked, p50, p99 }: LoadResult) => answered === 0 ? `none of ${asked} answered` : `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}`
  figures.note('/dispatch, nothing downloaded', tell(quiet))
  figures.note(`/dispatch while ${downloading} machines download images, p50 to that of quiet`, `${times(own.p50 / quiet.p50)} (${tell(own)})`, '≤ 2×')
  figures.note(`the same while they download from nginx`, `${times(other.p50 / quiet.p50)} (${tell(other)})`)
}

async function scriptsDuring(bastion: BenchBastion, port: number): Promise<LoadResult> {
  const end = keepFetching(port, image, downloading)
  try {
    await delay(1000)
    return await scripts(bastion)
  } finally { await end() }
}

function scripts(bastion: BenchBastion): Promise<LoadResult> {
  return runLoad({ port: bastion.bootPort, pid: bastion.pid, perSecond: 100, warmupSeconds: 2, seconds: 10, newConnection: true, firstUnknown: 0, mix: { known: { share: 1, machines: bastion.known } } })
}

const least = (all: readonly Served[]): Served => all.toSorted((one, other) => one.cpuSecondsPerGb - other.cpuSecondsPerGb)[0]!

/** The bench's bastion has a tiny one. */
function putRamdisk({ folder }: BenchBastion): void {
  const files = ['vmlinuz', 'ramdisk.img'].map(name => {
    const path = join(folder, 'ramdisk', name)
    if (name === 'ramdisk.img') truncateSync(path, ramdiskBytes)
    return { name, sizeBytes: statSync(path).size, sha256: '0'.repeat(64) }
  })
  writeFileSync(join(folder, 'ramdisk', 'manifest.json'), JSON.stringify({ version: 1, name: 'x', recipe: 'x', kernel: '6.12.0-bench', builtAt: 2, files }))
}
