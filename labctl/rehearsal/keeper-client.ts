import { connect, type Socket } from 'node:net'
import type { KeeperRequests, KeeperVerb } from './keeper-requests.ts'
import { readLines } from './read-lines.ts'

/** A connection to the keeper. */
export interface KeeperClient {
  ask: <Verb extends KeeperVerb>(verb: Verb, ask: KeeperRequests[Verb]['ask']) => Promise<KeeperRequests[Verb]['answer']>
  close: () => void
}

/** Connects to the keeper's socket. Refuses (throws) when nobody listens there; requests fail when the keeper goes away. */
export async function connectKeeper(path: string): Promise<KeeperClient> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const opening = connect(path, () => { resolve(opening) })
    opening.once('error', reject)
  })
  const waiting = new Map<number, { resolve: (answer: never) => void, reject: (error: Error) => void }>()
  let last = 0
  readLines(socket, line => {
    const { id, answer, error } = JSON.parse(line) as { id: number, answer?: never, error?: string }
    const one = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) one?.resolve(answer!)
    else one?.reject(new Error(error))
  })
  const lost = () => {
    for (const { reject } of waiting.values()) reject(new Error('the rehearsal has ended'))
    waiting.clear()
  }
  socket.on('close', lost).on('error', lost)
  return {
    ask: async (verb, ask) => await new Promise((resolve, reject) => {
      if (!socket.writable) return reject(new Error('the rehearsal has ended'))
      const id = last += 1
      waiting.set(id, { resolve, reject })
      socket.write(`${JSON.stringify({ id, verb, ask })}\n`)
    }),
    close: () => { socket.destroy() },
  }
}
