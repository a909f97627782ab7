import t from 'tap'
import { parseDmiTable } from '../../../bastion/machines/parse-dmi-table.ts'
import { parseDisks } from '../../../bastion/machines/parse-disks.ts'
import { parseExits, parseVolumeSignatures, parseWipefs } from '../../../bastion/machines/parse-signatures.ts'
import { parseBootOrder, parseCpu, parseMemory, parseNics, parseRaid } from '../../../bastion/machines/parse-system.ts'
import { parseText, parseWhole } from '../../../bastion/machines/parse-values.ts'

const bytes = (text: string) => Buffer.from(text)
const none = { sockets: 0, processor: null }

t.test('processors: two sockets with hyper-threading, and arm64 which names none', async t => {
  const block = (id: number, socket: number, core: number) => `processor\t: ${id}\nmodel name\t: Xeon\nphysical id\t: ${socket}\ncore id\t\t: ${core}\n`
  const list = [block(0, 0, 0), block(1, 0, 1), block(2, 1, 0), block(3, 1, 1), block(4, 0, 0), block(5, 0, 1), block(6, 1, 0), block(7, 1, 1)].join('\n')
  t.same(parseCpu(bytes(list), none), { model: 'Xeon', sockets: 2, cores: 4, threads: 8 })
  t.same(parseCpu(bytes('processor\t: 0\nCPU part\t: 0xd0c\n\nprocessor\t: 1\nCPU part\t: 0xd0c\n'), { sockets: 2, processor: 'Altra' }), { model: 'Altra', sockets: 2, cores: 2, threads: 2 })
  t.same(parseCpu(undefined, none), { model: null, sockets: 1, cores: 1, threads: 1 })
})

t.test('memory is what the modules hold, else what the kernel has', async t => {
  t.equal(parseMemory(bytes('MemTotal:        1014180 kB\nMemFree: 1 kB\n'), []).totalBytes, 1014180 * 1024)
})

t.test('network interfaces: the permanent MAC counts, link and speed may be unknown, nonsense is left out', async t => {
  const nics = bytes('eth0|02:00:00:00:00:01|e1000e|1|1000\neth1|52:54:00:00:00:02|virtio_net||-1\nib0|80:00:00:48:fe:80|mlx|0|\n|||\n')
  t.same(parseNics(nics, bytes('[{"ifname":"eth0","permaddr":"52:54:00:00:00:01"}]')), [
    { name: 'eth0', mac: '52:54:00:00:00:01', driver: 'e1000e', linkUp: true, speedMbps: 1000 },
    { name: 'eth1', mac: '52:54:00:00:00:02', driver: 'virtio_net', linkUp: null, speedMbps: null },
    { name: 'ib0', mac: '80:00:00:48:fe:80', driver: 'mlx', linkUp: false, speedMbps: null },
  ])
})

t.test('the boot order: entries in the firmware’s order, those outside it last', async t => {
  const told = bytes('BootCurrent: 0003\nTimeout: 3 seconds\nBootOrder: 0003,0001\nBoot0001* UEFI Disk\tHD(1,GPT)\nBoot0002  Old "one"\tX\nBoot0003* UEFI PXEv4 (MAC:525400123456)\tPciRoot(0x0)\n')
  t.same(parseBootOrder(told), { current: '0003', order: [{ id: '0003', label: 'UEFI PXEv4 (MAC:525400123456)', active: true }, { id: '0001', label: 'UEFI Disk', active: true }, { id: '0002', label: 'Old "one"', active: false }] })
  t.same(parseBootOrder(undefined), { current: null, order: [] })
})

t.test('RAID members of one array are put together; superblocks of format 0.90 too', async t => {
  const old = '/dev/sdb1:\n          Magic : a92b4efc\n        Version : 0.90.00\n           UUID : 1:2:3:4 (local to host x)\n     Raid Level : raid5\n         Events : 0.12\n/dev/sdc1:\n          Magic : a92b4efc\n           UUID : 1:2:3:4\n     Raid Level : raid5\n         Events : 17\nmdadm: No md superblock detected on /dev/sdd.\n/dev/sde:\n   MBR Magic : aa55\n'
  t.same(parseRaid(bytes(old)), [{ uuid: '1:2:3:4', name: null, level: 'raid5', members: [{ device: '/dev/sdb1', role: null, events: null }, { device: '/dev/sdc1', role: null, events: 17 }] }])
})

