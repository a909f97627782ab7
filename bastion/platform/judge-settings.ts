// Decides whether a machine's settings could work on any machine, for whoever writes them. A password is never repeated in a mistake.
import { X509Certificate } from 'node:crypto'
import type { MachineSettings } from '../../protocol/machine-settings.ts'
import { judgeKickstartLines } from './judge-kickstart-lines.ts'
import { judgeNetworkSettings } from './judge-network-settings.ts'
import { parseAddress } from './parse-address.ts'

/** Names that Debian, or a package of the root image, has taken. */
const taken = new Set(['root', 'daemon', 'bin', 'sys', 'sync', 'games', 'man', 'lp', 'mail', 'news', 'uucp', 'proxy', 'www-data', 'backup', 'list', 'irc', '_apt', 'nobody', 'messagebus', 'sshd', '_chrony', 'polkitd', 'tss', 'systemd-network', 'systemd-resolve', 'systemd-timesync', 'systemd-journal', 'sudo', 'users', 'adm', 'tty', 'disk', 'kmem', 'shadow', 'utmp', 'video', 'sasl', 'staff', 'nogroup', 'input', 'render', 'kvm', 'sgx', 'statd', '_rpc', 'audio', 'cdrom', 'dialout', 'dip', 'fax', 'floppy', 'operator', 'plugdev', 'src', 'tape', 'voice', 'crontab'])
const hashes = /^\$(y|gy|7|6|5|2[aby])\$[./A-Za-z0-9$=,+-]{20,190}$/

/** What is wrong, each with its place; empty when there is nothing. */
export function judgeSettings(settings: MachineSettings): string[] {
  return [
    ...judgeUsers(settings.users ?? []),
    ...settings.network === undefined ? [] : judgeNetworkSettings(settings.network).map(mistake => `network.${mistake}`.replace('network.nothing', 'network: nothing')),
    ...(settings.dns ?? []).flatMap((text, index) => parseAddress(text) === null ? [`dns.${index}: ${text} is not an address`] : []),
    ...judgeKickstartLines(settings.kickstart ?? []).map(mistake => `kickstart.${mistake}`),
    ...judgeProxy(settings.proxy), ...judgeTimezone(settings.timezone), ...judgeHook(settings.hook?.script),
    ...(settings.tlsCa ?? []).flatMap((pem, index) => judgeAuthority(pem).map(mistake => `tlsCa.${index}: ${mistake}`)),
  ]
}

function judgeUsers(users: NonNullable<MachineSettings['users']>): string[] {
  const again = <T>(values: readonly (T | undefined)[], index: number) => values[index] !== undefined && values.indexOf(values[index]) < index
  return users.flatMap(({ name, uid, sudo, sshKeys = [], passwordHash }, index) => [
    ...taken.has(name) || name.startsWith('systemd-') ? [`users.${index}.name: ${name} is a name of the system${name === 'root' ? '; the keys of root are install.authorizedKeys' : ''}`] : [],
    ...again(users.map(user => user.name), index) ? [`users.${index}.name: ${name} is named twice`] : [],
    ...again(users.map(user => user.uid), index) ? [`users.${index}.uid: ${uid} is another user’s too`] : [],
    ...passwordHash !== undefined && !hashes.test(passwordHash) ? [`users.${index}.passwordHash: this is not the hash of a password, as mkpasswd prints it ($y$..., $6$...); a password itself is not taken`] : [],
    ...sudo === true && sshKeys.length === 0 && passwordHash === undefined ? [`users.${index}: ${name} may become root, but has neither an SSH key nor a password to log in with`] : [],
  ])
}

function judgeProxy(proxy: MachineSettings['proxy']): string[] {
  return proxy !== undefined && proxy.http === undefined && proxy.https === undefined ? ['proxy: neither http nor https is given'] : []
}

// Without it the install would end with a clock in UTC and say nothing.
function judgeTimezone(timezone: string | undefined): string[] {
  if (timezone === undefined) return []
  try {
    Intl.DateTimeFormat('en', { timeZone: timezone })
    return []
  } catch {
    return [`timezone: there is no time zone ${timezone}; wanted is a name such as Europe/Berlin`]
  }
}

function judgeHook(script: string | undefined): string[] {
  if (script === undefined) return []
  if (script.includes('\0')) return ['hook.script: it holds a NUL character']
  if (script.includes('\r\n')) return ['hook.script: its lines end with CR LF; the kernel would look for an interpreter with that in its name']
  return script.startsWith('#!/') ? [] : ['hook.script: its first line names no interpreter; wanted is #!/bin/sh or the like']
}

function judgeAuthority(pem: string): string[] {
  if (pem.split('-----BEGIN ').length !== 2 || !pem.includes('-----BEGIN CERTIFICATE-----')) return ['wanted is one certificate in PEM, and nothing else']
  try {
    return new X509Certificate(pem).ca ? [] : ['this is not the certificate of an authority (basicConstraints CA:TRUE)']
  } catch {
    return ['this is not a certificate']
  }
}
