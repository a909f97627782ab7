// What labctl's exit code tells a script. docs/exit-codes.md and `labctl exit-codes` are written from here.

/** Every exit code by name, with its meaning in one sentence. Numbers are never reused. */
export const exitCodes = {
  ok: { code: 0, meaning: 'Done as asked.' },
  failed: { code: 1, meaning: 'It was tried and failed: an install or a build that failed, something needed that doctor found missing, a failure inside the bastion.' },
  usage: { code: 2, meaning: 'The command line, a setting or the request is not valid; nothing was done.' },
  'not-found': { code: 3, meaning: 'There is no such machine, operating system or setting.' },
  refused: { code: 4, meaning: 'The bastion refuses, or the thing is not in a state that allows it; nothing was changed.' },
  unauthenticated: { code: 5, meaning: 'No valid token was shown, or it does not allow this.' },
  unreachable: { code: 6, meaning: 'The bastion cannot be reached, or the server there does not hold the pinned key.' },
  'timed-out': { code: 7, meaning: 'It was not finished in the time given; it may still go on.' },
  interrupted: { code: 130, meaning: 'Stopped by Ctrl-C or SIGTERM.' },
} as const

/** The name of an exit code. */
export type ExitName = keyof typeof exitCodes
