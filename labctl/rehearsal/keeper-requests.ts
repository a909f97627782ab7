// What the front program may ask of the keeper: one JSON object per line each way, over a Unix socket in the rehearsal's folder.

/** A program to start inside, in the background. `log`: file that gets what it prints. */
export interface ChildSpec {
  name: string
  file: string
  args: readonly string[]
  env?: Readonly<Record<string, string>>
  log: string
}

/** A program to run inside to its end. */
export interface RunSpec {
  file: string
  args: readonly string[]
  input?: string
  timeoutMs: number
}

/** How a child ended. */
export interface ChildEnd { exitCode: number | null, signal: string | null }

/** Every request with its answer. */
export interface KeeperRequests {
  /** The keeper stops everything when the connection that asked this closes. */
  leash: { ask: Record<never, never>, answer: Record<never, never> }
  start: { ask: ChildSpec, answer: { pid: number } }
  /** Answers when the child has ended; null when there is none of that name. */
  ended: { ask: { name: string }, answer: { end: ChildEnd | null } }
  signal: { ask: { name: string, signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGHUP' | 'SIGSTOP' | 'SIGCONT' }, answer: { found: boolean } }
  children: { ask: Record<never, never>, answer: { running: string[] } }
  run: { ask: RunSpec, answer: { stdout: string, stderr: string, exitCode: number | null } }
  /** A tap device on the bridge, made once per name. */
  tap: { ask: { name: string }, answer: Record<never, never> }
  stop: { ask: Record<never, never>, answer: Record<never, never> }
}

/** The name of a request. */
export type KeeperVerb = keyof KeeperRequests
