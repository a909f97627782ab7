import { join } from 'node:path'
import { disksIn, type DiskSpec, type MachineSpec } from './machine-spec.ts'
import { qemuFirmware } from './qemu-firmware.ts'

/** Where a machine's own files are. */
export function machineFiles(machines: string, name: string) {
  const at = (file: string) => join(machines, name, file)
  return { directory: join(machines, name), spec: at('machine.json'), console: at('console.log'), consoleSocket: at('console.sock'), qmp: at('qmp.sock'), log: at('machine.log'), powered: at('powered.json'), knownHosts: at('known-hosts'), firmwareVariables: at('firmware-variables.fd') }
}

/** What a machine is started from: as its firmware is set, or from the network this once, as a BMC asks for. */
export type StartFrom = 'as-set' | 'network'

/** QEMU's command line for a machine, its serial line on a socket and in a log. BIOS: network before disk. UEFI: the order in the firmware's own variables holds (OVMF overrules them as soon as one device has a bootindex), but for a start from the network. */
export function planQemu(spec: MachineSpec, machines: string, from: StartFrom = 'as-set'): string[] {
  const files = machineFiles(machines, spec.name)
  const { machine, processor, code, more } = qemuFirmware[spec.firmware]
  const uefi = code !== null
  const networkFirst = !spec.diskOnly && (!uefi || from === 'network')
  const disksInOrder = !uefi || spec.diskOnly
  return [
    '-name', spec.name, '-nodefaults', '-no-user-config', '-display', 'none',
    '-machine', machine,
    ...spec.accelerator === 'kvm' ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi', '-cpu', processor],
    ...spec.clock === undefined ? [] : ['-rtc', `base=${spec.clock}`],
    '-smp', String(spec.processors), '-m', String(spec.memoryMib),
    '-uuid', spec.uuid, '-smbios', `type=1,serial=${comma(spec.serial)},manufacturer=${comma(spec.manufacturer)},product=${comma(spec.product)},uuid=${spec.uuid}`,
    ...uefi ? [
      '-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${code}`,
      '-drive', `if=pflash,format=raw,unit=1,file=${comma(files.firmwareVariables)}`,
    ] : [],
    ...more,
    '-device', 'virtio-rng-pci',
    ...spec.nics.flatMap(({ mac, tap }, at) => [
      '-netdev', `tap,id=net${at},ifname=${tap},script=no,downscript=no`,
      '-device', `virtio-net-pci,id=${nicId(at)},netdev=net${at},mac=${mac}${networkFirst ? `,bootindex=${1 + at}` : ''}${uefi || spec.diskOnly ? ',romfile=' : ''}`,
    ]),
    ...disksIn(spec).some(disk => disk.bus === 'scsi') ? ['-device', 'virtio-scsi-pci,id=scsi'] : [],
    ...spec.disks.flatMap((disk, at) => disk.pulled === true ? [] : [
      '-drive', `if=none,id=disk${at},format=raw,cache=unsafe,discard=unmap,detect-zeroes=unmap,file=${comma(disk.file)}`,
      '-device', `${diskDevice(disk, at)},drive=disk${at},serial=${comma(disk.serial)}${disksInOrder ? `,bootindex=${20 + at}` : ''}`,
    ]),
    '-chardev', `socket,id=console,path=${comma(files.consoleSocket)},server=on,wait=off,logfile=${comma(files.console)},logappend=on`, '-serial', 'chardev:console',
    '-qmp', `unix:${comma(files.qmp)},server=on,wait=off`,
  ]
}

/** QEMU's name for the `index`th network card. */
export const nicId = (index: number): string => `nic${index}`

function diskDevice(disk: DiskSpec, at: number): string {
  if (disk.bus === 'nvme') return 'nvme'
  if (disk.bus === 'virtio') return 'virtio-blk-pci'
  return `scsi-hd,bus=scsi.0,vendor=REHEARSE,product=DISK,wwn=0x5000c5000077${at.toString(16).padStart(4, '0')}`
}

/** In an option's value a comma is written twice (qemu-options). */
const comma = (value: string) => value.replaceAll(',', ',,')
