import { Readable } from 'node:stream'
import { extract } from 'tar-stream'

/** The files of a tar archive by their names, with their permission bits. */
export async function readTar(archive: Buffer): Promise<Record<string, { mode: number, text: string }>> {
  const files: Record<string, { mode: number, text: string }> = {}
  const reading = Readable.from([archive]).pipe(extract())
  for await (const entry of reading) files[entry.header.name] = { mode: (entry.header.mode ?? 0) & 0o777, text: Buffer.concat(await Array.fromAsync(entry) as Buffer[]).toString() }
  return files
}
