// What the bastion and its file process tell each other, over Node's channel between parent and child.
import type { AskedFile } from './plan-file-answer.ts'

/** To the file process, together with the connection: which file to send on it, and after how long a silence to give up. */
export interface FileJob { id: number, path: string, asked: AskedFile, silenceMs: number }

/** What became of an answer. `bytes`: of the body, as announced; null where nothing was. `whole`: its last byte went out. */
export interface SentFile { status: number, bytes: number | null, whole: boolean }

/** From the file process: `taken`, the connection has arrived; `sent`, the answer is over. */
export type FileWord = { kind: 'taken', id: number } | { kind: 'sent', id: number, sent: SentFile }
