// Decides whether what a machine is to get can be told to Anaconda at all, for whoever orders it: before anything is touched.
import type { MachineSettings } from '../../../protocol/machine-settings.ts'
import type { Refusal } from '../../../protocol/refusal.ts'
import type { Tree } from '../../../protocol/tree-sources.ts'
import { disksInUse } from '../plan-kickstart.ts'
import type { MachineKickstartQuestion } from './machine-kickstart-question.ts'
import { unknownCommands } from './plan-extra-commands.ts'

const correct = 'Correct them: labctl provision set, or install.settings in bastion.yaml; labctl provision describe shows where each comes from.'

/** Why not; empty when it can. */
export function judgeMachineKickstart({ tree, treeUrl, repositoryUrls, storage, settings, order }: MachineKickstartQuestion): Refusal[] {
  const { plan, facts } = storage
  const texts = [
    ['the source’s name', tree.name], ['the source’s address', treeUrl], ...repositoryUrls.flatMap(({ id, url }) => [['a repository’s name', id], ['a repository’s address', url]]),
    ['the machine’s name', order.name], ['the system’s name', order.os], ...disksInUse(plan, facts).map(disk => ['a disk’s name', disk]), ...plan.volumes.flatMap(({ group, name, mount }) => [['a group’s name', group], ['a volume’s name', name], ['a mount point', mount]]),
  ] as const
  return [
    ...texts.filter(([, text]) => /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text!)).map(([what, text]) => ({ code: 'kickstart-text', because: `In ${what} there is a character that no Kickstart command can hold: ${JSON.stringify(text)}.`, nextStep: 'Rename or disconnect what is named, or install from an image.' })),
    // Anaconda splits the list at each comma, whatever is quoted.
    ...disksInUse(plan, facts).filter(disk => disk.includes(',')).map(disk => ({ code: 'kickstart-text', because: `The disk ${JSON.stringify(disk)} has a comma in its name, where Anaconda would begin another disk.`, nextStep: 'Disconnect it, or install from an image.' })),
    ...tree.architecture === 'x86_64' ? [] : [{ code: 'kickstart-architecture', because: `${tree.name} is a tree for ${tree.architecture}; machines here are x86_64.`, nextStep: 'Add a tree for x86_64: labctl os add.' }],
    ...judgeTreeSettings(settings, tree),
  ]
}

/** Why a system of this source can't have them; empty when it can: what has no effect there is no silent loss. */
export function judgeTreeSettings({ kickstart = [], keyboard }: MachineSettings, { family, release, kickstart: version }: Pick<Tree, 'family' | 'release' | 'kickstart'>): Refusal[] {
  const refuse = (because: string) => ({ code: 'settings-not-here', because, nextStep: `Leave it out for this machine. ${correct}` })
  return [
    ...unknownCommands(kickstart, version).map(command => refuse(`The setting kickstart has the command ${command}, which ${family} ${release} does not know.`)),
    ...keyboard?.options === undefined ? [] : [refuse(`The setting keyboard.options (${keyboard.options}) has no effect on the console of ${family} ${release}.`)],
  ]
}
