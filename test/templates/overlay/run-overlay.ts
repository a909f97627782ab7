import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** Where the overlay's scripts are. */
export const overlayFolder = new URL('../../../templates/overlay/', import.meta.url)
/** The shells that the RAM disk, or an installer's initrd, may have. */
export const shells = [['dash'], ['busybox', 'sh']] as const

/** A folder as /labctl is in the RAM disk, for a bastion at `url` with `pin`. */
export function layOverlay(url: string, pin: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'labctl-overlay-'))
  for (const name of readdirSync(overlayFolder)) copyFileSync(new URL(name, overlayFolder), join(folder, name))
  mkdirSync(join(folder, 'run'))
  writeFileSync(join(folder, 'overlay.env'), `LABCTL_PURPOSE=discover\nLABCTL_URL='${url}'\nLABCTL_PIN='${pin}'\nLABCTL_EPOCH=1\nLABCTL_AFTERWARDS=wait\n`)
  writeFileSync(join(folder, 'bearer.header'), 'Authorization: Bearer first-secret\n', { mode: 0o600 })
  return folder
}

/** Runs `script` in that shell after sourcing lib.sh and `parts`; nothing outside the folder is touched, and `leave` only says where it would go. */
export async function runShell(shell: readonly string[], folder: string, parts: readonly string[], script: string) {
  const sources = ['lib', ...parts].map(part => `. ${folder}/${part}.sh`).join('\n')
  const { stdout, stderr, exitCode } = await execa(shell[0]!, [...shell.slice(1), '-c', `${sources}\nleave() { echo "leave $1"; exit 9; }\n${script}`], {
    env: { LABCTL: folder, LABCTL_RUN: join(folder, 'run'), LC_ALL: 'C', LABCTL_ON_CONSOLES: '' }, reject: false, timeout: 60_000,
  })
  return { stdout, stderr, exitCode }
}

/** What reached a bastion's stand-in: one request with its body. */
export interface Call { method: string, path: string, headers: IncomingMessage['headers'], body: Buffer }

/** A real TLS listener on loopback with a key of its own. `answer` is asked for every call. */
export async function listenTls(answer: (call: Call, response: ServerResponse) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'labctl-tls-'))
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, 'key'), '-out', join(folder, 'cert'), '-days', '2', '-subj', '/CN=test'], { stdio: 'ignore' })
  const [key, cert] = [readFileSync(join(folder, 'key')), readFileSync(join(folder, 'cert'))]
  rmSync(folder, { recursive: true })
  const calls: Call[] = []
  const server = createServer({ key, cert }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const call = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) }
      calls.push(call)
      answer(call, response)
    })
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' })
  return {
    calls, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, pin: `sha256//${createHash('sha256').update(spki).digest('base64')}`,
    stop: () => new Promise<void>(resolve => { server.closeAllConnections(); server.close(() => { resolve() }) }),
  }
}
