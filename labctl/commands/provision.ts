import { Command } from 'commander'
import type { Session } from '../session.ts'
import { provisionDescribe } from './provision-describe.ts'
import { provisionInstall } from './provision-install.ts'
import { provisionList } from './provision-list.ts'
import { provisionLogs } from './provision-logs.ts'
import { provisionCancel, provisionForget, provisionRetry } from './provision-order.ts'
import { provisionWatch } from './provision-watch.ts'

/** `labctl provision`: machines, and what is ordered for them. */
export function provisionCommand(session: Session): Command {
  const command = new Command('provision').description('see machines and install them')
  for (const part of [provisionList, provisionDescribe, provisionInstall, provisionWatch, provisionLogs, provisionCancel, provisionRetry, provisionForget]) command.addCommand(part(session))
  return command
}
