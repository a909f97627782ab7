// The three scripts around Anaconda that do what its kickstart can't say: checks before the first write, what is carried over, marks, proof and report.
import { compileTemplate } from '../../platform/compile-template.ts'
import type { KickstartStepsView } from './kickstart-steps-view.ts'
import { planKickstartSteps, type KickstartScriptsQuestion } from './plan-kickstart-steps.ts'

const shared = (part: string) => new URL(`../../../templates/install/${part}.sh.hbs`, import.meta.url)
const own = (part: string) => new URL(`../../../templates/kickstart-storage/${part}.sh.hbs`, import.meta.url)
const compiled = (...templates: URL[]) => templates.map(template => compileTemplate<KickstartStepsView>(template))

const pre = compiled(own('1-begin'), shared('1-begin'), own('2-free'), shared('2-disk'), shared('2-check'), shared('2-read'), shared('2-keep'), own('3-go'), shared('3-aside'), own('4-mark'))
const carry = compiled(own('1-begin'), shared('1-begin'), own('5-begin'), own('5-made'), shared('5-carried'), own('6-labels'))
const end = compiled(own('1-begin'), shared('1-begin'), own('5-begin'), shared('2-read'), shared('6-boot-list'), own('7-boot-order'), shared('7-proof'), own('8-end'))

/** `pre` runs in %pre, ends with 0 only when Anaconda may write, and has then told the bastion; `carry` is the first thing after the installation, outside the new system; `end` the last. Each says itself what failed (labctl_fail). */
export function renderKickstartScripts(question: KickstartScriptsQuestion): { pre: string, carry: string, end: string } {
  const view = planKickstartSteps(question)
  const rendered = (parts: ((view: KickstartStepsView) => string)[], part: string) => parts.map(render => render({ ...view, part })).join('')
  return { pre: rendered(pre, 'storage-pre'), carry: rendered(carry, 'storage-carry'), end: rendered(end, 'storage-end') }
}
