// What a machine's own commands of a Kickstart file say, beside its storage.
import type { MachineSettings } from '../../../protocol/machine-settings.ts'
import type { KickstartPackagesView, MachineKickstartView } from './kickstart-views.ts'
import type { MachineKickstartQuestion } from './machine-kickstart-question.ts'
import { planExtraCommands } from './plan-extra-commands.ts'

/** Beside the group core: what the scripts after the installation and the first boot need, and what the root image has for containers and network volumes. */
const packages = ['NetworkManager', 'chrony', 'curl', 'iscsi-initiator-utils', 'lvm2', 'nfs-utils', 'openssh-server', 'openssl', 'podman', 'policycoreutils', 'sudo', 'tar', 'xfsprogs']

/** The view of the commands. */
export function planMachineKickstart({ treeUrl, repositoryUrls, caPath, settings, order, mac, timezone }: MachineKickstartQuestion): MachineKickstartView {
  return {
    name: order.name, mac, order: order.id, attempt: order.attempt, os: order.os,
    url: `--url=${treeUrl}`, authority: `--sslcacert=${caPath}`, repositories: repositoryUrls.map(({ id, url }) => ({ name: `--name=labctl-${id}`, url: `--baseurl=${url}` })),
    keyboard: `--xlayouts=${layoutsOf(settings.keyboard)}`, timezone, commands: planExtraCommands(settings.kickstart ?? []),
  }
}

/** The view of the packages. kdump is there for RHEL alone. */
export function planKickstartPackages({ tree, settings }: MachineKickstartQuestion): KickstartPackagesView {
  const language = /^([a-z]{2,3})_/.exec(settings.locale ?? '')?.[1]
  return { packages: [...new Set([...packages, ...language === undefined ? [] : [`glibc-langpack-${language}`], ...settings.packages ?? []])].toSorted(), noKdump: tree.kickstart.startsWith('RHEL') }
}

/** As Anaconda takes layouts: `de (nodeadkeys)`, with commas between several. */
function layoutsOf(keyboard: MachineSettings['keyboard']): string {
  const variants = keyboard?.variant?.split(',') ?? []
  return (keyboard?.layout ?? 'us').split(',').map((layout, index) => (variants[index] ? `${layout} (${variants[index]})` : layout)).join(',')
}
