import { compileTemplate } from '../platform/compile-template.ts'
import type { StepsView } from './steps-view.ts'

/** The parts of the steps in the order in which they run; each is a template under templates/install/. */
export const stepsTemplates = ['1-begin', '2-disk', '2-check', '2-read', '2-keep', '2-go', '3-disks', '3-aside', '3-make', '4-image', '5-begin', '5-carried', '5-configure', '5-settings', '5-hook', '6-boot-list', '6-boot-entry', '7-proof', '7-end'].map(part => new URL(`../../templates/install/${part}.sh.hbs`, import.meta.url))
const parts = stepsTemplates.map(template => compileTemplate<StepsView>(template))

/** The script that installs a machine from the RAM disk: sources lib.sh of the overlay, checks that the disks are still what the plan says, and only then writes. Ends with a reboot, or with a reason. */
export function renderSteps(view: StepsView): string {
  return parts.map(render => render(view)).join('')
}
