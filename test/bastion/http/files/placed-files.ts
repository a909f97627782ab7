// Files for a bastion to serve, put in place as a build does it, and raw requests for them.
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'

/** Bytes of which no two parts are alike. */
export function madeBytes(sizeBytes: number): Buffer {
  return randomBytes(sizeBytes)
}

/** Puts files and their manifest into `folder`, each by a rename, the manifest last. */
export function placeFiles(folder: string, files: Record<string, Buffer>, builtAt = 1): void {
  mkdirSync(folder, { recursive: true })
  const put = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, `.${name}.new`), content)
    renameSync(join(folder, `.${name}.new`), join(folder, name))
  }
  for (const [name, content] of Object.entries(files)) put(name, content)
  put('manifest.json', JSON.stringify({ version: 1, name: 'x', recipe: 'x', kernel: '6.12.0-test', builtAt, files: Object.entries(files).map(([name, content]) => ({ name, sizeBytes: content.length, sha256: digest(content) })) }))
}

export const digest = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

/** What came on a connection until it ended. `lower`: the head in lower case. */
export interface RawAnswer { status: number, head: string, lower: string, body: Buffer }

/** Sends `text` on a connection of its own and reads until the other side ends it. */
export async function rawAnswer(port: number, text: string, from?: string): Promise<RawAnswer> {
  const chunks: Buffer[] = []
  const socket = rawConnection(port, from)
  socket.on('data', (chunk: Buffer) => { chunks.push(chunk) })
  socket.write(text)
  await new Promise<void>(resolve => { socket.once('close', () => { resolve() }) })
  return parted(Buffer.concat(chunks))
}

/** A connection whose errors are only its end. */
export function rawConnection(port: number, from?: string): Socket {
  const socket = connect({ host: '127.0.0.1', port, ...from === undefined ? {} : { localAddress: from } })
  socket.on('error', () => undefined)
  return socket
}

export function parted(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n')
  const head = bytes.subarray(0, end < 0 ? bytes.length : end).toString('latin1')
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, lower: head.toLowerCase(), body: end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4) }
}

/** A request as firmware sends it, with further headers. */
export function getText(path: string, headers: Record<string, string> = {}, method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nHost: bastion\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}
