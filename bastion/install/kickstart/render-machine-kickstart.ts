import { renderKickstartStorage } from '../render-kickstart.ts'
import type { MachineKickstart, MachineKickstartQuestion } from './machine-kickstart-question.ts'

/** See {@link MachineKickstart}. */
export function renderMachineKickstart(question: MachineKickstartQuestion): MachineKickstart {
  const storage = renderKickstartStorage(question.storage)
  if (storage.kind === 'refused') return storage
  return { kind: 'text', machine: storage.text, nochroot: '', post: '' }
}
