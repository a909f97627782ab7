// What machines send to the log intake, as the control plane tells it.
import { Type, type Static } from 'typebox'

const orNull = Type.Union([Type.String(), Type.Null()])

/** One line. Anybody on the boot network can send such lines in anybody's name: they are shown, and prove nothing. */
export const LogLineSchema = Type.Object({
  id: Type.Integer({ description: 'Counts up; with gaps' }),
  at: Type.Integer({ description: 'When it came, in milliseconds since 1970' }),
  address: Type.String({ description: 'Of its sender' }),
  severity: Type.Union([Type.Integer({ minimum: 0, maximum: 7, description: '0: unusable, 3: error, 4: warning, 6: information, 7: debug' }), Type.Null()]),
  program: orNull,
  text: Type.String(),
  dropped: Type.Integer({ description: 'So many lines were dropped here, since more came than are taken; 0 for a line that was sent' }),
})
export type LogLine = Static<typeof LogLineSchema>

/** Whoever sent lines: a machine, a stranger's MAC, or an address of which nothing else is known. */
export const LogSenderSchema = Type.Object({
  machine: orNull, name: orNull, mac: orNull, address: Type.String({ description: 'Of its last line' }),
  lines: Type.Integer({ description: 'Lines that are kept' }),
  dropped: Type.Integer({ description: 'Lines that were dropped, as far as that is kept' }),
  lastAt: Type.Integer({ description: 'Milliseconds since 1970' }),
})
export type LogSender = Static<typeof LogSenderSchema>

/** What the event socket tells of logs, beside timeline entries. */
export const LogEventSchema = Type.Object({ logs: Type.Array(LogLineSchema), machine: orNull, mac: orNull })
export type LogEvent = Static<typeof LogEventSchema>

/** What the log of an installer seems to say of how far it is. It comes out of the lines above, and proves as little. */
export const InstallerHintSchema = Type.Object({
  at: Type.Integer({ description: 'When its line came, in milliseconds since 1970' }),
  step: Type.String({ description: 'storage, preparing, downloading, installing, scripts, boot-loader, finishing, configuring, initramfs, post' }),
  text: Type.String(),
  percent: Type.Union([Type.Number({ minimum: 0, maximum: 100, description: 'Of this step alone' }), Type.Null()]),
})
export type InstallerHint = Static<typeof InstallerHintSchema>

/** Which lines a watcher wants: none, errors and worse, or all. */
export const logChoices = ['none', 'errors', 'all'] as const
/** One of {@link logChoices}. */
export type LogChoice = typeof logChoices[number]

/** Whether a watcher who chose so wants this line; a note about dropped lines always counts. */
export function wantsLine(choice: LogChoice, line: Pick<LogLine, 'severity' | 'dropped'>): boolean {
  return choice === 'all' || (choice === 'errors' && (line.dropped > 0 || (line.severity !== null && line.severity <= 3)))
}
