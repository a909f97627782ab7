// What happens to every block device of a machine that keeps its data, or every reason why nothing may.
import type { ReprovisionOrder, StorageDecision, StorageQuestion } from './storage-question.ts'

/** Plans a reprovision. */
export function planReprovision({ record }: StorageQuestion<ReprovisionOrder>): StorageDecision {
  return { kind: 'refused', refusals: [{ code: 'not-recorded', because: record == null ? 'The bastion recorded nothing of this machine’s storage.' : 'A reprovision cannot be planned yet.', nextStep: 'Install the machine, or adopt it.' }] }
}
