import t from 'tap'
import { decideEviction, type OpenConnection } from '../../../bastion/http/decide-eviction.ts'

/** Connections by address, as `silent` and `busy` ones in the order in which they came; the last of the last address is the newest. */
function opened(...rows: [address: string, words: string][]) {
  let id = 0
  const groups = new Map(rows.map(([address, words]) => [address, new Set(words.split(' ').map(word => ({ id: id++, address, busy: word === 'busy' })))]))
  const all: OpenConnection[] = [...groups.values()].flatMap(group => [...group])
  return (limits: { total: number, perAddress: number }) => decideEviction(groups, all.length, all.at(-1)!, limits)?.id ?? null
}

t.test('as long as there is room, nothing is closed', async t => {
  t.equal(opened(['a', 'silent silent silent'])({ total: 3, perAddress: 3 }), null)
})

t.test('an address with too many loses its own oldest silent one, and nobody else’s', async t => {
  t.equal(opened(['b', 'silent silent silent'], ['a', 'busy silent silent silent'])({ total: 100, perAddress: 3 }), 4)
})

t.test('with too many in all, the address that has most loses its oldest silent one', async t => {
  t.equal(opened(['few', 'silent silent'], ['many', 'busy silent silent silent'], ['new', 'silent'])({ total: 6, perAddress: 10 }), 3)
  t.equal(opened(['few', 'silent silent'], ['many', 'busy busy busy'], ['new', 'silent'])({ total: 5, perAddress: 10 }), 0, 'where it has no silent one, the next')
})

t.test('what is being answered is never closed: then the newest goes', async t => {
  t.equal(opened(['a', 'busy busy busy silent'])({ total: 100, perAddress: 3 }), 3)
  t.equal(opened(['a', 'busy busy'], ['b', 'busy silent'])({ total: 3, perAddress: 10 }), 3)
})
