import type { LogChoice, LogEvent } from '../../protocol/machine-logs.ts'
import type { TimelineEntry } from '../../protocol/machines.ts'
import type { BastionClient } from '../client/bastion-client.ts'
import { openEvents } from '../client/open-events.ts'
import { interrupted, LabctlError } from '../labctl-error.ts'
import type { Terminal } from '../output/terminal.ts'
import { Inbox } from './inbox.ts'

/** What a watch does with what it hears. */
export interface Follower {
  /** The machine's internal id; null for all machines. */
  machine: string | null
  /** Called whenever the stream is open, also again after a loss: fetches what was missed. */
  caughtUp: () => Promise<void>
  /** Called with what arrived, at least every two seconds; true ends the watch. */
  heard: (entries: TimelineEntry[]) => Promise<boolean>
  /** Which lines of logs are wanted beside; none otherwise. */
  logs?: LogChoice
  /** Called with lines as they come. */
  heardLogs?: (event: LogEvent) => void
}

const passing: ReadonlySet<string> = new Set(['unreachable', 'connection-lost', 'no-answer', 'BST_STOPPING', 'BST_RATE_LIMITED'])

/** Follows the events of the bastion until `heard` says it is enough. A lost stream is opened again, with growing pauses of at most 10 s; the first failure to connect is thrown, and so is what trying again can't mend. */
export async function followStream(bastion: BastionClient, terminal: Terminal, follower: Follower): Promise<void> {
  const inbox = new Inbox<TimelineEntry>()
  const onAbort = () => { inbox.wake() }
  bastion.signal.addEventListener('abort', onAbort, { once: true })
  try {
    let opened = false
    for (let failures = 0; ;) {
      try {
        const done = await followOnce(bastion, inbox, follower, () => {
          if (failures > 0) terminal.note('The bastion answers again.')
          opened = true
          failures = 0
        })
        if (done) return
        terminal.note({ text: 'The connection to the bastion was lost; trying again.', tone: 'warning' })
      } catch (error) {
        if (!opened || !(error instanceof LabctlError) || !passing.has(error.code)) throw error
        if (failures === 0) terminal.note({ text: `${error.message} Trying again until it answers.`, tone: 'warning' })
      }
      failures += 1
      if (bastion.signal.aborted) throw interrupted()
      await new Inbox<never>().take(Math.min(500 * 2 ** failures, 10_000))
      if (bastion.signal.aborted) throw interrupted()
    }
  } finally {
    bastion.signal.removeEventListener('abort', onAbort)
  }
}

async function followOnce(bastion: BastionClient, inbox: Inbox<TimelineEntry>, follower: Follower, onOpen: () => void): Promise<boolean> {
  // Lines that come while what was missed is fetched stand behind it.
  const held: LogEvent[] = []
  let hear = (event: LogEvent) => { held.push(event) }
  const stream = await openEvents(bastion.address, follower.machine, { onEntry: entry => { inbox.put(entry) }, logs: follower.logs ?? 'none', onLogs: event => { hear(event) }, signal: bastion.signal })
  let over = false
  void stream.ended.then(() => { over = true; inbox.wake() })
  try {
    onOpen()
    await follower.caughtUp()
    hear = event => { follower.heardLogs?.(event) }
    for (const event of held) hear(event)
    for (;;) {
      if (await follower.heard(over ? [] : await inbox.take(2000))) return true
      if (bastion.signal.aborted) throw interrupted()
      if (over) return false
    }
  } finally {
    stream.close()
  }
}
