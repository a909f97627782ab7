import type { Readable } from 'node:stream'
import { BastionError } from '../platform/bastion-error.ts'

const mostDrainedBytes = 64 * 2 ** 20

/** A request's body, at most `mostBytes`. A larger one is read to its end and thrown away before it is refused with `BST_TOO_LARGE`, so that the sender hears why instead of a broken connection; past 64 MiB it is cut off. */
export async function readBody(stream: Readable, mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let total = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    total += chunk.length
    if (total > mostDrainedBytes) break
    if (total <= mostBytes) chunks.push(chunk)
    else chunks.length = 0
  }
  if (total <= mostBytes) return Buffer.concat(chunks)
  throw new BastionError('BST_TOO_LARGE', `The body has more than the ${mostBytes} bytes that are taken here.`, { nextStep: 'Send less; for a machine’s report the limit is boot.maximumReportKib in bastion.yaml.' })
}
