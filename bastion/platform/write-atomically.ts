import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { BastionError, systemCode } from './bastion-error.ts'

/** Puts a file in place so that after a power cut either the old or the new content is there, never a part: temporary file beside it, fsync, rename, fsync of the folder (rename(2), fsync(2)). `mode` as in chmod. Refuses a full disk with `BST_DISK_FULL`, leaving the old file. */
export function writeAtomically(path: string, content: string | Uint8Array, mode: number): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = openSync(temporary, 'w', mode)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
    const folder = openSync(dirname(path), 'r')
    try { fsyncSync(folder) } finally { closeSync(folder) }
  } catch (cause) {
    rmSync(temporary, { force: true })
    if (systemCode(cause) === 'ENOSPC') throw new BastionError('BST_DISK_FULL', `No space left while writing ${path}.`, { cause, nextStep: `Free space on the file system of ${dirname(path)}.` })
    throw cause
  }
}
