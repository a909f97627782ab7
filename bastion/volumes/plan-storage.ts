// What an order does to every block device of a machine, or every reason why nothing may happen.
import { planInstall } from './plan-install.ts'
import { planReprovision } from './plan-reprovision.ts'
import type { StorageDecision, StorageQuestion } from './storage-question.ts'

export type { InstallOrder, ReprovisionOrder, StorageDecision, StorageQuestion } from './storage-question.ts'

/** Plans the order. Same question, same answer; nothing that the plan doesn't name is ever touched. */
export function planStorage(question: StorageQuestion): StorageDecision {
  const { order, ...rest } = question
  return order.kind === 'install' ? planInstall({ ...rest, order }) : planReprovision({ ...rest, order })
}
