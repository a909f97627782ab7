// A plan as an operator is shown it: what happens to every device, its digest, and one of its faces as text.
import type { Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { MachineSettings } from '../../protocol/machine-settings.ts'
import type { OsSource } from '../../protocol/os-sources.ts'
import type { PlanAnswer, PlanRequest } from '../../protocol/plan-request.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import type { Config } from '../platform/config-schema.ts'
import { planDigest } from '../volumes/plan-digest.ts'
import { rootTooSmall } from './judge-root-size.ts'
import { markPlaceholder, orderSteps, placeholderImage, streamedImage } from './order-steps.ts'
import { renderKickstartStorage } from './render-kickstart.ts'

/** What the faces need beside the plan. `image`: null where none is known; then the steps are shown with a made-up one, and say so. `mac`, `name`, `settings`: of the machine; the hashes of passwords are not in the settings. */
export interface FaceGround { config: Config, bootUrl: string, facts: Facts, layout: Layout, os: string, image: OsSource | null, name: string, mac: string, settings: MachineSettings }

/** The answer for a plan that was made. Refused where the root image doesn't fit, or the face asked for can't say the plan without risk. */
export function showPlan(storage: StoragePlan, face: PlanRequest['face'] | null, ground: FaceGround): PlanAnswer {
  const small = ground.image === null ? null : rootTooSmall(storage, streamedImage(ground.image, ground.os, ground.config.os.stream), ground.facts.memory.totalBytes)
  if (small !== null) return { kind: 'refused', refusals: [small] }
  const shown = { kind: 'plan' as const, plan: storage, digest: planDigest(storage) }
  if (face === 'shell') return { ...shown, text: shellFace(storage, ground) }
  if (face !== 'kickstart') return { ...shown, text: null }
  const rendered = renderKickstartStorage({ plan: storage, layout: ground.layout, facts: ground.facts })
  return rendered.kind === 'refused' ? rendered : { ...shown, text: rendered.text }
}

function shellFace(storage: StoragePlan, { config, bootUrl, os, image, name, mac, settings }: FaceGround): string {
  const steps = orderSteps({ config, bootUrl, image: image ?? placeholderImage(os, config.os.stream), order: { id: '00000000-0000-0000-0000-000000000000', attempt: 1, os, name }, mac, storage, settings })
  return image === null ? markPlaceholder(steps, os) : steps
}
