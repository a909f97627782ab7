import { closeSync, fstatSync, openSync } from 'node:fs'
import { systemCode } from '../../platform/bastion-error.ts'
import type { FileStamp } from './plan-file-answer.ts'

/** A file that is being served: whatever takes its name meanwhile, its bytes stay those of this one. */
export interface OpenFile {
  readonly descriptor: number
  readonly stamp: FileStamp
  /** That nobody wrote into it since it was opened. */
  isUnchanged: () => boolean
  close: () => void
}

/** Opens a file; null when there is none of that name. */
export function openFile(path: string): OpenFile | null {
  let descriptor: number
  try { descriptor = openSync(path, 'r') } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  }
  const look = (): FileStamp => {
    const { ino, size, mtimeMs } = fstatSync(descriptor)
    return { inode: ino, sizeBytes: size, modifiedMs: mtimeMs }
  }
  const stamp = look()
  let isOpen = true
  return {
    descriptor, stamp,
    isUnchanged: () => { const now = look(); return now.sizeBytes === stamp.sizeBytes && now.modifiedMs === stamp.modifiedMs },
    close() { if (isOpen) { isOpen = false; closeSync(descriptor) } },
  }
}
