import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash, createPublicKey, createVerify, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const script = fileURLToPath(new URL('../../../templates/image/files/usr/lib/labctl/first-boot', import.meta.url))

/** A bastion that answers with these codes in turn, and a machine's folder that trusts it. */
async function machineAndBastion(folder: string, answers: number[], { wrongPin = false, programs = {} as Record<string, string>, settings = {} as Record<string, string> } = {}) {
  const make = (name: string, subject: string) => execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`), '-subj', subject, '-days', '1'], { stdio: 'ignore' })
  make('tls', '/CN=bastion')
  make('machine', '/CN=machine')
  const seen: { body: string, signature: string }[] = []
  const server = createServer({ key: readFileSync(join(folder, 'tls.key')), cert: readFileSync(join(folder, 'tls.crt')) }, (request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => { body += chunk.toString() }).on('end', () => {
      seen.push({ body, signature: String(request.headers['labctl-machine-signature']) })
      response.writeHead(answers.shift() ?? 500).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { publicKey } = new X509Certificate(readFileSync(join(folder, 'tls.crt')))
  const pin = createHash('sha256').update(wrongPin ? 'another key' : publicKey.export({ type: 'spki', format: 'der' })).digest('base64')
  writeFileSync(join(folder, 'install.env'), `LABCTL_ORDER='order-1'\nLABCTL_ATTEMPT='2'\nLABCTL_URL='https://127.0.0.1:${(server.address() as AddressInfo).port}'\nLABCTL_PIN='sha256//${pin}'\n`)
  mkdirSync(join(folder, 'bin'))
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, 'bin', name), text, { mode: 0o755 })
  const child = spawn('sh', [script], { env: { LABCTL_FOLDER: folder, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...settings, ...Object.keys(programs).length === 0 ? {} : { LABCTL_PATH: join(folder, 'bin') } }, stdio: ['ignore', 'pipe', 'inherit'] })
  return { server, seen, child, machineKey: createPublicKey(readFileSync(join(folder, 'machine.crt'))) }
}

t.test('a first boot is told again until the bastion takes it, signed with the machine’s key, and then never more', async t => {
  const folder = t.testdir()
  const { server, seen, child, machineKey } = await machineAndBastion(folder, [503, 200])
  t.teardown(() => { server.close() })
  const [code] = await once(child, 'exit') as [number]
  t.equal(code, 0)
  t.equal(seen.length, 2)
  for (const { body, signature } of seen) {
    t.match(JSON.parse(body), { phase: 'first-boot', attempt: 2, order: 'order-1', bootId: /^[0-9a-f-]{36}$/, machine: String, at: Number })
    t.equal(createVerify('sha256').update(body).verify(machineKey, signature, 'base64'), true)
  }
  t.equal(existsSync(join(folder, 'install.env')), false)
  t.equal(existsSync(join(folder, 'install.done')), true)
  const again = spawn('sh', [script], { env: { LABCTL_FOLDER: folder, PATH: '/usr/bin:/bin' }, stdio: 'ignore' })
  t.strictSame(await once(again, 'exit'), [0, null])
  t.equal(seen.length, 2)
})

t.test('a bastion whose key is not the pinned one hears nothing', async t => {
  const folder = t.testdir()
  const { server, seen, child } = await machineAndBastion(folder, [200], { wrongPin: true })
  t.teardown(() => { child.kill(); server.close() })
  const [line] = await once(child.stdout, 'data') as [Buffer]
  t.match(line.toString(), /answered 000; asking again/)
  t.strictSame(seen, [])
  t.equal(existsSync(join(folder, 'install.env')), true)
})

t.test('what was kept is read again and told, signed; a volume that is gone has nothing but its name', async t => {
  const folder = t.testdir()
  writeFileSync(join(folder, 'kept'), 'vg0/home|LvUuid-1|fs-1|4096\nvg-1/a.b|LvUuid-2|fs-2|8192\nvg0/gone|LvUuid-3|fs-3|1\nvg0/raw|LvUuid-4||512\n')
  const { server, seen, child, machineKey } = await machineAndBastion(folder, [200], { programs: {
    lvs: '#!/bin/sh\nfor volume in "$@"; do :; done\ncase $volume in vg0/home) echo "  LvUuid-1 4096" ;; vg-1/a.b) echo "  LvUuid-9 8192" ;; vg0/raw) echo "  LvUuid-4 512" ;; *) echo "Failed to find" >&2; exit 5 ;; esac\n',
    blkid: '#!/bin/sh\nfor device in "$@"; do :; done\ncase $device in /dev/vg0/home) echo fs-1 ;; /dev/vg-1/a.b) printf \'ev"il\\n\' ;; *) exit 2 ;; esac\n',
  } })
  t.teardown(() => { server.close() })
  t.strictSame(await once(child, 'exit'), [0, null])
  const { body, signature } = seen[0]!
  t.strictSame((JSON.parse(body) as { kept: unknown }).kept, [
    { volume: 'vg0/home', uuid: 'LvUuid-1', filesystemUuid: 'fs-1', sizeBytes: 4096 }, { volume: 'vg-1/a.b', uuid: 'LvUuid-9', filesystemUuid: null, sizeBytes: 8192 },
    { volume: 'vg0/gone', uuid: null, filesystemUuid: null, sizeBytes: null }, { volume: 'vg0/raw', uuid: 'LvUuid-4', filesystemUuid: null, sizeBytes: 512 },
  ])
  t.equal(createVerify('sha256').update(body).verify(machineKey, signature, 'base64'), true)
})

t.test('a kept volume whose place is taken by another device, or by none, is told', async t => {
  const folder = t.testdir({
    kept: ['vg0/home', 'vg-1/a.b', 'vg0/copied', 'vg0/gone', 'vg0/odd', 'vg0/raw', 'vg0/swap'].map(volume => `${volume}|U|F|1\n`).join(''),
    fstab: '# by us\n/dev/mapper/vg0-root / ext4 x 0 1\n/dev/mapper/vg0-home /home ext4 x 0 2\n/dev/mapper/vg--1-a.b /srv xfs x 0 0\n/dev/mapper/vg0-copied /copied ext4 x 0 2\n/dev/mapper/vg0-gone /gone ext4 x 0 2\n/dev/mapper/vg0-odd /odd ext4 x 0 2\n/dev/mapper/vg0-swap none swap sw 0 0\n',
    mounts: '30 1 253:0 / / rw - ext4 /dev/mapper/vg0-root rw\n31 30 8:17 / /home rw shared:1 - ext4 /dev/sdb1 rw\n32 31 253:1 / /home rw shared:1 - ext4 /dev/mapper/vg0-home rw\n33 30 253:2 / /srv rw - xfs /dev/mapper/vg--1-a.b rw\n34 30 8:17 / /copied rw - ext4 /dev/sdb1 rw\n35 34 253:3 / /copied/of rw - ext4 /dev/mapper/x rw\n36 30 8:18 / /odd rw - ext4 /dev/a\\040b rw\n',
  })
  const { server, seen, child } = await machineAndBastion(folder, [200], {
    settings: { LABCTL_FSTAB: join(folder, 'fstab'), LABCTL_MOUNTS: join(folder, 'mounts') },
    programs: {
      lvs: '#!/bin/sh\necho "  U 1"\n', blkid: '#!/bin/sh\necho F\n',
      lsblk: '#!/bin/sh\nfor device in "$@"; do :; done\ncase $device in /dev/vg0/home) echo 253:1 ;; /dev/vg-1/a.b) echo 253:2 ;; /dev/vg0/copied) echo 253:3 ;; *) echo 253:9 ;; esac\n',
    },
  })
  t.teardown(() => { server.close() })
  t.strictSame(await once(child, 'exit'), [0, null])
  const { kept } = JSON.parse(seen[0]!.body) as { kept: Record<string, unknown>[] }
  t.strictSame(kept.map(({ volume, mountedFrom }) => [volume, mountedFrom]), [
    ['vg0/home', undefined], ['vg-1/a.b', undefined], ['vg0/copied', '/dev/sdb1'], ['vg0/gone', null], ['vg0/odd', 'another-device'], ['vg0/raw', undefined], ['vg0/swap', undefined],
  ])
})

t.test('what was put aside is removed once the bastion has heard of the first boot, and nothing else ever is', async t => {
  const forget = fileURLToPath(new URL('../../../templates/image/files/usr/lib/labctl/forget-carried', import.meta.url))
  const world = (more: Record<string, string>) => {
    const folder = t.testdir()
    mkdirSync(join(folder, 'home/.labctl-carry-over'), { recursive: true })
    writeFileSync(join(folder, 'home/.labctl-carry-over/carried.tar'), 'x')
    writeFileSync(join(folder, 'home/data'), 'x')
    for (const [name, text] of Object.entries(more)) writeFileSync(join(folder, name), text)
    return { folder, run: () => spawnSync('sh', [forget], { env: { LABCTL_FOLDER: folder, PATH: '/usr/bin:/bin' }, encoding: 'utf8' }) }
  }
  const heard = world({})
  writeFileSync(join(heard.folder, 'carried'), `${join(heard.folder, 'home/.labctl-carry-over')}\n`)
  writeFileSync(join(heard.folder, 'install.env'), '')
  t.equal(heard.run().status, 0)
  t.equal(existsSync(join(heard.folder, 'home/.labctl-carry-over/carried.tar')), true, 'not heard of yet')
  execFileSync('mv', [join(heard.folder, 'install.env'), join(heard.folder, 'install.done')])
  t.equal(heard.run().status, 0)
  t.equal(existsSync(join(heard.folder, 'home/.labctl-carry-over')), false)
  t.equal(existsSync(join(heard.folder, 'carried')), false)
  t.equal(existsSync(join(heard.folder, 'home/data')), true)

  for (const place of ['home', 'home/.labctl-carry-over/..', '../.labctl-carry-over']) {
    const hostile = world({ 'install.done': '' })
    writeFileSync(join(hostile.folder, 'carried'), `${place.startsWith('..') ? place : join(hostile.folder, 'home')}${place.endsWith('/..') ? '/.labctl-carry-over/../.labctl-carry-over' : ''}\n`)
    t.equal(hostile.run().status, 1, place)
    t.equal(existsSync(join(hostile.folder, 'home/data')), true)
  }
  const linked = world({ 'install.done': '' })
  symlinkSync(join(linked.folder, 'home'), join(linked.folder, '.labctl-carry-over'))
  writeFileSync(join(linked.folder, 'carried'), `${join(linked.folder, '.labctl-carry-over')}\n`)
  t.equal(linked.run().status, 1)
  t.equal(existsSync(join(linked.folder, 'home/data')), true)
})
