import { connect } from 'node:net'
import { readLines } from './read-lines.ts'

/** Runs one command of a QEMU machine through its QMP socket and gives what it returns. Refuses (throws) what QEMU refuses, and no answer within `timeoutMs`. */
export async function runQmp(path: string, command: string, args: Record<string, unknown> = {}, timeoutMs = 5000): Promise<unknown> {
  const socket = connect(path)
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => { reject(new Error(`QEMU did not answer ${command} within ${timeoutMs} ms`)) }, timeoutMs)
      socket.once('error', reject)
      socket.once('close', () => { clearTimeout(timer); reject(new Error(`QEMU closed its monitor during ${command}`)) })
      readLines(socket, line => {
        const { QMP, id, return: answer, error } = JSON.parse(line) as { QMP?: unknown, id?: string, return?: unknown, error?: { desc: string } }
        if (QMP !== undefined) {
          socket.write('{"execute":"qmp_capabilities","id":"capabilities"}\n')
          socket.write(`${JSON.stringify({ execute: command, arguments: args, id: 'command' })}\n`)
        }
        if (error !== undefined) reject(new Error(`QEMU refused ${command}: ${error.desc}`))
        if (id === 'command' && error === undefined) resolve(answer)
      })
    })
  } finally {
    socket.destroy()
  }
}
