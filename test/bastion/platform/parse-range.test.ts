import t from 'tap'
import { parseRange } from '../../../bastion/platform/parse-range.ts'

const of = (header: string | undefined, size = 100, ifRange?: string) => parseRange(header, size, ifRange, '"e"')

t.test('one range of bytes is what it says, within the file', t => {
  t.strictSame(of('bytes=0-0'), { kind: 'part', from: 0, to: 0 })
  t.strictSame(of('bytes=10-19'), { kind: 'part', from: 10, to: 19 })
  t.strictSame(of('bytes=10-'), { kind: 'part', from: 10, to: 99 })
  t.strictSame(of('bytes=90-1000'), { kind: 'part', from: 90, to: 99 })
  t.strictSame(of('bytes=-10'), { kind: 'part', from: 90, to: 99 })
  t.strictSame(of('bytes=-1000'), { kind: 'part', from: 0, to: 99 })
  t.end()
})

t.test('what a server may ignore is the whole file', t => {
  for (const header of [undefined, '', 'bytes=', 'bytes=-', 'bytes=5-4', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=a-b', `bytes=${'9'.repeat(40)}-`]) t.strictSame(of(header), { kind: 'whole' }, String(header))
  t.strictSame(of('bytes=1-2', 100, '"other"'), { kind: 'whole' })
  t.strictSame(of('bytes=1-2', 100, '"e"'), { kind: 'part', from: 1, to: 2 })
  t.end()
})

t.test('what begins behind the end can not be had', t => {
  for (const [header, size] of [['bytes=100-', 100], ['bytes=0-', 0], ['bytes=-0', 100], ['bytes=-5', 0]] as const) t.strictSame(of(header, size), { kind: 'unsatisfiable' }, header)
  t.end()
})
