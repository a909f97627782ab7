import t from 'tap'
import { FrameSplitter, longestFrameBytes } from '../../../bastion/intake/split-frames.ts'

/** The messages in a stream that comes in pieces of `size` bytes. */
function split(stream: string | Buffer, size = Infinity): string[] {
  const bytes = Buffer.from(stream)
  const splitter = new FrameSplitter()
  const messages: string[] = []
  const take = (message: Buffer) => { messages.push(message.toString()) }
  for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size), take)
  splitter.end(take)
  return messages
}

t.test('frames of both kinds are told apart one by one, however the stream is cut', async t => {
  const stream = '<1>one\n7 <2>two\n\n8 <3>th\nre<4>four\r\n\0<5>five\u0000123 lines, not counted\n<6>six'
  for (const size of [1, 2, 3, 7, Infinity]) t.same(split(stream, size), ['<1>one', '<2>two\n', '<3>th\nre', '<4>four\r', '<5>five', '123 lines, not counted', '<6>six'], `in pieces of ${size}`)
})

t.test('a message that is too long is cut, and the next one is whole', async t => {
  const long = 'x'.repeat(1_000_000)
  for (const size of [1000, 8191, 8192, 65_536]) {
    t.same(split(`<1>${long}\n<2>next\n`, size).map(message => message.length), [longestFrameBytes, 7])
    t.same(split(`1000003 <1>${long}<2>next\n`, size).map(message => message.length), [longestFrameBytes, 7])
  }
})

t.test('a count that nobody sends begins a line, and one that does not come true ends with the stream', async t => {
  t.same(split('99999999 <1>x\nnext\n'), ['99999999 <1>x', 'next'])
  t.same(split('500 <1>too few'), ['500 <1>too few'])
  t.same(split('0 <1>x\n'), ['0 <1>x'])
  t.same(split('12'), ['12'])
})

t.test('a million NULs, or line feeds, or bytes without an end, are nothing and take no time', async t => {
  const began = process.cpuUsage()
  t.same(split(Buffer.alloc(1_000_000), 65_536), [])
  t.same(split('\n'.repeat(1_000_000), 65_536), [])
  t.equal(split('y'.repeat(1_000_000), 1460).length, 1)
  t.equal(split('a\n'.repeat(500_000), 65_536).length, 500_000)
  t.equal(split('a\0'.repeat(100_000), 65_536).length, 100_000)
  const ms = process.cpuUsage(began).user / 1000
  t.ok(ms < 4000, `${ms} ms`)
})
