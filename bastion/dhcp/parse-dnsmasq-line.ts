// Reads one line of dnsmasq's log: what a machine asked, what it was told, what it fetched.

/** What a line says. `transaction`: dnsmasq's number for one exchange (the client's xid), which ties together the lines about it; null without `log-dhcp`. */
export type DnsmasqLine =
  | { kind: 'message', transaction: string | null, what: DhcpWord, interface: string, mac: string, address: string | null, rest: string }
  | { kind: 'detail', transaction: string, key: 'vendor-class' | 'user-class' | 'tags' | 'boot-file', value: string }
  | { kind: 'sent', file: string, address: string }
  | { kind: 'failed', file: string | null, address: string, because: string }
  | { kind: 'started' }
  | { kind: 'error', text: string }
  | { kind: 'other', text: string }

/** The DHCP messages that dnsmasq names. `pxe`: its answer beside another server, `rest` being `proxy` for an offer, else the boot file given on port 4011. */
export type DhcpWord = 'discover' | 'offer' | 'request' | 'ack' | 'nak' | 'decline' | 'release' | 'inform' | 'pxe'

/** Why a transfer fails of a file that is not here. */
export const missing = 'there is no such file'
const details = { 'vendor class': 'vendor-class', 'user class': 'user-class', 'tags': 'tags', 'bootfile name': 'boot-file' } as const
const source = /^(?:\w{3} [ \d]\d \d\d:\d\d:\d\d )?dnsmasq(?:-(dhcp|tftp))?(?:\[\d+\])?: (.*)$/
const message = /^(?:DHCP)?((?<=DHCP)(?:DISCOVER|OFFER|REQUEST|ACK|NAK|DECLINE|RELEASE|INFORM)|(?<!DHCP)PXE)\((\S+?)\) (?:(\d+\.\d+\.\d+\.\d+) )?([0-9a-f]{2}(?::[0-9a-f]{2}){5})(?: (.*))?$/
const serious = /FAILED|failed to|cannot|unknown interface|already in use|no address range available|no free leases|illegal|bad |error|not using configured address|permission denied|No such file/i

/** Reads a line as dnsmasq 2.80 to 2.91 write it (rfc2131.c, tftp.c). Text that a machine chose (class, names) comes as it stands. */
export function parseDnsmasqLine(line: string): DnsmasqLine {
  const [, part, text] = source.exec(line) ?? []
  if (text === undefined) return serious.test(line) ? { kind: 'error', text: line } : { kind: 'other', text: line }
  if (part === 'dhcp') return parseDhcp(text)
  if (part === 'tftp') return parseTftp(text)
  if (text.startsWith('started, ')) return { kind: 'started' }
  return serious.test(text) ? { kind: 'error', text } : { kind: 'other', text }
}

function parseDhcp(text: string): DnsmasqLine {
  const [, transaction, said] = /^(?:(\d+) )?(.*)$/.exec(text)!
  const [, word, interfaceName, address, mac, rest] = message.exec(said!) ?? []
  if (word !== undefined) return { kind: 'message', transaction: transaction ?? null, what: word.toLowerCase() as DhcpWord, interface: interfaceName!, mac: mac!, address: address ?? null, rest: rest?.trim() ?? '' }
  const [, key, value] = /^([a-z ]+): (.*)$/.exec(said!) ?? []
  if (transaction !== undefined && key !== undefined && Object.hasOwn(details, key)) return { kind: 'detail', transaction, key: details[key as keyof typeof details], value: value!.trim() }
  const bootFile = /^sent size: *\d+ option: *67 bootfile-name {2}(.*)$/.exec(said!)
  if (transaction !== undefined && bootFile !== null) return { kind: 'detail', transaction, key: 'boot-file', value: bootFile[1]! }
  const named = transaction !== undefined && key !== undefined
  return !named && serious.test(said!) ? { kind: 'error', text } : { kind: 'other', text }
}

function parseTftp(text: string): DnsmasqLine {
  const sent = /^sent (.+) to (\S+)$/.exec(text)
  if (sent !== null) return { kind: 'sent', file: sent[1]!, address: sent[2]! }
  const lost = /^file (.+) not found(?: for (\S+))?$/.exec(text)
  if (lost !== null) return { kind: 'failed', file: lost[1]!, address: lost[2] ?? '', because: missing }
  const unsent = /^failed sending (.+) to (\S+)$/.exec(text)
  if (unsent !== null) return { kind: 'failed', file: unsent[1]!, address: unsent[2]!, because: 'the machine stopped answering in the middle' }
  const broken = /^error (\d+) (.*) received from (\S+)$/.exec(text)
  if (broken !== null) return { kind: 'failed', file: null, address: broken[3]!, because: `the machine sent TFTP error ${broken[1]}${broken[2] === '' ? '' : ` (${broken[2]})`}` }
  return serious.test(text) ? { kind: 'error', text } : { kind: 'other', text }
}
