// A plan as the storage commands of a Kickstart file, or why it can't be told to Anaconda without risk.
import { Type, type Static } from 'typebox'
import type { Refusal } from '../../protocol/refusal.ts'
import { compileTemplate } from '../platform/compile-template.ts'
import { judgeKickstart } from './judge-kickstart.ts'
import { wordsOf } from './kickstart-commands.ts'
import { planKickstart, type KickstartQuestion } from './plan-kickstart.ts'

/** The view of `templates/kickstart/storage.ks.hbs`. */
export const KickstartViewSchema = Type.Object({
  machine: Type.String(), order: Type.String(), creates: Type.Boolean(), keeps: Type.Boolean(), carries: Type.Boolean(), mustBeEmpty: Type.Array(Type.String()),
  commands: Type.Array(Type.Object({ command: Type.String(), words: Type.Array(Type.String()) })),
})

const render = compileTemplate<Static<typeof KickstartViewSchema>>(new URL('../../templates/kickstart/storage.ks.hbs', import.meta.url))

/** The text, or every rule that it would break. */
export function renderKickstartStorage(question: KickstartQuestion): { kind: 'text', text: string } | { kind: 'refused', refusals: Refusal[] } {
  const commands = planKickstart(question)
  const refusals = judgeKickstart(commands, question)
  if (refusals.length > 0) return { kind: 'refused', refusals }
  const { plan } = question
  return { kind: 'text', text: render({
    machine: plan.machineId, order: plan.order,
    creates: plan.groups.some(group => group.action === 'create') || plan.volumes.some(volume => volume.action === 'create'),
    keeps: plan.groups.some(group => group.action === 'reuse'),
    carries: plan.carryOver !== null, mustBeEmpty: plan.mustBeEmpty.map(({ path }) => path),
    commands: commands.map(found => ({ command: found.command, words: wordsOf(found) })),
  }) }
}
