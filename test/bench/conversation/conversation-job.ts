/** Machines, how many of them speak at once, and where. `pid`: whose CPU time and memory are measured. */
export interface ConversationJob { bootPort: number, controlPort: number, pins: readonly string[], pid: number, machines: number, atOnce: number, pollSeconds: number }

/** Milliseconds of one exchange, new connection included, and the bastion's CPU time for it. */
export interface Words { p50: number, p99: number, cpuMicroseconds: number }

/** `overlays`: /dispatch and overlay together. `waiting`: all machines hold a poll open; the share is of one processor. */
export interface ConversationResult { overlays: Words, facts: Words, progress: Words, waiting: { residentBefore: number, residentBytes: number, cpuShare: number, perSecond: number } }
