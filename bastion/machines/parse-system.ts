// Processor, memory, network, boot order and RAID, from the small files of a report.
import type { Facts, Nic, RaidArray } from '../../protocol/facts.ts'
import { parseMac } from '../../protocol/names.ts'
import { parseJson, parseLines, parseList, parseText, parseWhole } from './parse-values.ts'

/** Processors from /proc/cpuinfo. Where it names no sockets or model (arm64), `sockets` and `model` of the SMBIOS table count. */
export function parseCpu(bytes: Buffer | undefined, known: { sockets: number, processor: string | null }): Facts['cpu'] {
  const blocks = (bytes?.toString('utf8') ?? '').split('\n\n').map(block => new Map(block.split('\n').map(line => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const
  }))).filter(block => block.has('processor'))
  const threads = Math.max(blocks.length, 1)
  const sockets = new Set(blocks.map(block => block.get('physical id')).filter(id => id !== undefined))
  const cores = new Set(blocks.filter(block => block.has('core id')).map(block => `${block.get('physical id')}/${block.get('core id')}`))
  return {
    model: parseText(blocks[0]?.get('model name')) ?? known.processor,
    sockets: Math.max(sockets.size || known.sockets, 1), cores: cores.size || threads, threads,
  }
}

/** Memory: what the modules hold, or, where the firmware lists none, what the kernel has. */
export function parseMemory(meminfo: Buffer | undefined, modules: Facts['memory']['modules']): Facts['memory'] {
  const [, kibibytes] = /^MemTotal:\s+(\d{1,15}) kB$/m.exec(meminfo?.toString('latin1') ?? '') ?? []
  const held = modules.reduce((sum, module) => sum + module.sizeBytes, 0)
  return { totalBytes: held > 0 ? held : Number(kibibytes ?? 0) * 1024, modules }
}

/** More than any board has, virtual functions included; each MAC is recorded as the machine's own. */
const mostNics = 512

/** Network interfaces with a MAC of their own, from the collector's `name|mac|driver|carrier|speed`; the permanent MAC, where `ip -json` knows another. */
export function parseNics(nics: Buffer | undefined, ip: Buffer | undefined): Nic[] {
  const permanent = new Map(parseList(parseJson(ip)).map(link => [link['ifname'], link['permaddr']]))
  return parseLines(nics).slice(0, mostNics).flatMap(line => {
    const [name = '', address = '', driver = '', carrier = '', speed = ''] = line.split('|')
    const mac = parseMac(String(permanent.get(name) ?? '')) ?? parseMac(address)
    if (mac === null) return []
    const speedMbps = parseWhole(speed)
    return [{
      name: parseText(name, 32) ?? '?', mac, driver: parseText(driver, 64),
      linkUp: carrier.trim() === '' ? null : carrier.trim() === '1', speedMbps: speedMbps !== null && speedMbps > 0 ? speedMbps : null,
    }]
  })
}

/** The UEFI boot order as efibootmgr(8) prints it; empty without UEFI. Entries outside BootOrder come last. */
export function parseBootOrder(bytes: Buffer | undefined): Facts['boot'] {
  const lines = parseLines(bytes)
  const current = lines.map(line => /^BootCurrent: ([0-9A-F]{4})$/i.exec(line)?.[1]).find(id => id !== undefined) ?? null
  const order = lines.map(line => /^BootOrder: ([0-9A-F,]+)$/i.exec(line)?.[1]).find(ids => ids !== undefined)?.split(',') ?? []
  const entries = lines.flatMap(line => {
    const [, id, star, rest] = /^Boot([0-9A-F]{4})(\*?) +(.*)$/i.exec(line) ?? []
    return id === undefined ? [] : [{ id, label: parseText(rest!.split('\t')[0]) ?? '', active: star === '*' }]
  })
  const place = (id: string) => { const at = order.indexOf(id); return at === -1 ? order.length : at }
  return { current, order: entries.sort((one, other) => place(one.id) - place(other.id)) }
}

/** RAID arrays, by what `mdadm --examine` read on each member; formats that it does not name by an array UUID (DDF, IMSM) are left to the disks' signatures. */
export function parseRaid(bytes: Buffer | undefined): RaidArray[] {
  const arrays = new Map<string, RaidArray>()
  for (const block of (bytes?.toString('utf8') ?? '').split(/^(?=\/dev\/)/m)) {
    const value = (key: RegExp) => parseText(new RegExp(`^[ \\t]*(?:${key.source}) : (.*)$`, 'm').exec(block)?.[1])
    const device = parseText(/^(\/dev\/[^\s:]+):$/m.exec(block)?.[1])
    const uuid = value(/Array UUID|UUID/)?.split(' ')[0]
    if (device === null || uuid === undefined || value(/Magic/) === null) continue
    const array = arrays.get(uuid) ?? { uuid, name: value(/Name/)?.replace(/ +\(local to host .*\)$/, '') ?? null, level: value(/Raid Level/), members: [] }
    arrays.set(uuid, array)
    array.members.push({ device, role: value(/Device Role/), events: parseWhole(value(/Events/) ?? '') })
    const devices = parseWhole(value(/Raid Devices/) ?? '')
    if (devices !== null && devices >= 0) array.devices = Math.max(array.devices ?? 0, devices)
    const state = value(/Array State/)?.split(' ')[0]
    if (state !== undefined) array.states = [...array.states ?? [], state]
  }
  return [...arrays.values()]
}
