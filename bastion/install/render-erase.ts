import { compileTemplate } from '../platform/compile-template.ts'
import type { EraseView } from './erase-view.ts'

/** The parts of an erase's steps, in their order; a disk is found as an install finds it. */
export const eraseTemplates = ['erase/1-begin', 'install/2-disk', 'erase/2-erase'].map(part => new URL(`../../templates/${part}.sh.hbs`, import.meta.url))
const parts = eraseTemplates.map(template => compileTemplate<EraseView>(template))

/** The script that erases disks from the RAM disk: checks that all are the ones that were ordered, then empties each and reads it back. Ends with a reboot, or with a reason. */
export function renderErase(view: EraseView): string {
  return parts.map(render => render(view)).join('')
}
