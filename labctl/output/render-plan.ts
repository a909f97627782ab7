// A storage plan as a person reads it: what happens to every device and why, what is carried over, what is kept, what to look at twice.
import type { Facts } from '../../protocol/facts.ts'
import type { PlanAction, StoragePlan } from '../../protocol/storage-plan.ts'
import { arrangeDevices } from './arrange-devices.ts'
import { findDeviceSize } from './find-device-size.ts'
import { renderSize } from './render-size.ts'
import { renderSpans, type Span, type Tone } from './render-spans.ts'
import { renderTable } from './render-table.ts'

const tones: Record<PlanAction, Tone> = { keep: 'good', reuse: 'plain', create: 'new', reformat: 'warning', wipe: 'bad' }
const actions: readonly PlanAction[] = ['wipe', 'reformat', 'create', 'reuse', 'keep']

/** The whole plan as lines. `facts`: what it was made from, for the sizes of what it leaves alone; null where they are not at hand. */
export function renderPlan(plan: StoragePlan, facts: Facts | null, color: boolean): string {
  const lines = (spans: readonly (Span | readonly Span[])[]) => spans.map(line => renderSpans(line, color)).join('\n')
  return [
    devices(plan, facts, color),
    lines([['In all: ', ...actions.flatMap((action, index): Span[] => [index === 0 ? '' : ', ', { text: `${action} ${plan.devices.filter(device => device.action === action).length}`, tone: tones[action] }]), '.']]),
    ...kept(plan, color),
    lines([carriedOver(plan), ...warnings(plan)]),
  ].filter(part => part !== '').join('\n')
}

function devices(plan: StoragePlan, facts: Facts | null, color: boolean): string {
  return renderTable(['WHAT', 'SIZE', 'ACTION', 'WHY'], arrangeDevices(plan.devices).map(({ device, depth, label }) => {
    const size = findDeviceSize(device, plan, facts)
    const tone = tones[device.action]
    return [{ text: `${'  '.repeat(depth)}${label}`, tone: depth === 0 ? 'strong' : 'plain' }, size === null ? '-' : renderSize(size), { text: device.action, tone }, device.because]
  }), color)
}

function kept(plan: StoragePlan, color: boolean): string[] {
  if (plan.kept.length === 0) return []
  return [`\n${renderSpans({ text: 'Kept, and compared before, after and at the first boot', tone: 'strong' }, color)}`, `${renderTable(['  VOLUME', 'MOUNT', 'SIZE', 'FILE SYSTEM', 'VOLUME UUID', 'FILE SYSTEM UUID'], plan.kept.map(volume => [
    { text: `  ${volume.group}/${volume.name}`, tone: 'good' }, volume.mount ?? 'not of the layout', renderSize(volume.sizeBytes), volume.filesystem ?? '-', volume.uuid, volume.filesystemUuid ?? '-',
  ]), color)}\n`]
}

function carriedOver({ carryOver, order }: StoragePlan): Span[] {
  if (carryOver === null) return order === 'install' ? ['Carried over: nothing.'] : [{ text: 'Carried over: nothing.', tone: 'warning' }]
  const { paths, mostMib, store } = carryOver
  return ['Carried over: ', paths.join(', '), ` (at most ${mostMib} MiB), meanwhile ${store === null ? 'in memory.' : `on ${store.group}/${store.name} (${store.mount}).`}`]
}

function warnings({ carryOver, mustBeEmpty, accepted }: StoragePlan): Span[][] {
  const warning = (text: string): Span[] => [{ text: 'Warning: ', tone: 'warning' }, text]
  return [
    ...carryOver?.store === null ? [warning('no kept volume can hold the files that are carried over: a power cut would lose them.')] : [],
    ...mustBeEmpty.map(({ path, group, volume }) => warning(`${path} inside ${group}/${volume} must be empty, or the machine stops before it touches anything: ${path} becomes a volume of its own, and what is in the folder would be lost.`)),
    ...accepted.map(override => warning(`a refusal is overridden: --accept ${override}`)),
  ]
}
