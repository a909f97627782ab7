// Inputs for what reads logs: single messages, and streams cut into pieces.
import { FrameSplitter, longestFrameBytes } from '../../bastion/intake/split-frames.ts'
import { parseSyslog } from '../../bastion/intake/parse-syslog.ts'
import type { FuzzKind } from './parser-kinds.ts'
import { mutate } from './random.ts'

const messages = [
  '<34>Oct 11 22:14:15 mymachine su: \'su root\' failed', '<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!', '<30>Nov 21 15:00:00 dnsmasq[12]: started', '<4>2026-11-21T15:00:00.123456+00:00 worker-1 kernel: [    1.2] oops',
  '<165>1 2003-10-11T22:14:15.003Z host app - ID47 [id@32473 iut="3" eventSource="App\\"l]ication"][x@1 a="b"] \ufeffAn event', '<0>1 - - - - - - x', '15:04:05,123 INF storage.devicelibs: running mkfs',
  '<134>Nov 21 15:00:01 localhost anaconda[1412]: anaconda: ui.common: starting', '6,1234,5678901,-;e1000: eth0 NIC Link is Up', ' SUBSYSTEM=net', 'labctl: network up eth0 10.0.0.5 (7.1 s)',
].map(text => Buffer.from(text))
const stream = Buffer.concat(messages.flatMap((message, index) => index % 2 === 0 ? [message, Buffer.from('\n')] : message[0] === 0x3c ? [Buffer.from(`${message.length} `), message] : [message, Buffer.from('\0')]))

function checkLine(message: Buffer): void {
  const line = parseSyslog(message)
  if (line === null) return
  if (line.text.length > 2002 || (line.program?.length ?? 0) > 48) throw new Error(`a line is too long: ${line.text.length}`)
  if (line.severity !== null && !(line.severity >= 0 && line.severity <= 7)) throw new Error(`a severity that is none: ${line.severity}`)
  if (!line.text.isWellFormed()) throw new Error('half a character')
}

/** What a stream gives, cut into pieces as the bytes of `cuts` say. */
function split(bytes: Buffer, cuts: Buffer): Buffer[] {
  const splitter = new FrameSplitter()
  const messages: Buffer[] = []
  const take = (message: Buffer) => { messages.push(Buffer.from(message)) }
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = 1 + (cuts[turn % cuts.length] ?? 255)
    splitter.push(bytes.subarray(at, at + size), take)
    at += size
  }
  splitter.end(take)
  return messages
}

/** Kinds for the log intake. */
export const syslogKinds: readonly FuzzKind[] = [
  { name: 'syslog-message', weight: 20, make: random => mutate(random, random.pick(messages)), check: checkLine },
  {
    name: 'syslog-stream', weight: 6, make: random => Buffer.concat([random.bytes(8), mutate(random, stream), random.below(50) === 0 ? Buffer.alloc(20_000, random.pick(['x', '1', ' ', '\0', '\n'])) : Buffer.alloc(0)]),
    check: input => {
      const [cuts, bytes] = [input.subarray(0, 8), input.subarray(8)]
      const whole = split(bytes, Buffer.alloc(0))
      for (const message of whole) {
        if (message.length > longestFrameBytes) throw new Error(`a message of ${message.length} bytes`)
        checkLine(message)
      }
      // However a stream is cut, it says the same.
      if (!Buffer.concat(split(bytes, cuts)).equals(Buffer.concat(whole))) throw new Error('cut otherwise, it says something else')
    },
  },
]
