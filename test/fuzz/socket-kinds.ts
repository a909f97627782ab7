// Inputs that come over real sockets: dispatches, the boot conversation, and bytes that are no HTTP.
import { connect } from 'node:net'
import { readFixture, recordedReports } from '../bastion/machines/read-fixture.ts'
import { checkScript } from './check-script.ts'
import type { FuzzBastion, Heard } from './fuzz-bastion.ts'
import type { FuzzKind } from './parser-kinds.ts'
import { mutate, nasty, type Random } from './random.ts'

const keys = ['mac', 'uuid', 'serial', 'asset', 'manufacturer', 'product', 'buildarch', 'platform', '__proto__', 'x']
const sane: Record<string, readonly string[]> = {
  mac: ['52:54:00:00:00:01', '52:54:00:00:00:02', '5254.0000.0003', '52-54-00-00-00-04'], uuid: ['5e9b7a10-0000-4000-8000-000000000001', '5e9b7a10-0000-4000-8000-000000000002', '00000000-0000-0000-0000-000000000000'],
  serial: ['SN-1', 'To be filled by O.E.M.'], buildarch: ['x86_64', 'i386', 'arm64'], platform: ['efi', 'pcbios'],
}
const calls = [['POST', '/api/boot/facts', 'application/x-tar'], ['POST', '/api/discover', 'application/x-tar'], ['POST', '/api/boot/installed', 'application/x-tar'], ['POST', '/api/boot/progress', 'application/json'], ['POST', '/api/boot/log', 'text/plain']] as const
const progress = Buffer.from('{"phase":"disks","attempt":1,"percent":20,"message":"x","order":"0","bootId":"b","kept":[]}')
const rawRequest = Buffer.from('GET /dispatch?mac=52:54:00:00:00:01&platform=efi HTTP/1.1\r\nHost: 10.0.0.1:8080\r\nUser-Agent: iPXE/1.21.1\r\nConnection: close\r\nRange: bytes=0-1\r\n\r\n')
const reports = recordedReports.map(name => readFixture(name))

const saneOf = (key: string): readonly string[] | undefined => Object.hasOwn(sane, key) ? sane[key] : undefined

function queryOf(random: Random): string {
  const parts = keys.slice(0, 1 + random.below(keys.length)).map(key => {
    const value = random.below(4) === 0 ? mutate(random, Buffer.from(random.pick(saneOf(key) ?? ['Test']))).toString('latin1') : random.pick(saneOf(key) ?? nasty)
    return `${key}=${random.below(8) === 0 ? value.replaceAll(/[^\u0021-\u007e]/g, '') : encodeURIComponent(value.toWellFormed())}`
  })
  return parts.join(random.below(30) === 0 ? '&&' : '&')
}

/** The same kinds for one bastion. */
export function socketKinds(bastion: FuzzBastion): readonly FuzzKind[] {
  const judge = (heard: Heard, allowed: (status: number) => boolean) => {
    const failures = bastion.failures()
    if (failures.length > 0) throw new Error(`the bastion failed inside: ${failures.join('').slice(0, 500)}`)
    if (!allowed(heard.status)) throw new Error(`answered ${heard.status}: ${heard.body.toString().slice(0, 300)}`)
  }
  return [
    {
      name: 'dispatch', weight: 8, make: random => Buffer.from(queryOf(random)),
      check: async input => {
        const heard = await bastion.boot(`/dispatch?${input.toString()}`)
        judge(heard, status => status === 200)
        checkScript(heard.body.toString('latin1'))
      },
    },
    {
      name: 'conversation', weight: 1,
      make: random => {
        const [method, path, type] = random.pick(calls)
        const body = type === 'application/json' ? progress : type === 'text/plain' ? Buffer.from('the log') : random.pick(reports)
        const head = { method, path, type: random.below(20) === 0 ? random.pick(calls)[2] : type, mac: `52:54:00:00:01:${random.below(256).toString(16).padStart(2, '0')}`, bearer: random.below(10) > 0 }
        return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), random.below(10) === 0 ? body : mutate(random, body)])
      },
      check: async input => {
        const line = input.indexOf('\n')
        const head = JSON.parse(input.subarray(0, line).toString()) as { method: string, path: string, type: string, mac: string, bearer: boolean }
        const bearer = head.bearer ? await bearerOf(bastion, head.mac) : 'A'.repeat(22)
        const heard = await bastion.control(head.method, head.path, { authorization: `Bearer ${bearer}`, 'content-type': head.type }, input.subarray(line + 1))
        judge(heard, status => status < 500)
      },
    },
    {
      name: 'bytes-on-a-socket', weight: 0.5, make: random => mutate(random, rawRequest),
      check: async input => {
        const socket = connect(bastion.bootPort, '127.0.0.1')
        socket.on('error', () => undefined)
        socket.end(input)
        let heard = ''
        socket.on('data', (chunk: Buffer) => { heard += chunk.toString('latin1') })
        await new Promise<void>(resolve => { socket.once('close', () => { resolve() }) })
        judge({ status: 0, body: Buffer.alloc(0) }, () => true)
        if (heard !== '' && !/^HTTP\/1\.1 [234]\d\d /.test(heard)) throw new Error(`answered ${JSON.stringify(heard.slice(0, 200))}`)
      },
    },
  ]
}

async function bearerOf(bastion: FuzzBastion, mac: string): Promise<string> {
  const script = (await bastion.boot(`/dispatch?mac=${mac}&buildarch=x86_64&platform=pcbios`)).body.toString()
  const path = /\/boot\/[^ ]+\/overlay\.cpio/.exec(script)?.[0]
  const overlay = path === undefined ? '' : (await bastion.boot(path)).body.toString('latin1')
  return /Authorization: Bearer ([A-Za-z0-9_-]{22})\n/.exec(overlay)?.[1] ?? 'A'.repeat(22)
}
