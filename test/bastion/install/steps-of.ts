import { planSteps, type InstallQuestion } from '../../../bastion/install/plan-steps.ts'
import { renderSettings } from '../../../bastion/install/render-settings.ts'
import type { StepsView } from '../../../bastion/install/steps-view.ts'
import { defaultLayouts } from '../../../bastion/platform/default-layouts.ts'
import { learnRecord } from '../../../bastion/volumes/learn-record.ts'
import { recordOfPlan } from '../../../bastion/volumes/record-of-plan.ts'
import { planStorage, type StorageQuestion } from '../../../bastion/volumes/plan-storage.ts'
import type { Facts } from '../../../protocol/facts.ts'
import type { Layout } from '../../../protocol/layout.ts'
import type { StoragePlan } from '../../../protocol/storage-plan.ts'
import { factsAfter } from '../../lib/facts-after.ts'
import { diskOf, factsOf } from '../volumes/facts-of.ts'

/** The plan of a machine with one empty disk, or of what is given. */
export function planOf(more: Partial<StorageQuestion> = {}): StoragePlan {
  const decision = planStorage({
    layout: defaultLayouts.worker!, facts: factsOf([diskOf('sda')]), order: { kind: 'install', wipe: [] },
    identity: { machineId: '019a0000-0000-7000-8000-000000000001', seed: '12345678-1234-4234-8234-123456789abc' }, ...more,
  })
  if (decision.kind === 'refused') throw new Error(JSON.stringify(decision.refusals))
  return decision.plan
}

/** The plan that reprovisions a machine which was installed on these empty disks by this layout. `now`: its layout since; `change`: what happened to it meanwhile. */
export function reprovisionOf(more: { layout?: Layout, now?: Layout, facts?: Facts, change?: (facts: Facts) => void, accept?: string[], wipe?: string[], paths?: string[] } = {}): StoragePlan {
  const { layout = defaultLayouts.worker!, facts: empty = factsOf([diskOf('sda')]), paths = ['/etc/ssh/ssh_host_*', '/etc/rancher/node/password'] } = more
  const plan = planOf({ layout, facts: empty })
  const facts = factsAfter(plan, empty)
  const record = learnRecord(recordOfPlan(plan, empty, null), facts)
  more.change?.(facts)
  return planOf({
    layout: more.now ?? layout, facts, record, order: { kind: 'reprovision', accept: more.accept ?? [], wipe: more.wipe ?? [] }, carryOver: paths.length === 0 ? null : { paths, mostMib: 16 },
    identity: { machineId: '019a0000-0000-7000-8000-000000000001', seed: '22345678-1234-4234-8234-123456789abc' },
  })
}

/** The view of its steps. */
export function viewOf(plan: StoragePlan, more: Partial<InstallQuestion> = {}): StepsView {
  return planSteps({
    plan, machine: { name: 'worker-1', mac: '52:54:00:12:34:56' }, order: { id: '019a0000-0000-7000-8000-000000000002', attempt: 1, os: 'debian-13' },
    image: { url: 'http://192.0.2.1:8080/os/debian-13/image.tar', sha256: 'a'.repeat(64), sizeBytes: 578127360, tarBytes: 578127360, compressed: false, kernel: '6.12.1-amd64' },
    settings: { authorizedKeys: ['ssh-ed25519 AAAA operator'], timezone: 'Etc/UTC', consoles: ['tty0', 'ttyS0,115200n8'], kernelArguments: [], bootOrder: 'disk' },
    day: renderSettings({}, { mac: '52:54:00:12:34:56', direct: [] }), ...more,
  })
}
