// Turns dnsmasq's log lines into events of machines, for their timelines, and into lines of our own journal.
import { basename } from 'node:path'
import type { EntryDetail } from '../../protocol/machines.ts'
import type { Events } from '../platform/events.ts'
import type { Journal } from '../platform/journal.ts'
import { judgeClient } from './judge-client.ts'
import { missing, parseDnsmasqLine, type DnsmasqLine } from './parse-dnsmasq-line.ts'

/** Where lines go. `macOf`: who holds an address. */
export interface LineReaders {
  events: Events
  journal: Journal
  macOf: (address: string) => string | null
  onStarted: () => void
  onError: (text: string) => void
}

type Exchange = { mac: string | null, what: string, vendorClass: string, userClass: string }
const exchangesKept = 4096
const addressesKept = 4096

/** Gives a function that takes dnsmasq's lines one by one. Remembers the last exchanges, so that a line about classes or the boot file is told with its MAC. */
export function reportDnsmasqLines(readers: LineReaders): (line: string) => void {
  const exchanges = new Map<string, Exchange>()
  // Who fetches a boot program was acknowledged a moment ago: the file of leases need not be read for it.
  const acknowledged = new Map<string, string>()
  const known = { ...readers, macOf: (address: string) => acknowledged.get(address) ?? readers.macOf(address) }
  const exchange = (transaction: string): Exchange => {
    const known = exchanges.get(transaction) ?? { mac: null, what: '', vendorClass: '', userClass: '' }
    exchanges.delete(transaction)
    exchanges.set(transaction, known)
    if (exchanges.size > exchangesKept) exchanges.delete(exchanges.keys().next().value!)
    return known
  }
  const take = (line: string) => {
    const said = parseDnsmasqLine(line)
    readers.journal[said.kind === 'error' ? 'warn' : 'debug']({ room: 'dhcp' }, line.slice(0, 1000))
    if (said.kind === 'started') readers.onStarted()
    else if (said.kind === 'error') readers.onError(said.text)
    else if (said.kind === 'message') {
      if (said.what === 'ack' && said.address !== null) remember(acknowledged, said.address, said.mac)
      tellMessage(said, said.transaction === null ? null : exchange(said.transaction), readers)
    } else if (said.kind === 'detail') tellDetail(said, exchange(said.transaction), readers)
    else if (said.kind === 'sent' || said.kind === 'failed') tellFile(said, known)
  }
  // Whoever stops reading dnsmasq's lines stops dnsmasq: its pipe fills up.
  return line => {
    try { take(line) } catch (error) { readers.journal.error({ err: error }, 'a line of dnsmasq could not be taken') }
  }
}

function remember(acknowledged: Map<string, string>, address: string, mac: string): void {
  acknowledged.delete(address)
  acknowledged.set(address, mac)
  if (acknowledged.size > addressesKept) acknowledged.delete(acknowledged.keys().next().value!)
}

function tellMessage(said: Extract<DnsmasqLine, { kind: 'message' }>, exchange: Exchange | null, { events }: LineReaders): void {
  if (exchange !== null) { exchange.mac = said.mac; exchange.what = said.what }
  if (said.what === 'pxe') return tellProxied(said, exchange, events)
  const asks = said.what === 'discover' || said.what === 'request' || said.what === 'inform'
  const who = exchange === null || !asks ? '' : [exchange.vendorClass, exchange.userClass].filter(name => name !== '').join(', ')
  const text = [`DHCP ${said.what}`, said.address ?? '', who === '' ? '' : `from ${who.slice(0, 200)}`, said.what === 'nak' || said.what === 'decline' ? `(${said.rest})` : '']
  events.publish({ kind: 'dhcp', mac: said.mac, address: said.address, what: said.what, text: text.filter(part => part !== '').join(' '), detail: detailOf(said.what, exchange) })
}

function tellProxied(said: Extract<DnsmasqLine, { kind: 'message' }>, exchange: Exchange | null, events: Events): void {
  const who = [exchange?.vendorClass ?? '', exchange?.userClass ?? ''].filter(name => name !== '').join(', ').slice(0, 200)
  const offer = said.rest === 'proxy'
  events.publish({ kind: 'dhcp', mac: said.mac, address: said.address, what: offer ? 'pxe' : 'boot-file', text: offer ? `DHCP proxy offer${who === '' ? '' : ` to ${who}`}` : `is told to boot ${said.rest}`, detail: detailOf(offer ? 'pxe' : 'boot-file', exchange) })
}

function tellDetail(said: Extract<DnsmasqLine, { kind: 'detail' }>, exchange: Exchange, { events }: LineReaders): void {
  if (said.key === 'vendor-class') exchange.vendorClass = said.value
  if (said.key === 'user-class') exchange.userClass = said.value
  if (said.key === 'boot-file' && exchange.mac !== null && (exchange.what === 'ack' || exchange.what === 'pxe')) {
    events.publish({ kind: 'dhcp', mac: exchange.mac, address: null, what: 'boot-file', text: `is told to boot ${said.value}`, detail: detailOf('boot-file', exchange) })
  }
}

function tellFile(said: Extract<DnsmasqLine, { kind: 'sent' | 'failed' }>, { events, macOf, journal }: LineReaders): void {
  const file = said.file === null ? '' : basename(said.file)
  const text = said.kind === 'sent' ? `fetched ${file} over TFTP` : `TFTP failed${file === '' ? '' : ` for ${file}`}: ${said.because}`
  if (said.kind === 'failed') journal.info({ room: 'dhcp', address: said.address, file }, text)
  const what = said.kind === 'sent' ? 'sent' : said.because === missing ? 'missing' : 'broken'
  events.publish({ kind: 'tftp', address: said.address, mac: macOf(said.address), file, text, detail: { what, file } })
}

/** Without `log-dhcp` nobody knows who spoke. */
function detailOf(what: string, exchange: Exchange | null): EntryDetail {
  return exchange === null ? { what } : { what, ...judgeClient(exchange.vendorClass, exchange.userClass) }
}
