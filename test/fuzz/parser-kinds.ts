// Inputs for what reads untrusted text and bytes, without a socket.
import { Value } from 'typebox/value'
import { parseDispatch } from '../../bastion/boot/parse-dispatch.ts'
import { renderRefuseScript } from '../../bastion/boot/render-script.ts'
import { messageTypes, parseDhcpFrame } from '../../bastion/dhcp/parse-dhcp-frame.ts'
import { parseLeases } from '../../bastion/dhcp/parse-leases.ts'
import { renderDhcpFrame } from '../../bastion/dhcp/render-dhcp-frame.ts'
import { reportDnsmasqLines } from '../../bastion/dhcp/report-dnsmasq-lines.ts'
import { parseFacts } from '../../bastion/machines/parse-facts.ts'
import { readReport, type Report } from '../../bastion/machines/read-report.ts'
import { BastionError } from '../../bastion/platform/bastion-error.ts'
import { Events } from '../../bastion/platform/events.ts'
import type { Journal } from '../../bastion/platform/journal.ts'
import { FactsSchema } from '../../protocol/facts.ts'
import { readFixture, readRecorded, recordedReports } from '../bastion/machines/read-fixture.ts'
import { checkScript } from './check-script.ts'
import { mutate, nasty, type Random } from './random.ts'
import { syslogKinds } from './syslog-kinds.ts'

/** One kind of input: how it is made, and what must hold of it; what does not hold is thrown. `weight`: its share of a run. */
export interface FuzzKind { name: string, weight: number, make: (random: Random) => Buffer, check: (input: Buffer) => void | Promise<void> }

const dnsmasqLines = [
  'dnsmasq-dhcp[12]: 3838478 DHCPDISCOVER(eth0) 52:54:00:00:00:01 ', 'dnsmasq-dhcp: 3838478 DHCPOFFER(br-lab) 10.0.0.5 52:54:00:00:00:01 ', 'dnsmasq-dhcp: 1 DHCPNAK(eth0) 10.0.0.5 52:54:00:00:00:01 wrong network',
  'dnsmasq-dhcp: 3838478 vendor class: PXEClient:Arch:00007:UNDI:003016', 'dnsmasq-dhcp: 3838478 user class: iPXE', 'dnsmasq-dhcp: 1 bootfile name: http://10.0.0.1:8080/boot.ipxe', 'dnsmasq-dhcp: 1 sent size: 10 option: 67 bootfile-name  undionly.kpxe',
  'dnsmasq-tftp: sent /var/lib/x/undionly.kpxe to 10.0.0.5', 'dnsmasq-tftp: failed sending /x/snponly.efi to 10.0.0.5', 'dnsmasq-tftp: file /x/y not found for 10.0.0.5', 'dnsmasq-tftp: error 8 User aborted the transfer received from 10.0.0.5',
  'Nov 21 15:00:00 dnsmasq[3]: started, version 2.90 cachesize 150', 'dnsmasq: failed to create listening socket', 'dnsmasq-dhcp: 1 tags: ipxe, eth0',
].map(line => Buffer.from(line))
const leaseFile = Buffer.from('1790000000 52:54:00:00:00:01 10.0.0.5 worker-1 01:52:54:00:00:00:01\n0 52:54:00:00:00:02 10.0.0.6 * *\nduid 00:01\n1790000000 1 fd00::1 * 00:01\n')
const query = Buffer.from('mac=52:54:00:00:00:01&uuid=5e9b7a10-0000-4000-8000-000000000001&serial=SN-1&asset=&manufacturer=Test&product=Machine&buildarch=x86_64&platform=pcbios')
const replies = [messageTypes.offer, messageTypes.ack].map(type => Buffer.from(replyFrame(type)))
const reports = recordedReports.map(name => readFixture(name))
const recorded: Report[] = []
for (const name of recordedReports) recorded.push(await readRecorded(name))

