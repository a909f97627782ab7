// Machines that are installed by Kickstart: a source of each release, and settings that use everything.
import type { KickstartFile } from '../../../../bastion/install/kickstart/answer-kickstart.ts'
import { renderKickstartScripts } from '../../../../bastion/install/kickstart-storage/render-kickstart-scripts.ts'
import type { MachineKickstart, MachineKickstartQuestion } from '../../../../bastion/install/kickstart/machine-kickstart-question.ts'
import { renderMachineKickstart } from '../../../../bastion/install/kickstart/render-machine-kickstart.ts'
import type { MachineSettings } from '../../../../protocol/machine-settings.ts'
import { sampleAuthority } from '../../../lib/sample-authority.ts'
import { situations } from '../kickstart-of.ts'

/** Each version of Kickstart with a source that speaks it. */
export const sources = {
  F42: ['Fedora', '42'], F43: ['Fedora', '43'], F44: ['Fedora', '44'], F45: ['Fedora', '45'], RHEL9: ['AlmaLinux', '9.6'], RHEL10: ['CentOS Stream', '10'],
} as const
export type Version = keyof typeof sources
export const versions = Object.keys(sources) as Version[]

/** A hash as mkpasswd prints it. */
export const hash = `$y$j9T$${'a'.repeat(22)}$${'b'.repeat(43)}`
/** Every setting, with what is hard to quote in each that takes it. */
export const everything: MachineSettings = {
  users: [{ name: 'alice', uid: 2000, sudo: true, sshKeys: ['ssh-ed25519 AAAA alice@desk "x" \'y\' %include #z'] }, { name: 'bob', sudo: true, passwordHash: hash }, { name: 'carol', sshKeys: ['ssh-rsa CCCC'] }],
  network: {
    cards: [{ mac: '52:54:00:12:34:56', addresses: ['10.0.0.5/24', '2001:db8::5/64'], gateway: '10.0.0.254', gateway6: 'fe80::1' }, { mac: '52:54:00:12:34:57', dhcp: true }],
    bonds: [{ name: 'bond0', mode: '802.3ad', members: ['52:54:00:12:34:58', '52:54:00:12:34:59'], addresses: ['10.2.0.5/24'] }],
    vlans: [{ id: 10, on: '52:54:00:12:34:56', addresses: ['10.1.0.5/24'] }, { id: 30, on: 'bond0', dhcp: true }, { id: 40, on: '52:54:00:12:34:5a', addresses: ['2001:db8:4::5/64'] }],
  },
  dns: ['10.0.0.2', '2001:db8::53'], searchDomains: ['lab.example', 'example'], ntp: ['ntp.example', '10.0.0.3'],
  proxy: { http: 'http://proxy.example:3128', https: 'http://proxy.example:3129/', except: ['.lab.example', '10.0.0.0/8'] },
  locale: 'de_DE.UTF-8', keyboard: { layout: 'de,us', variant: 'nodeadkeys' }, timezone: 'Europe/Berlin', packages: ['htop', 'gcc-c++', 'NetworkManager-tui', 'python3-lib_x', '@container-management'],
  kickstart: ['firewall --enabled --ssh --service=dns,"ntp" --port=8080:tcp,53:udp --trust=eth0', 'selinux --permissive', 'services --enabled=podman.socket,sshd --disabled=bluetooth', 'skipx', 'eula --agreed', 'authselect select sssd with-mkhomedir --force'],
  kernelArguments: ['mitigations=off', 'panic=30'], consoles: ['tty0', 'ttyS1,57600'],
  hook: { script: '#!/bin/sh\necho \'it\'"s" $HOME `id -u` \\ # %\n%end\n  %include /etc/passwd\n%packages\n', timeoutSeconds: 42 },
  sshUserCa: ['ssh-ed25519 DDDD ca'], tlsCa: [sampleAuthority],
}

/** The question for a machine in one of the situations, from a source of this version. */
export function questionOf(situation: string, version: Version = 'F43', settings: MachineSettings = {}): MachineKickstartQuestion {
  const [family, release] = sources[version]
  const name = `${family.toLowerCase().split(' ')[0]}-${release}`
  return {
    tree: { name, family, release, kickstart: version, architecture: 'x86_64' },
    treeUrl: `https://10.0.0.1:8443/os/${name}/tree/`, repositoryUrls: version.startsWith('RHEL') ? [{ id: 'AppStream', url: `https://10.0.0.1:8443/os/${name}/repository/AppStream/` }] : [],
    caPath: '/run/labctl/answer/ca.pem', storage: situations[situation]!(), settings, order: { id: '019a0000-0000-7000-8000-00000000000f', attempt: 2, os: name, name: 'worker-1' },
    mac: '52:54:00:12:34:56', authorizedKeys: ['ssh-ed25519 EEEE root@desk'], timezone: settings.timezone ?? 'Etc/UTC', consoles: settings.consoles ?? ['tty0'], kernelArguments: settings.kernelArguments ?? [],
    bootOrder: 'disk', direct: ['10.0.0.1'],
  }
}

/** Its texts; a refusal is an error. */
export function textsOf(question: MachineKickstartQuestion): Extract<MachineKickstart, { kind: 'text' }> {
  const rendered = renderMachineKickstart(question)
  if (rendered.kind === 'refused') throw new Error(JSON.stringify(rendered.refusals, null, 2))
  return rendered
}

/** The same with the scripts of the storage, as files of the answer. */
export function filesOf(question: MachineKickstartQuestion): Record<KickstartFile, string> {
  const { machine, nochroot, post } = textsOf(question)
  const { pre, carry, end } = renderKickstartScripts({ plan: question.storage.plan, order: question.order, treeUrl: question.treeUrl, bootOrder: question.bootOrder })
  return { 'machine.ks': machine, 'nochroot.sh': nochroot, 'post.sh': post, 'storage-pre.sh': pre, 'storage-carry.sh': carry, 'storage-end.sh': end }
}
