// Kernels, RAM disks and images over real HTTP from the real daemon: what firmware, iPXE, curl and a client that breaks off get.
import { once } from 'node:events'
import { readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startLoopbackBastion, SimulatedMachine, type LoopbackBastion } from '../../../lib/loopback-bastion.ts'
import { digest, getText, madeBytes, parted, placeFiles, rawAnswer, rawConnection } from './placed-files.ts'

const mebi = 2 ** 20
const kernel = madeBytes(3 * mebi + 1)
const ramdisk = madeBytes(9 * mebi + 7)
// Larger than what the file process keeps in memory.
const image = madeBytes(65 * mebi + 13)

async function started(t: Test): Promise<LoopbackBastion> {
  const bastion = await startLoopbackBastion(t, { limits: { connectionsPerAddress: 64 } })
  placeAll(bastion)
  return bastion
}

function placeAll(bastion: LoopbackBastion): void {
  placeFiles(join(bastion.folder, 'ramdisk'), { vmlinuz: kernel, 'ramdisk.img': ramdisk, 'firmware.img': Buffer.from('small') }, Date.now())
  placeFiles(join(bastion.folder, 'os', 'debian-13'), { 'image.tar': image, 'image.tar.zst': madeBytes(70_000) })
}

/** File processes of the bastion that run, as its log names them. */
function filePrograms(bastion: LoopbackBastion): number[] {
  return [...bastion.log().matchAll(/the file process is running as process (\d+)/g)].map(match => Number(match[1])).filter(isRunning)
}