function replyFrame(type: number): Buffer {
  const frame = renderDhcpFrame({ mac: '52:54:00:00:00:01', xid: 7, type: 'discover', options: [[54, Buffer.from([10, 0, 0, 1])], [67, Buffer.from('undionly.kpxe')]] })
  frame[42] = 2
  frame[284] = type
  return frame
}

function toParts(query: string): Record<string, unknown> {
  const parts: Record<string, unknown> = {}
  for (const [key, value] of new URLSearchParams(query)) parts[key] = Object.hasOwn(parts, key) ? [parts[key], value] : value
  return parts
}

const silentJournal = new Proxy({}, { get: (_target, key) => (...words: unknown[]) => { if (key === 'error') throw new Error(`a line of dnsmasq could not be taken: ${String((words[0] as { err?: unknown }).err)}`) } }) as Journal

/** All of them. */
export const parserKinds: readonly FuzzKind[] = [
  ...syslogKinds,
  {
    name: 'dnsmasq-line', weight: 30, make: random => mutate(random, random.pick(dnsmasqLines)),
    check: input => {
      const take = reportDnsmasqLines({ events: new Events(error => { throw error }), journal: silentJournal, macOf: () => null, onStarted: () => undefined, onError: () => undefined })
      for (const line of input.toString('utf8').split('\n')) take(line)
    },
  },
  {
    name: 'lease-file', weight: 12, make: random => mutate(random, leaseFile),
    check: input => {
      for (const lease of parseLeases(input.toString('utf8')).leases) if (!/^[0-9a-f:]{17}$/.test(lease.mac) || !/^\d+(\.\d+){3}$/.test(lease.address) || Number.isNaN(lease.expiresAt)) throw new Error(`a lease that is none: ${JSON.stringify(lease)}`)
    },
  },
  { name: 'dhcp-frame', weight: 25, make: random => mutate(random, random.pick(replies)), check: input => { parseDhcpFrame(input) } },
  {
    name: 'dispatch-query', weight: 12, make: random => mutate(random, query),
    check: input => {
      const parsed = parseDispatch(toParts(input.toString('utf8')), '10.0.0.5')
      const because = parsed.kind === 'refused' ? parsed.refusal.because : JSON.stringify(parsed.request)
      for (const uefi of [true, false]) checkScript(renderRefuseScript({ bootUrl: 'http://10.0.0.1:8080', because, retry: uefi, retrySeconds: 30, uefi }))
    },
  },
  {
    name: 'report-file', weight: 6,
    make: random => {
      const report = random.below(recorded.length)
      const file = random.pick([...recorded[report]!.files.keys()].filter(name => name !== 'public-key.pem'))
      return Buffer.concat([Buffer.from(`${report} ${file}\n`), mutate(random, recorded[report]!.files.get(file)!.subarray(0, 20_000))])
    },
    check: input => {
      const line = input.indexOf('\n')
      const [report = '', file = ''] = input.subarray(0, line).toString().split(' ')
      checkFacts(parseFacts({ files: new Map([...recorded[Number(report)]!.files, [file, input.subarray(line + 1)]]) }))
    },
  },
  {
    name: 'report-tar', weight: 4, make: random => mutate(random, random.pick(reports)),
    check: async input => {
      let report: Report
      try { report = await readReport(input) } catch (error) {
        if (error instanceof BastionError && (error.code === 'BST_FACTS_INVALID' || error.code === 'BST_TOO_LARGE')) return
        throw error
      }
      checkFacts(parseFacts(report))
    },
  },
  { name: 'report-noise', weight: 2, make: random => Buffer.concat(Array.from({ length: random.below(8) }, () => Buffer.from(random.pick(nasty)))), check: async input => { await readReport(input).catch((error: unknown) => { if (!(error instanceof BastionError)) throw error }) } },
]

function checkFacts(facts: ReturnType<typeof parseFacts>): void {
  if ('problem' in facts) return
  if (!Value.Check(FactsSchema, facts)) throw new Error(`facts that are not valid: ${JSON.stringify([...Value.Errors(FactsSchema, facts)][0])}`)
}
