import { compileTemplate } from '../../platform/compile-template.ts'
import { renderKickstartStorage } from '../render-kickstart.ts'
import { judgeMachineKickstart } from './judge-machine-kickstart.ts'
import type { KickstartPackagesView, MachineKickstartView, PostView } from './kickstart-views.ts'
import type { MachineKickstart, MachineKickstartQuestion } from './machine-kickstart-question.ts'
import { planKickstartPackages, planMachineKickstart } from './plan-machine-kickstart.ts'
import { planPost } from './plan-post.ts'

const template = <View extends object>(name: string) => compileTemplate<View>(new URL(`../../../templates/kickstart/${name}.hbs`, import.meta.url))
const renderCommands = template<MachineKickstartView>('machine.ks')
const renderPackages = template<KickstartPackagesView>('packages.ks')
const renderNochroot = template<PostView>('nochroot.sh')
const renderPost = template<PostView>('post.sh')

/** See {@link MachineKickstart}. */
export function renderMachineKickstart(question: MachineKickstartQuestion): MachineKickstart {
  const refusals = judgeMachineKickstart(question)
  if (refusals.length > 0) return { kind: 'refused', refusals }
  const kernelArguments = [...question.consoles.map(console => `console=${console}`), ...question.kernelArguments]
  const storage = renderKickstartStorage({ ...question.storage, kernelArguments })
  if (storage.kind === 'refused') return storage
  const post = planPost(question)
  return {
    kind: 'text', machine: `${renderCommands(planMachineKickstart(question))}\n${storage.text}\n${renderPackages(planKickstartPackages(question))}`,
    nochroot: renderNochroot(post), post: renderPost(post),
  }
}
