import type { FileAnswer } from './plan-file-answer.ts'

const reasons: Record<FileAnswer['status'], string> = { 200: 'OK', 206: 'Partial Content', 304: 'Not Modified', 412: 'Precondition Failed', 416: 'Range Not Satisfiable' }

/** The head of an answer as it goes over the wire (RFC 9112); the connection ends with it. `date`: as in RFC 9110, section 5.6.7. */
export function renderFileHead(answer: FileAnswer, date: string): string {
  const lines = Object.entries({ ...answer.headers, date, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${answer.status} ${reasons[answer.status]}\r\n${lines.join('')}\r\n`
}
