// The commands of Kickstart that operators may add, each with what it takes (pykickstart 3.78, commands/*.py, the classes that F42 to F45, RHEL9 and RHEL10 name): none of them touches a disk, holds a secret, or says again what settings say.

/** What one command takes. `flags`: options without a value. `values`: options as `--name=VALUE`, with what a value may be. `choose`: of these flags exactly one, or at most one. `positional`: what its words without dashes may be, the first one first. */
export interface KickstartGrammar {
  wanted: string
  flags?: readonly string[]
  values?: Readonly<Record<string, RegExp>>
  repeated?: readonly string[]
  choose?: { of: readonly string[], least: 0 | 1 }
  /** Of these options, one at least. */
  some?: readonly string[]
  positional?: { first: RegExp, rest: RegExp, least: number }
  /** Only these versions of Kickstart know it. */
  versions?: RegExp
}

const services = /^[a-z0-9][a-z0-9-]{0,62}(,[a-z0-9][a-z0-9-]{0,62}){0,31}$/
const units = /^[A-Za-z0-9][\w.@:-]{0,127}(,[A-Za-z0-9][\w.@:-]{0,127}){0,63}$/
const port = '([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d\\d|655[0-2]\\d|6553[0-5])'
const ports = new RegExp(`^${port}:(tcp|udp)(,${port}:(tcp|udp)){0,31}$`)
const purpose = /^[A-Za-z0-9][\w .,/()-]{0,100}$/

/** By command. */
export const kickstartGrammars: Readonly<Record<string, KickstartGrammar>> = {
  authselect: { wanted: 'authselect select PROFILE [with-FEATURE ...] [--force]', flags: ['--force'], positional: { first: /^select$/, rest: /^(custom\/)?[a-z][a-z0-9-]{0,63}$/, least: 2 } },
  eula: { wanted: 'eula --agreed', choose: { of: ['--agreed'], least: 1 } },
  firewall: {
    wanted: 'firewall --enabled|--disabled|--use-system-defaults [--ssh] [--http] [--ftp] [--smtp] [--service=NAME,...] [--remove-service=NAME,...] [--port=NUMBER:tcp|udp,...] [--trust=INTERFACE]',
    choose: { of: ['--enabled', '--disabled', '--use-system-defaults'], least: 1 }, flags: ['--ssh', '--http', '--ftp', '--smtp'],
    values: { '--service': services, '--remove-service': services, '--port': ports, '--trust': /^[a-z][\w.-]{0,14}$/ }, repeated: ['--service', '--remove-service', '--port', '--trust'],
  },
  selinux: { wanted: 'selinux --enforcing|--permissive', choose: { of: ['--enforcing', '--permissive'], least: 1 } },
  services: { wanted: 'services [--enabled=UNIT,...] [--disabled=UNIT,...]', values: { '--enabled': units, '--disabled': units }, some: ['--enabled', '--disabled'] },
  skipx: { wanted: 'skipx' },
  syspurpose: { wanted: 'syspurpose [--role=TEXT] [--sla=TEXT] [--usage=TEXT] [--addon=TEXT]', values: { '--role': purpose, '--sla': purpose, '--usage': purpose, '--addon': purpose }, repeated: ['--addon'], some: ['--role', '--sla', '--usage', '--addon'], versions: /^RHEL/ },
}

/** Why others may not be given, and what says the same. */
const others: readonly (readonly [RegExp, string])[] = [
  [/^%/, 'sections are not taken; a script is the setting hook, packages are the setting packages'],
  [/^(part|partition|logvol|volgroup|raid|clearpart|zerombr|ignoredisk|autopart|btrfs|reqpart|mount|snapshot|bootloader|iscsi|iscsiname|fcoe|zfcp|zipl|nvdimm|dmraid|multipath|device|driverdisk)$/, 'disks are the layout’s: install.layouts'],
  [/^(user|rootpw|sshkey|sshpw|group)$/, 'users are the setting users, the keys of root install.authorizedKeys'],
  [/^(network|lang|keyboard|timezone|timesource)$/, 'the settings network, locale, keyboard, timezone and ntp say it'],
  [/^(url|repo|cdrom|nfs|harddrive|hmc|liveimg|ostreesetup|ostreecontainer|bootc|module|method|mediacheck)$/, 'packages come from the source alone: labctl os add'],
  // pyanaconda/startup_utils.py, setup_logging_from_kickstart: only where the kernel line names no inst.syslog.
  [/^logging$/, 'Anaconda logs to the bastion, and then does not look at this command'],
  [/^(rhsm|realm)$/, 'it takes a secret, which no kickstart holds; do it in the setting hook'],
  [/^(text|graphical|cmdline|vnc|rdp|reboot|halt|poweroff|shutdown|autostep|interactive|updates|firstboot|include|kickstart)$/, 'how the installation runs is not an operator’s to say'],
]

/** What to tell somebody who gave a command that is not taken. */
export function whyNotTaken(command: string): string {
  const known = others.find(([names]) => names.test(command))?.[1]
  return `${known === undefined ? '' : `${known}. `}Taken are ${Object.keys(kickstartGrammars).join(', ')}`
}