t.test('a DMI table: modules, an empty slot, sockets, a BMC; a broken one ends where it makes no sense', async t => {
  const structure = (type: number, area: Buffer, ...strings: string[]) => Buffer.concat([Buffer.from([type, area.length + 4, 0, 0]), area, Buffer.from(`${strings.map(text => `${text}\0`).join('')}${strings.length === 0 ? '\0' : ''}\0`, 'latin1')])
  const module = (size: number, extended: number) => {
    const area = Buffer.alloc(0x24)
    area.writeUInt16LE(size, 0x0c - 4); area.writeUInt8(1, 0x10 - 4); area.writeUInt8(0x1a, 0x12 - 4); area.writeUInt16LE(3200, 0x15 - 4)
    area.writeUInt8(2, 0x17 - 4); area.writeUInt8(9, 0x18 - 4); area.writeUInt32LE(extended, 0x1c - 4)
    return structure(17, area, 'DIMM_A1', 'Sam\u001bsung')
  }
  const socket = Buffer.alloc(0x26)
  socket.writeUInt8(0x41, 0x18 - 4)
  const table = Buffer.concat([module(16384, 0), module(0, 0), module(0x7fff, 65536), structure(4, socket), structure(38, Buffer.alloc(14))])
  const told = parseDmiTable(table)
  t.same(told.modules.map(({ sizeBytes, type, speedMtps, locator, manufacturer, serial }) => [sizeBytes / 2 ** 30, type, speedMtps, locator, manufacturer, serial]), [[16, 'DDR4', 3200, 'DIMM_A1', 'Sam sung', null], [64, 'DDR4', 3200, 'DIMM_A1', 'Sam sung', null]])
  t.same([told.sockets, told.bmc], [1, true])
  t.equal(parseDmiTable(table.subarray(0, 70)).modules.length, 1)
  for (const broken of [undefined, Buffer.from([17, 3, 0, 0]), Buffer.from([17, 200, 0, 0]), Buffer.alloc(5000), Buffer.alloc(5000, 0xff)]) t.same(parseDmiTable(broken).modules, [])
})

t.test('signatures: contradicting ones are joined, a cut-off list and a failed probe count as unreadable', async t => {
  const wipefs = { exits: bytes('signatures+sda 0 1 2\nsignatures+sdb 1 1 2\n'), 'signatures/sda': bytes('{"signatures":[{"device":"sda1","type":"ext4"},{"device":"sda1","type":"LVM2_member"},{"device":"sda","type":"gpt","offset":"0x200"}]}'), 'signatures/sdb': bytes('{}') }
  const files = new Map(Object.entries(wipefs))
  t.same(parseWipefs(files, parseExits(files), 'sda')?.get('sda')?.tables, ['gpt'])
  t.equal(parseWipefs(files, parseExits(files), 'sdb'), null)
  t.equal(parseWipefs(files, parseExits(files), 'sdc'), null)
  const found = parseVolumeSignatures(bytes('LV=a\nTYPE=ext4\nLABEL=x\\ y\nRC=0\nLV=b\nRC=8\nLV=c\nRC=124\nLV=d\nRC=2\nLV=e\nTYPE=xfs\n'))
  t.same([...found].map(([uuid, signature]) => [uuid, signature?.type ?? null, signature?.label ?? null]), [['a', 'ext4', 'x y'], ['b', 'ambivalent', null], ['c', 'unreadable', null], ['d', null, null], ['e', 'unreadable', null]])
})

t.test('a partition table of which only the copy is whole is told from a whole one, as wipefs 2.38 and lsblk show them', async t => {
  const gpt = (offset: string): object => ({ device: 'sda', offset, type: 'gpt', uuid: null, label: null })
  const table = (signatures: object[], pttype: string | null): unknown => {
    const files = new Map(Object.entries({
      exits: bytes('lsblk.json 0 1 2\nsignatures+sda 0 1 2\n'), 'signatures/sda': bytes(JSON.stringify({ signatures })),
      'lsblk.json': bytes(JSON.stringify({ blockdevices: [{ name: 'sda', kname: 'sda', type: 'disk', size: 67108864, 'log-sec': 512, pttype }] })),
    }))
    const disks = parseDisks(files)
    return typeof disks === 'string' ? disks : disks[0]?.table?.type ?? null
  }
  const boot = { device: 'sda', offset: '0x1fe', type: 'PMBR', uuid: null, label: null }
  t.equal(table([gpt('0x200'), gpt('0x3fffe00'), boot], 'gpt'), 'gpt')
  t.equal(table([gpt('0x200'), boot], 'gpt'), 'gpt', 'only the copy is missing')
  t.equal(table([gpt('0x1000'), gpt('0x3fff000'), boot], 'gpt'), 'gpt', 'with sectors of 4096 bytes')
  t.equal(table([gpt('0x3fffe00'), boot], 'gpt'), 'gpt-damaged')
  t.equal(table([gpt('0x3fffe00')], null), 'gpt-damaged')
  t.equal(table([boot], 'PMBR'), 'PMBR', 'neither of the two')
  t.equal(table([], null), null)
})

t.test('numbers are exact or nothing', async t => {
  t.same(['12', '12B', 7, '9007199254740993', 1.5, 'x', '', null, '0x10'].map(parseWhole), [12, 12, 7, null, null, null, null, null, null])
  t.equal(parseText('  a\t\u0000b\u200f '), 'a b')
  t.equal(parseText('\u001b'), null)
})

t.test('a report made to be slow is read like any other', async t => {
  t.same(parseRaid(Buffer.alloc(2 ** 20, '\n')), [])
  t.equal(parseNics(Buffer.from(Array.from({ length: 5000 }, (_, at) => `e${at}|02:00:00:00:${(at >> 8).toString(16).padStart(2, '0')}:${(at & 255).toString(16).padStart(2, '0')}||1|1`).join('\n')), undefined).length, 512)
})