t.test('the files of a boot', async t => {
  const bastion = await started(t)
  const { bootPort: port } = bastion

  await t.test('each comes whole, with its length, in one piece, from the port that scripts name', async t => {
    for (const [path, content] of [['/ramdisk/vmlinuz', kernel], ['/ramdisk/ramdisk.img', ramdisk], ['/os/debian-13/image.tar', image]] as const) {
      const answer = await rawAnswer(port, getText(path))
      t.match(answer.head, /^HTTP\/1\.1 200 OK\r\n/)
      t.match(answer.lower, new RegExp(`\r\ncontent-length: ${content.length}(\r\n|$)`))
      t.match(answer.lower, /\r\naccept-ranges: bytes\r\n/)
      t.notMatch(answer.lower, /transfer-encoding|location:/)
      t.equal(digest(answer.body), digest(content), path)
    }
    t.equal(filePrograms(bastion).length, 1, 'all of them by one file process')
  })

  await t.test('old firmware, that speaks HTTP/1.0, gets the same', async t => {
    const answer = await rawAnswer(port, 'GET /ramdisk/ramdisk.img HTTP/1.0\r\n\r\n')
    t.equal(answer.status, 200)
    t.equal(digest(answer.body), digest(ramdisk))
  })

  await t.test('what is small comes on a connection that goes on', async t => {
    const answer = await rawAnswer(port, getText('/ramdisk/firmware.img') + getText('/ramdisk/firmware.img', { connection: 'close' }))
    t.equal(answer.status, 200)
    t.match(answer.body.toString('latin1'), /^smallHTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nsmall$/)
  })

  await t.test('HEAD tells the length and nothing else', async t => {
    const answer = await rawAnswer(port, getText('/os/debian-13/image.tar', { connection: 'close', range: 'bytes=0-5' }, 'HEAD'))
    t.equal(answer.status, 200)
    t.match(answer.lower, new RegExp(`content-length: ${image.length}`))
    t.equal(answer.body.length, 0)
  })

  await t.test('ranges: the part, its place, and the size of the whole', async t => {
    const ranged = async (path: string, range: string, headers = {}) => rawAnswer(port, getText(path, { range, connection: 'close', ...headers }))
    for (const [range, start, end] of [['bytes=0-99', 0, 100], ['bytes=1000000-', 1_000_000, image.length], ['bytes=-70000', image.length - 70_000, image.length], [`bytes=5-${10 * mebi}`, 5, 10 * mebi + 1]] as const) {
      const answer = await ranged('/os/debian-13/image.tar', range)
      t.equal(answer.status, 206, range)
      t.match(answer.lower, new RegExp(`content-range: bytes ${start}-${end - 1}/${image.length}\r\n`))
      t.match(answer.lower, new RegExp(`content-length: ${end - start}\r\n`))
      t.equal(digest(answer.body), digest(image.subarray(start, end)), range)
    }
    const cached = await ranged('/ramdisk/ramdisk.img', 'bytes=100000-')
    t.equal(digest(cached.body), digest(ramdisk.subarray(100_000)), 'out of the memory too')
    const none = await ranged('/os/debian-13/image.tar', `bytes=${image.length}-`)
    t.equal(none.status, 416)
    t.match(none.lower, new RegExp(`content-range: bytes \\*/${image.length}\r\n`))
    t.equal(none.body.length, 0)
    t.equal((await ranged('/ramdisk/ramdisk.img', 'bytes=0-1,5-6')).status, 200, 'several ranges: the whole')
  })

  await t.test('a download that was cut off goes on where it stopped, as long as it is the same file', async t => {
    const { lower } = await rawAnswer(port, getText('/os/debian-13/image.tar', { connection: 'close' }, 'HEAD'))
    const etag = /\r\netag: ("[^"]+")/.exec(lower)?.[1] ?? ''
    const rest = await rawAnswer(port, getText('/os/debian-13/image.tar', { range: 'bytes=50000000-', 'if-range': etag }))
    t.equal(rest.status, 206)
    t.equal(digest(rest.body), digest(image.subarray(50_000_000)))
    const other = await rawAnswer(port, getText('/os/debian-13/image.tar', { range: 'bytes=50000000-', 'if-range': '"another"' }))
    t.equal(other.status, 200)
    t.equal(other.body.length, image.length)
    t.equal((await rawAnswer(port, getText('/os/debian-13/image.tar', { 'if-none-match': etag, connection: 'close' }))).status, 304)
  })

  await t.test('names that no manifest holds are not there, in words, whatever they look like', async t => {
    writeFileSync(join(bastion.folder, 'ramdisk', 'secret.img'), 'secret')
    for (const path of ['/ramdisk/secret.img', '/ramdisk/manifest.json', '/ramdisk/..%2fbastion.yaml', '/ramdisk/vmlinuz%00', '/os/debian-13/manifest.json', '/os/..%2f/bastion.yaml', '/os/none/image.tar']) {
      const answer = await rawAnswer(port, getText(path, { connection: 'close' }))
      t.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`)
      t.notMatch(answer.body.toString(), /secret$|state:|"files"/)
    }
    t.match((await rawAnswer(port, getText('/ramdisk/none.img', { connection: 'close' }))).body.toString(), /^There is no file none\.img here\.\n$/)
  })

  await t.test('requests that come at once on one connection are all answered', async t => {
    const answer = await rawAnswer(port, getText('/ramdisk/vmlinuz') + getText('/ramdisk/firmware.img', { connection: 'close' }))
    t.equal(digest(answer.body.subarray(0, kernel.length)), digest(kernel))
    t.match(answer.body.subarray(kernel.length).toString('latin1'), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nsmall$/)
  })

  await t.test('many at a time get the same bytes, and the next script doesn’t wait for them', async t => {
    const downloads = Array.from({ length: 9 }, (_, index) => rawAnswer(port, getText(index % 3 === 0 ? '/os/debian-13/image.tar' : '/ramdisk/ramdisk.img')))
    const script = await bastion.boot('/boot.ipxe')
    t.equal(script.status, 200)
    const digests = (await Promise.all(downloads)).map(answer => digest(answer.body))
    t.same(new Set(digests), new Set([digest(image), digest(ramdisk)]))
    t.equal(digests.filter(one => one === digest(image)).length, 3)
  })

  await t.test('what was fetched whole, and what was not, is on the machine’s timeline', async t => {
    const machine = new SimulatedMachine(bastion, 1)
    await machine.dispatch()
    await rawAnswer(port, getText('/ramdisk/vmlinuz'))
    const socket = rawConnection(port)
    socket.write(getText('/os/debian-13/image.tar'))
    await once(socket, 'data')
    socket.destroy()
    const fetched = async () => ((await bastion.control('GET', `/api/strangers/${machine.mac}`)).json()['timeline'] as { phase: string, detail: object, text: string }[]).filter(entry => entry.phase === 'fetch')
    while ((await fetched()).length < 2) await sleep(50)
    t.match(await fetched(), [{ detail: { what: 'fetched', file: 'vmlinuz' }, text: /^Fetched vmlinuz over HTTP \(3\.1 MB in/ }, { detail: { what: 'broken', file: 'image.tar' } }])
  })

  await t.test('a client that reads nothing of its answer keeps nobody waiting', async t => {
    const stalled = Array.from({ length: 40 }, () => rawConnection(port))
    for (const socket of stalled) {
      socket.pause()
      socket.write(getText('/os/debian-13/image.tar'))
    }
    await sleep(500)
    t.equal(digest((await rawAnswer(port, getText('/os/debian-13/image.tar'))).body), digest(image))
    for (const socket of stalled) socket.destroy()
  })

  await t.test('connections that were given away count until they end', async t => {
    const from = '127.0.0.9'
    const busy = Array.from({ length: 64 }, () => rawConnection(bastion.bootPort, from))
    for (const socket of busy) {
      socket.write(getText('/os/debian-13/image.tar'))
      await once(socket, 'data')
      socket.pause()
    }
    await sleep(300)
    t.equal((await rawAnswer(bastion.bootPort, getText('/healthz', { connection: 'close' }), from)).status, 0, 'one more is closed: none of them is silent')
    t.equal((await rawAnswer(bastion.bootPort, getText('/healthz', { connection: 'close' }))).status, 200, 'other addresses are served')
    for (const socket of busy) socket.destroy()
    let status = 0
    for (let tries = 0; tries < 100 && status !== 200; tries += 1) {
      await sleep(50)
      status = (await rawAnswer(bastion.bootPort, getText('/healthz', { connection: 'close' }), from)).status
    }
    t.equal(status, 200, 'once they are gone there is room')
  })

  await t.test('a file that is replaced while it is sent comes as it was, to the end', async t => {
    const newer = madeBytes(image.length)
    for (const [path, before] of [['/os/debian-13/image.tar', image], ['/ramdisk/ramdisk.img', ramdisk]] as const) {
      const socket = rawConnection(bastion.bootPort)
      const chunks: Buffer[] = []
      socket.on('data', (chunk: Buffer) => { chunks.push(chunk) })
      socket.write(getText(path))
      await once(socket, 'data')
      socket.pause()
      placeFiles(join(bastion.folder, path.startsWith('/os') ? 'os/debian-13' : 'ramdisk'), path.startsWith('/os') ? { 'image.tar': newer } : { vmlinuz: kernel, 'ramdisk.img': newer }, 2)
      socket.resume()
      await once(socket, 'close')
      t.equal(digest(parted(Buffer.concat(chunks)).body), digest(before), path)
      t.equal(digest((await rawAnswer(bastion.bootPort, getText(path))).body), digest(newer), 'who asks now gets the new one')
    }
  })

  await t.test('a file that is written into, or cut, while it is sent ends in a broken connection, never in a mix', async t => {
    const path = join(bastion.folder, 'os', 'debian-13', 'image.tar')
    const change = async (how: () => void) => {
      const socket = rawConnection(bastion.bootPort)
      const chunks: Buffer[] = []
      socket.on('data', (chunk: Buffer) => { chunks.push(chunk) })
      socket.write(getText('/os/debian-13/image.tar'))
      await once(socket, 'data')
      socket.pause()
      how()
      socket.resume()
      await once(socket, 'close')
      return parted(Buffer.concat(chunks)).body
    }
    const overwritten = await change(() => { writeFileSync(path, madeBytes(image.length)); utimesSync(path, 1, 1) })
    t.ok(overwritten.length > 0 && overwritten.length < image.length, `${overwritten.length} of ${image.length} bytes`)
    const cut = await change(() => { truncateSync(path, 30 * mebi) })
    t.ok(cut.length > 0 && cut.length < image.length, `${cut.length} of ${image.length} bytes`)
  })

  await t.test('a file process that dies breaks its downloads, and machines that ask again are served', async t => {
    placeAll(bastion)
    const socket = rawConnection(bastion.bootPort)
    let received = 0
    socket.on('data', (chunk: Buffer) => { received += chunk.length })
    socket.write(getText('/os/debian-13/image.tar'))
    await once(socket, 'data')
    socket.pause()
    const [pid] = filePrograms(bastion)
    if (pid === undefined) throw new Error('There is no file process.')
    process.kill(pid, 'SIGKILL')
    socket.resume()
    await once(socket, 'close')
    t.ok(received < image.length, 'the client sees that it has not got all')
    for (const [path, content] of [['/os/debian-13/image.tar', image], ['/ramdisk/ramdisk.img', ramdisk]] as const) {
      const ask = () => rawAnswer(bastion.bootPort, getText(path, { connection: 'close' }))
      // A connection that was given away before the death was noticed is closed like the first, and asked for again.
      let answer = await ask()
      for (let again = 0; again < 20 && answer.lower === ''; again += 1) {
        await sleep(100)
        answer = await ask()
      }
      t.match(answer.lower, new RegExp(`content-length: ${content.length}`))
      t.notMatch(answer.lower, /transfer-encoding/)
      t.equal(digest(answer.body), digest(content), `${path}, by the bastion itself`)
    }
    t.same(filePrograms(bastion), [], 'it is not started again at once')
    t.match(bastion.log(), /the file process died: it was ended by SIGKILL; files are sent by the bastion itself meanwhile/)
  })

  await t.test('a stop breaks downloads off and leaves nothing running; so does the bastion’s own death', async t => {
    t.equal(await bastion.stop(), 0, 'also where a file process has died')
    await bastion.start()
    for (const end of ['stop', 'kill'] as const) {
      const socket = rawConnection(bastion.bootPort)
      socket.write(getText('/os/debian-13/image.tar'))
      await once(socket, 'data')
      socket.pause()
      const [pid = 0] = filePrograms(bastion)
      t.ok(pid > 0)
      const began = Date.now()
      const code = await bastion[end]()
      if (end === 'stop') t.equal(code, 0)
      t.ok(Date.now() - began < 4000, `ended after ${Date.now() - began} ms`)
      socket.resume()
      await once(socket, 'close')
      for (let tries = 0; tries < 100 && isRunning(pid); tries += 1) await sleep(50)
      t.notOk(isRunning(pid), `after ${end}`)
      if (end === 'stop') await bastion.start()
    }
  })
})

function isRunning(pid: number): boolean {
  try { return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'latin1')) } catch { return false }
}
