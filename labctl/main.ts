#!/usr/bin/env node
import { homedir } from 'node:os'
import { openTerminal } from './output/terminal.ts'
import { askConfirmation, askLine, askSecret, canAsk } from './output/ask.ts'
import { runCommand } from './run-command.ts'

const stop = new AbortController()
// A second Ctrl-C ends the process at once. Not `once`: execa's exit hook would then end it at the first.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {
  if (stop.signal.aborted) process.exit(130)
  stop.abort()
})
// `labctl … | head` closes the pipe early; that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => { if (error.code === 'EPIPE') process.exit(0) })

process.exitCode = await runCommand(process.argv.slice(2), {
  env: process.env,
  home: process.env['HOME'] ?? homedir(),
  terminal: openTerminal(process.stdout, process.stderr, process.env),
  signal: stop.signal,
  readSecret: prompt => askSecret(prompt, stop.signal),
  confirm: question => askConfirmation(question, stop.signal),
  canAsk: canAsk(),
  readLine: question => askLine(question, stop.signal),
})
