import { Command } from 'commander'
import type { Session } from '../session.ts'
import { provisionAdopt } from './provision-adopt.ts'
import { provisionConfirm } from './provision-confirm.ts'
import { provisionDescribe } from './provision-describe.ts'
import { provisionErase } from './provision-erase.ts'
import { provisionImport } from './provision-import.ts'
import { provisionInstall } from './provision-install.ts'
import { provisionLabel } from './provision-label.ts'
import { provisionList } from './provision-list.ts'
import { provisionLogs } from './provision-logs.ts'
import { provisionCancel, provisionForget } from './provision-order.ts'
import { provisionPlan } from './provision-plan.ts'
import { provisionReprovision } from './provision-reprovision.ts'
import { provisionRescue } from './provision-rescue.ts'
import { provisionRules } from './provision-rules.ts'
import { provisionSet } from './provision-set.ts'
import { provisionResolve } from './provision-resolve.ts'
import { provisionRetry } from './provision-retry.ts'
import { provisionWatch } from './provision-watch.ts'

/** `labctl provision`: machines, and what is ordered for them. */
export function provisionCommand(session: Session): Command {
  const command = new Command('provision').description('see machines, install them, and reprovision them without losing their data')
  for (const part of [
    provisionList, provisionDescribe, provisionInstall, provisionImport, provisionLabel, provisionSet, provisionPlan, provisionReprovision, provisionWatch, provisionLogs,
    provisionCancel, provisionConfirm, provisionRetry, provisionResolve, provisionAdopt, provisionRules, provisionRescue, provisionErase, provisionForget,
  ]) command.addCommand(part(session))
  return command
}
