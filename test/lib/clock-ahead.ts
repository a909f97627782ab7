// Preloaded into a bastion by tests only (node --import): its clock is ahead of the host's by the milliseconds that a file says. Production code knows nothing of it.
import { readFileSync } from 'node:fs'

const file = process.env['LABCTL_TEST_CLOCK']!
const hostClock = Date.now
let ahead = 0
let readAt = -Infinity

Date.now = () => {
  const now = hostClock()
  if (Math.abs(now - readAt) > 100) {
    readAt = now
    ahead = Number(readFileSync(file, 'utf8'))
  }
  return now + ahead
}
