import * as fc from 'fast-check'
import t from 'tap'
import { judgeRate, type Bucket } from '../../../bastion/platform/judge-rate.ts'
import { RateLimit } from '../../../bastion/platform/rate-limit.ts'

t.test('a burst is taken at once, and then as many a minute as the rate says', async t => {
  const time = { now: 1_000_000 }
  const limit = new RateLimit({ perMinute: 60, burst: 3 }, () => time.now)
  t.same([limit.take('a'), limit.take('a'), limit.take('a'), limit.take('a')], [0, 0, 0, 1000])
  t.equal(limit.take('b'), 0, 'another client has an allowance of its own')
  time.now += 999
  t.equal(limit.take('a'), 1, 'one that asks too early learns how long it still is, and has lost nothing')
  time.now += 1
  t.equal(limit.take('a'), 0)
  time.now += 3_600_000
  t.same([limit.take('a'), limit.take('a'), limit.take('a'), limit.take('a')], [0, 0, 0, 1000], 'a long pause saves up no more than the burst')
})

t.test('a clock that goes back neither refills nor locks out', async t => {
  const time = { now: 1_000_000 }
  const limit = new RateLimit({ perMinute: 60, burst: 1 }, () => time.now)
  t.equal(limit.take('a'), 0)
  time.now -= 500_000
  t.equal(limit.take('a'), 1000)
  time.now += 1000
  t.equal(limit.take('a'), 0)
})

t.test('memory is bounded: the client that was silent for longest is forgotten', async t => {
  const limit = new RateLimit({ perMinute: 1, burst: 1 }, () => 0, 100)
  limit.take('first')
  for (let number = 0; number < 99; number += 1) limit.take(`c${number}`)
  t.ok(limit.take('first') > 0, 'remembered so far, and now the one that spoke last')
  for (let number = 99; number < 10_000; number += 1) limit.take(`c${number}`)
  t.equal(limit.clients, 100)
  t.equal(limit.take('first'), 0, 'forgotten: it starts anew')
})

t.test('whatever the times are, no more is taken than the burst and what the minutes give', async t => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 200 }), fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 50 }), (pauses, perMinute, burst) => {
    let bucket: Bucket | undefined
    let now = 0
    let taken = 0
    for (const pause of pauses) {
      now += pause
      const judged = judgeRate(bucket, { perMinute, burst }, now)
      bucket = judged.bucket
      if (judged.waitMs === 0) taken += 1
      if (!(judged.bucket.left >= 0 && judged.bucket.left <= burst)) return false
    }
    return taken <= burst + now * perMinute / 60_000 + 1e-6
  }))
  t.pass('for every sequence that was tried')
})

t.test('who waits as long as was said is taken', async t => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (perMinute, left) => {
    const refused = judgeRate({ left, at: 0 }, { perMinute, burst: 10 }, 0)
    return refused.waitMs > 0 && judgeRate(refused.bucket, { perMinute, burst: 10 }, refused.waitMs + 1).waitMs === 0
  }))
  t.pass('for every rate that was tried')
})
