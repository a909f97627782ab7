// Holds the sizes of files: half under 60 lines, nine in ten under 130, none over 250.
import t from 'tap'
import { listSources, textOf } from './list-sources.ts'

t.test('files stay small', async t => {
  const sizes = listSources().map(path => ({ path, lines: textOf(path).split('\n').length - 1 })).toSorted((a, b) => a.lines - b.lines)
  const at = (share: number) => sizes[Math.ceil(sizes.length * share) - 1]!
  t.same(sizes.filter(({ lines }) => lines > 250), [], 'none is over 250 lines')
  t.ok(at(0.9).lines < 130, `nine in ten are under 130 lines (${at(0.9).path} has ${at(0.9).lines})`)
  t.ok(at(0.5).lines < 60, `half are under 60 lines (${at(0.5).path} has ${at(0.5).lines})`)
})
