// wss /ws/events: timelines as they grow. Authenticated like any request, before the upgrade.
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { logChoices, wantsLine, type LogChoice } from '../../protocol/machine-logs.ts'
import type { Problem } from '../../protocol/problem.ts'
import type { OperatorStore } from '../access/operator-store.ts'
import { roles } from '../access/permissions.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { countedOperator } from './authenticate.ts'
import { expectedOf, machineOf } from './machine-view.ts'
import { problemOf } from './problem.ts'
import type { RequestLimits } from './request-limits.ts'

const mostBufferedBytes = 1 << 20
const mostLinesSent = 100
const goodbyeMs = 500

/** Serves the event socket on a listener; gives a function that closes it. A watcher that reads too slowly is cut off. */
export function eventSocket(server: Server, room: BootRoom, operators: OperatorStore, limits: RequestLimits): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 4096 })
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      const url = new URL(request.url ?? '/', 'https://bastion')
      if (url.pathname !== '/ws/events') throw new BastionError('BST_NOT_FOUND', 'There is no such socket; wanted is /ws/events.')
      const operator = countedOperator(operators, limits, 'client', request.headers.authorization, request.socket.remoteAddress ?? 'unknown')
      if (!(roles[operator.role] ?? []).includes('machines:read')) throw new BastionError('BST_FORBIDDEN', `The role ${operator.role} does not allow machines:read.`)
      const reference = url.searchParams.get('machine')
      const expected = reference === null ? null : expectedOf(room, reference)
      const machine = reference === null ? null : expected !== null ? { id: expected.id, macs: [expected.mac] } : machineOf(room, reference)
      const logs = logChoices.find(choice => choice === (url.searchParams.get('logs') ?? 'none'))
      if (logs === undefined) throw new BastionError('BST_INPUT_INVALID', `logs: ${JSON.stringify(url.searchParams.get('logs'))} is not one of ${logChoices.join(', ')}.`)
      sockets.handleUpgrade(request, socket, head, client => { follow(client, room, machine, logs) })
    } catch (error) {
      decline(socket, problemOf(error), error instanceof BastionError ? error.retryAfterSeconds : null)
    }
  }
  server.on('upgrade', upgrade)
  const beat = setInterval(() => { for (const client of sockets.clients) client.ping() }, 20_000)
  beat.unref()
  return () => {
    clearInterval(beat)
    server.off('upgrade', upgrade)
    for (const client of sockets.clients) client.close(1001, 'The bastion is stopping.')
    sockets.close()
    // One who does not answer, a sleeping laptop say, must not make the stop a forced one.
    setTimeout(() => { for (const client of sockets.clients) client.terminate() }, goodbyeMs).unref()
  }
}

function follow(client: WebSocket, room: BootRoom, machine: { id: string, macs: readonly string[] } | null, logs: LogChoice): void {
  const concerns = (of: { machine: string | null, mac: string | null }) => machine === null || of.machine === machine.id || (of.machine === null && of.mac !== null && machine.macs.includes(of.mac))
  const send = (value: unknown) => {
    if (client.bufferedAmount > mostBufferedBytes) client.terminate()
    else client.send(JSON.stringify(value))
  }
  const stop = room.events.subscribe(event => {
    if (event.kind === 'timeline' && concerns(event.entry)) send(event.entry)
    if (event.kind !== 'logs' || logs === 'none' || !concerns(event)) return
    const wanted = event.lines.filter(line => wantsLine(logs, line))
    // Messages have a largest size where they are read.
    for (let from = 0; from < wanted.length; from += mostLinesSent) send({ logs: wanted.slice(from, from + mostLinesSent), machine: event.machine, mac: event.mac })
  })
  client.on('close', stop)
  client.on('error', () => { client.terminate() })
}

function decline(socket: Duplex, problem: Problem, retryAfterSeconds: number | null): void {
  const body = JSON.stringify(problem)
  // Nobody else listens to an upgraded socket any more, and the server's time limits are off: one left half open would stay.
  socket.on('error', () => { socket.destroy() })
  socket.once('finish', () => { socket.destroy() })
  socket.end(`HTTP/1.1 ${problem.status} Refused\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n${retryAfterSeconds === null ? '' : `retry-after: ${retryAfterSeconds}\r\n`}\r\n${body}`)
}
