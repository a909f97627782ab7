// A plan as an operator is shown it: what happens to every device, its digest, and one of its faces as text.
import type { Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { MachineSettings } from '../../protocol/machine-settings.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { OsSource } from '../../protocol/os-sources.ts'
import type { PlanAnswer, PlanRequest } from '../../protocol/plan-request.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import type { Tree } from '../../protocol/tree-sources.ts'
import type { Config } from '../platform/config-schema.ts'
import { planDigest } from '../volumes/plan-digest.ts'
import { rootTooSmall } from './judge-root-size.ts'
import { wholeKickstart } from './kickstart/answer-kickstart.ts'
import { placeholderTree } from './kickstart/placeholder-tree.ts'
import { markPlaceholder, orderSteps, placeholderImage, streamedImage } from './order-steps.ts'
import { renderKickstartStorage } from './render-kickstart.ts'

/** What the faces need beside the plan. `image`, `tree`: null where none is known; then the face is shown with a made-up one, and says so. `mac`, `name`, `settings`: of the machine; the hashes of passwords are not in the settings. `order`: where there is one. */
export interface FaceGround { config: Config, bootUrl: string, controlUrl: string, facts: Facts, layout: Layout, os: string, image: OsSource | null, tree: Tree | null, order?: { id: string, attempt: number }, name: string, mac: string, settings: MachineSettings }

/** The answer for a plan that was made. Refused where the root image doesn't fit, or the face asked for can't say the plan without risk. */
export function showPlan(storage: StoragePlan, face: PlanRequest['face'] | null, ground: FaceGround): PlanAnswer {
  const small = ground.image === null ? null : rootTooSmall(storage, streamedImage(ground.image, ground.os, ground.config.os.stream), ground.facts.memory.totalBytes)
  if (small !== null) return { kind: 'refused', refusals: [small] }
  const shown = { kind: 'plan' as const, plan: storage, digest: planDigest(storage) }
  const tree = ground.tree ?? (ground.image === null ? placeholderTree(ground.os) : null)
  if (face === 'shell') return tree === null ? { ...shown, text: shellFace(storage, ground) } : { kind: 'refused', refusals: [{ code: 'os-tree', because: `${ground.os} is installed by Kickstart, and there are no shell steps for it.`, nextStep: 'labctl provision plan ... -o kickstart' }] }
  if (face !== 'kickstart') return { ...shown, text: null }
  const rendered = kickstartFace(storage, tree, ground)
  return rendered.kind === 'refused' ? rendered : { ...shown, text: rendered.text }
}

const unordered = { id: '00000000-0000-0000-0000-000000000000', attempt: 1 }

/** The whole file where the system comes from a tree, else the storage alone. */
function kickstartFace(storage: StoragePlan, tree: Tree | Refusal | null, { layout, facts, os, name, order = unordered, ...ground }: FaceGround): { kind: 'text', text: string } | { kind: 'refused', refusals: Refusal[] } {
  if (tree === null) return renderKickstartStorage({ plan: storage, layout, facts })
  if ('because' in tree) return { kind: 'refused', refusals: [tree] }
  const whole = wholeKickstart({ ...ground, tree, order: { ...order, os, name }, storage, layout, facts })
  return whole.kind === 'refused' || ground.tree !== null ? whole : { kind: 'text', text: markPlaceholder(whole.text, os, 'installation tree', 'Where it is served is') }
}

function shellFace(storage: StoragePlan, { config, bootUrl, os, image, order = unordered, name, mac, settings }: FaceGround): string {
  const steps = orderSteps({ config, bootUrl, image: image ?? placeholderImage(os, config.os.stream), order: { ...order, os, name }, mac, storage, settings })
  return image === null ? markPlaceholder(steps, os, 'image', 'Its address, checksum, size and kernel below are') : steps
}
