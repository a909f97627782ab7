import t from 'tap'
import { renderBar } from '../../../labctl/output/render-bar.ts'
import { renderHarmless, renderHarmlessLines } from '../../../labctl/output/render-harmless.ts'
import { renderSize } from '../../../labctl/output/render-size.ts'
import { renderSpans } from '../../../labctl/output/render-spans.ts'
import { renderTable } from '../../../labctl/output/render-table.ts'
import { renderAge, renderDuration } from '../../../labctl/output/render-time.ts'
import { openTerminal } from '../../../labctl/output/terminal.ts'

t.test('every control character, and what hides or reorders text, is written out; all else stays', async t => {
  t.equal(renderHarmless('\u001b[31mred\u0007\r\n\t\u007f\u009b'), '\\x1b[31mred\\x07\\x0d\\x0a\\x09\\x7f\\x9b')
  t.equal(renderHarmless('a\u202eb\u2066c\u200bd\ufeffe\u{e0041}f\ud800g\u2028'), 'a\\u{202e}b\\u{2066}c\\u{200b}d\\u{feff}e\\u{e0041}f\\u{d800}g\\u{2028}')
  t.equal(renderHarmless('Grüße, 世界 – 😀 e\u0301'), 'Grüße, 世界 – 😀 e\u0301')
  t.equal(renderHarmlessLines('a\r\n\tb\rc\u001b'), 'a\n\tb\\x0dc\\x1b')
})

t.test('colours come from us alone', async t => {
  t.equal(renderSpans(['a', { text: '\u001b[31mb', tone: 'good' }], true), 'a\u001b[32m\\x1b[31mb\u001b[39m')
  t.equal(renderSpans({ text: 'b', tone: 'good' }, false), 'b')
})

t.test('a table has plain columns as wide as what they hold, and no trailing blanks', async t => {
  t.equal(renderTable(['A', 'LONG'], [['xx', 'y'], ['x', '']], false), 'A   LONG\nxx  y\nx')
  t.equal(renderTable(null, [['世界', 'y'], ['x', 'z']], false), '世界  y\nx     z')
})

t.test('sizes, times and bars are short', async t => {
  t.same([0, 512, 1536, 2 ** 30 * 25, 734_003_200, 2 ** 40 - 1, 1024 * 1024 - 1].map(renderSize), ['0 B', '512 B', '1.5 KiB', '25 GiB', '700 MiB', '1 TiB', '1 MiB'])
  t.same([0, 12_340, 59_960, 125_000, 10_930_000].map(renderDuration), ['0.0 s', '12.3 s', '1 min 0 s', '2 min 5 s', '3 h 2 min'])
  t.same([-5000, 1000, 59_000, 60_000, 7_200_000, 200_000_000].map(ago => renderAge(1e12, 1e12 + ago)), ['just now', 'just now', '59 s ago', '1 min ago', '2 h ago', '2 d ago'])
  t.same([null, -1, 50, 200].map(percent => renderBar(percent, 4)), ['[....]    ', '[----]   0%', '[##--]  50%', '[####] 100%'])
})

t.test('colours are for terminals, without NO_COLOR and with a TERM that can', async t => {
  const color = (isTTY: boolean, env: Record<string, string>) => openTerminal({ isTTY, write: () => true }, { write: () => true }, env).color
  t.same([color(true, {}), color(true, { NO_COLOR: '' }), color(true, { NO_COLOR: '1' }), color(true, { TERM: 'dumb' }), color(false, {})], [true, true, false, false, false])
})

t.test('a status line stays below what is printed and never wraps', async t => {
  let out = ''
  const terminal = openTerminal({ isTTY: true, columns: 10, write: text => { out += text } }, { write: () => true }, { NO_COLOR: '1' })
  terminal.status('0123456789abcdef')
  terminal.line('printed')
  terminal.status(null)
  t.equal(out, '012345678\r\u001b[2Kprinted\n012345678\r\u001b[2K')
})
