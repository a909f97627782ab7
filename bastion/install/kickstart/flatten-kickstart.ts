import type { MachineKickstart } from './machine-kickstart-question.ts'

/** One file of labctl.ks and what the bastion answers, includes and scripts in their places: for people and for ksvalidator. */
export function flattenKickstart(boot: string, { machine, nochroot, post }: Extract<MachineKickstart, { kind: 'text' }>): string {
  return [boot, machine, nochroot, post].join('\n')
}
