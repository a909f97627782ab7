// A guest stays on one processor: the one that idles most, and those started together on different ones.
import { test } from 'tap'
import { onQuietestCpu, parseCpuList, pickCpu } from '../../../labctl/rehearsal/uml/quietest-cpu.ts'

const stat = (...idle: number[]) => `cpu  0 0 0 0 0\n${idle.map((ticks, cpu) => `cpu${cpu} 10 0 5 ${ticks} 1 0 0 0 0 0`).join('\n')}\nintr 1\n`

test('lists of processors are read as the kernel writes them', async t => {
  t.same(parseCpuList('0-3,8\n'), [0, 1, 2, 3, 8])
  t.same(parseCpuList('5'), [5])
  t.same(parseCpuList('\n'), [])
})

test('the processor that idled longest is taken', async t => {
  t.equal(pickCpu([0, 1, 2], stat(100, 100, 100), stat(101, 120, 103), 0), 1)
  t.equal(pickCpu([0, 1, 2], stat(100, 100, 100), stat(101, 120, 103), 7), 1, 'whoever’s turn it is')
})

test('those about as idle are taken in turn', async t => {
  const turns = [0, 1, 2, 3].map(turn => pickCpu([0, 1, 3], stat(0, 0, 0, 0), stat(20, 18, 20, 2), turn))
  t.same(turns, [0, 1, 0, 1])
})

test('a processor that this program may not use is not taken', async t => {
  t.equal(pickCpu([1], stat(0, 0), stat(20, 0), 4), 1)
})

test('the command names a processor of this machine', async t => {
  const [program, flag, cpu] = await onQuietestCpu(0)
  t.same([program, flag], ['taskset', '-c'])
  t.match(cpu, /^\d+$/)
})
