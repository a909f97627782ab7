import { Type } from 'typebox'
import { LogLineSchema, LogSenderSchema, type LogLine, type LogSender } from '../../protocol/machine-logs.ts'
import type { BastionClient } from './bastion-client.ts'
import { parseAnswer } from './parse-answer.ts'

/** The newest lines that a machine, a stranger's MAC or an address sent to the log intake, behind line `after`, oldest first. */
export async function logLines(bastion: BastionClient, sender: string, after: number, limit: number): Promise<LogLine[]> {
  return parseAnswer(await bastion.send('GET', `/api/logs/${encodeURIComponent(sender)}?after=${after}&limit=${limit}`), Type.Object({ lines: Type.Array(LogLineSchema) })).lines
}

/** The same, for where they only stand beside something else; none from a bastion that is older than they are. */
export async function logLinesBeside(bastion: BastionClient, sender: string, limit: number): Promise<LogLine[]> {
  const answer = await bastion.send('GET', `/api/logs/${encodeURIComponent(sender)}?limit=${limit}`)
  return answer.status === 404 ? [] : parseAnswer(answer, Type.Object({ lines: Type.Array(LogLineSchema) })).lines
}

/** Everybody whose lines are kept, the one heard last first. */
export async function logSenders(bastion: BastionClient): Promise<LogSender[]> {
  return parseAnswer(await bastion.send('GET', '/api/logs'), Type.Object({ senders: Type.Array(LogSenderSchema) })).senders
}
