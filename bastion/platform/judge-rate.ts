// Decides whether one more request fits into a rate, for every limit of the bastion: a token bucket.

/** How many requests a minute are taken in the long run, and how many at once after a pause. */
export interface Rate { perMinute: number, burst: number }

/** What is left of a client's allowance, and when that was reckoned (milliseconds). */
export interface Bucket { left: number, at: number }

const rounding = 1e-9

/** The bucket after one more request, and how long the client must wait for its turn: 0 when the request was taken, and only then something was spent. A clock that went back refills nothing. */
export function judgeRate(bucket: Bucket | undefined, rate: Rate, now: number): { bucket: Bucket, waitMs: number } {
  const perMs = rate.perMinute / 60_000
  const passedMs = bucket === undefined ? 0 : Math.max(0, now - bucket.at)
  const left = bucket === undefined ? rate.burst : Math.min(rate.burst, bucket.left + passedMs * perMs)
  if (left >= 1 - rounding) return { bucket: { left: Math.max(0, left - 1), at: now }, waitMs: 0 }
  return { bucket: { left, at: now }, waitMs: Math.max(1, Math.ceil((1 - left) / perMs - rounding)) }
}
