// How the steps fetch the root image and unpack it, run by a shell against real HTTP servers that stall, drip, break off and lie.
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { execa } from 'execa'
import t, { type Test } from 'tap'
import { renderSteps } from '../../../bastion/install/render-steps.ts'
import { planOf, viewOf } from './steps-of.ts'

const image = (() => {
  const folder = t.testdir({ root: { file: 'x' } })
  writeFileSync(join(folder, 'root/large'), randomBytes(12 * 2 ** 20))
  return execFileSync('tar', ['-C', join(folder, 'root'), '-cf', '-', '.'], { maxBuffer: 2 ** 26 })
})()
const sha256 = createHash('sha256').update(image).digest('hex')

type Serve = (request: IncomingMessage, response: ServerResponse, from: number) => void
const whole: Serve = (_request, response, from) => { response.end(image.subarray(from)) }

/** Runs the steps' part about the image against a server that answers like that; the target is a folder. `patience`: seconds; `before`: shell. */
async function fetchImage(t: Test, shell: readonly string[], serve: Serve, { patience = 4, before = '' } = {}) {
  const folder = t.testdir({ run: {}, target: {} })
  const server = createServer((request, response) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
    response.writeHead(from === 0 ? 200 : 206, { 'content-length': image.length - from, ...from === 0 ? {} : { 'content-range': `bytes ${from}-${image.length - 1}/${image.length}` } })
    serve(request, response, from)
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.closeAllConnections(); server.close() })
  const steps = renderSteps(viewOf(planOf(), { image: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/image.tar`, sha256, sizeBytes: image.length, tarBytes: image.length, compressed: false, kernel: '6' } }))
  const between = (from: string, to: string) => steps.slice(steps.indexOf(from), steps.lastIndexOf(to))
  const script = [
    `set -u; export LC_ALL=C; LABCTL_RUN=${folder}/run log=${folder}/run/log target=${folder}/target stage='writing the new system' children= patience=${patience} image=${/^image=(.*)$/m.exec(steps)![1]}`,
    'labctl_plain() { echo "$*"; }; labctl_say() { echo "said: $*"; }; progress() { echo "told: $*"; }; tell() { :; }',
    'stop() { echo "stopped: $*"; for child in $children; do kill -9 "$child"; done; exit 1; }',
    between('\n# due SECONDS', '\ndue $((patience'), between('\n# hanging:', '\n# write FILE'),
    'store=$target/.labctl-image; mkdir -p "$store"', before,
    between('\n# now: sets', '\nif [ "$store" = /labctl-image'), 'rm -rf "$store"', 'echo fine',
  ].join('\n')
  const { stdout, stderr, exitCode } = await execa(shell[0]!, [...shell.slice(1), '-c', script], { reject: false, timeout: 60_000 })
  return { said: stdout + stderr, exitCode, folder }
}

for (const shell of [['dash'], ['busybox', 'sh']]) {
  const named = shell.join(' ')

  t.test(`${named}: an image that comes is unpacked, also where its connection breaks off`, { timeout: 90_000 }, async t => {
    let breaks = 1
    const { said, folder } = await fetchImage(t, shell, (request, response, from) => {
      if (breaks-- <= 0) return whole(request, response, from)
      response.write(image.subarray(from, from + 2 ** 20), () => { setTimeout(() => { response.destroy() }, 100) })
    }, { patience: 30 })
    t.match(said, /said: image interrupted at byte \d+ \(curl: .*\)[^]*fine$/)
    t.equal(readFileSync(join(folder, 'target/large')).length, 12 * 2 ** 20)
  })

  t.test(`${named}: a stream that stalls ends the attempt when nothing has come for long enough, and says where it was`, { timeout: 90_000 }, async t => {
    const { said, exitCode } = await fetchImage(t, shell, (_request, response) => { response.write(image.subarray(0, 5 * 2 ** 20)) })
    t.equal(exitCode, 1)
    t.match(said, /stopped: the root image comes too slowly: \d+ bytes in [4-9] s, at \d+ of \d+/)
  })

  t.test(`${named}: a stream that drips is as good as none, and so is a server that takes the connection and says nothing`, { timeout: 90_000 }, async t => {
    const { said } = await fetchImage(t, shell, (_request, response, from) => {
      let at = from
      const timer = setInterval(() => { response.write(image.subarray(at, at += 2000)) }, 100)
      response.on('close', () => { clearInterval(timer) })
    })
    t.match(said, /stopped: the root image comes too slowly: \d+ bytes in/)
    t.match((await fetchImage(t, shell, () => undefined)).said, /stopped: the root image comes too slowly: 0 bytes in [4-9] s, at 0 of/)
  })

  t.test(`${named}: an image with other bytes is refused by its sum`, { timeout: 90_000 }, async t => {
    const { said } = await fetchImage(t, shell, (_request, response, from) => { response.end(Buffer.concat([image.subarray(from, -1), Buffer.from([image.at(-1)! ^ 1])])) })
    t.match(said, /stopped: the root image received is not the one that was ordered: its SHA-256 is [0-9a-f]{64}, wanted is/)
  })

  t.test(`${named}: a full volume is named as such`, { timeout: 90_000 }, async t => {
    const full = (folder: string) => `tar() { echo 'tar: ./var/x: Cannot write: No space left on device' >&2; return 2; }; timeout() { printf '%s\\n' 'Filesystem 1024-blocks Used Available Capacity Mounted on' "/dev/a 2097152 9 90000 1% ${folder}/target" "/dev/b 155648 9 0 100% ${folder}/target/var" '/dev/c 9 9 0 100% /elsewhere'; }`
    const folder = t.testdir()
    mkdirSync(join(folder, 'target'), { recursive: true })
    const { said } = await fetchImage(t, shell, whole, { before: full(folder) })
    t.match(said, /stopped: there is no room for the root image: full is \/var \(152 MiB\); make it larger in the layout, or order a smaller image/)
  })
}
