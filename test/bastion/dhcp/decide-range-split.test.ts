import t from 'tap'
import { differentStarts, decideRangeSplit } from '../../../bastion/dhcp/decide-range-split.ts'

/** dnsmasq's hash itself, in 32 bits (dhcp.c, address_allocate). */
function hash(mac: readonly number[]): number {
  return mac.reduce((j, byte) => (byte + ((j << 6) >>> 0) + ((j << 16) >>> 0) - j) >>> 0, 0) || 1
}

t.test('a thousand consecutive MACs meet in a range of 2046 addresses, and do not in the part that is given first', async t => {
  const starts = (size: number, vendor: readonly number[]) => new Set(Array.from({ length: 1000 }, (_, number) => hash([...vendor, 0, number >> 8, number & 255]) % size)).size
  const first = decideRangeSplit(2046)
  t.ok(first > 2046 - 64 && first <= 2046, String(first))
  for (const vendor of [[0x52, 0x54, 0x10], [0x3c, 0xec, 0xef], [0xb4, 0x2e, 0x99]]) {
    t.ok(starts(2046, vendor) < 800, `${starts(2046, vendor)} different ones in the whole range`)
    t.equal(starts(first, vendor), 1000)
  }
})

t.test('what is known of the hash’s steps is what the hash does', async t => {
  for (const size of [97, 200, 1000, 2046]) {
    const machines = Math.min(600, size)
    const real = new Set(Array.from({ length: machines }, (_, number) => hash([2, 0, 0, 0, number >> 8, number & 255]) % size)).size
    t.ok(differentStarts(size, machines) <= real, `${size}: ${differentStarts(size, machines)}, ${real}`)
  }
})

t.test('a part is never larger than the range, hardly smaller, and no worse than the whole', async t => {
  for (let addresses = 1; addresses <= 3000; addresses += 1) {
    const first = decideRangeSplit(addresses)
    if (first > addresses || first < addresses - 64 || first < addresses * 15 / 16 - 1 || first < 1) t.fail(`${addresses}: ${first}`)
    if (addresses < 64) { if (first !== addresses) t.fail(`${addresses} is left alone, not ${first}`) }
    else if (differentStarts(first) / Math.floor(first / 2) < differentStarts(addresses) / Math.floor(addresses / 2)) t.fail(`${addresses}: ${first} is worse`)
  }
  t.equal(decideRangeSplit(16_000_000) > 15_999_900, true, 'a whole /8 is decided at once')
})
