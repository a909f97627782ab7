import { destination, pino, type Logger } from 'pino'

/** Where the bastion's own log lines go: JSON on standard output, for the journal. */
export type Journal = Logger

/** Lines of a rack that starts are written together; what an operator should know is not kept back. */
const together = { minLength: 4096, periodicFlush: 50, sync: true }
const warning = 40

/** The journal of the process. Values under keys that hold secrets are never written, wherever they stand one or two levels deep. */
export function openJournal(level: string): Journal {
  const secret = ['token', 'bearer', 'authorization', 'joinToken', 'localApiToken', 'password', 'secret', 'ticket']
  const output = destination({ dest: 1, ...together })
  process.once('exit', () => { output.flushSync() })
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secret.flatMap(key => [key, `*.${key}`, `*.*.${key}`]), censor: '[secret]' },
    hooks: {
      logMethod(words, log, at) {
        log.apply(this, words)
        if (at >= warning) output.flushSync()
      },
    },
  }, output)
}
