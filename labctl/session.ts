import type { Terminal } from './output/terminal.ts'

/** What every command gets from the process that runs it. */
export interface Session {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user's home folder. */
  readonly home: string
  readonly terminal: Terminal
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
  /** Everything on standard input, or the line typed without echo when it is a terminal. */
  readonly readSecret: (prompt: string) => Promise<string>
  /** A yes-or-no question; false where nobody can answer. */
  readonly confirm: (question: string) => Promise<boolean>
  /** Whether somebody can be asked: a terminal on both sides. */
  readonly canAsk: boolean
  /** A line typed as the answer to a question; empty where nobody can answer. */
  readonly readLine: (question: string) => Promise<string>
}
