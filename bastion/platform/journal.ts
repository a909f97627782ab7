import { pino, type Logger } from 'pino'

/** Where the bastion's own log lines go: JSON on standard output, for the journal. */
export type Journal = Logger

/** The journal of the process. Values under keys that hold secrets are never written, wherever they stand one or two levels deep. */
export function openJournal(level: string): Journal {
  const secret = ['token', 'bearer', 'authorization', 'joinToken', 'localApiToken', 'password', 'secret', 'ticket']
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secret.flatMap(key => [key, `*.${key}`, `*.*.${key}`]), censor: '[secret]' },
  })
}
