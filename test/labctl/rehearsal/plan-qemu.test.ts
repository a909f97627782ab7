import t from 'tap'
import { judgeMemory } from '../../../labctl/rehearsal/judge-memory.ts'
import { planMachine } from '../../../labctl/rehearsal/plan-machine.ts'
import { planQemu } from '../../../labctl/rehearsal/plan-qemu.ts'
import type { FirmwareKind } from '../../../labctl/rehearsal/qemu-firmware.ts'
import { rehearsalNeeds } from '../../../labctl/rehearsal/rehearsal-needs.ts'

const uuid = '5b3d3a60-7d2b-4f0e-9d52-0d5f0d1f5a01'
const plan = (index: number, wish = {}) => planMachine(wish, { index, machines: '/m', uuid, accelerator: 'tcg' })

t.test('two machines share neither MAC nor serial nor disk', async t => {
  const [one, two] = [plan(1), plan(2)]
  for (const trait of [(spec: typeof one) => spec.nics[0]?.mac, (spec: typeof one) => spec.nics[0]?.tap, (spec: typeof one) => spec.serial, (spec: typeof one) => spec.disks[0]?.file, (spec: typeof one) => spec.disks[0]?.serial]) t.not(trait(one), trait(two))
})

t.test('every name that the host could see begins with rehearsal', async t => {
  const spec = plan(3)
  t.match([spec.name, spec.nics[0]?.tap], [/^rehearsal-/, /^rehearsal-/])
  t.ok((spec.nics[0]?.tap ?? '').length <= 15, 'IFNAMSIZ')
})

t.test('the network comes before the disk in the boot order', async t => {
  const args = planQemu(plan(1), '/m').join(' ')
  t.match(args, /virtio-net-pci\S*bootindex=1\b/)
  t.match(args, /virtio-blk-pci\S*bootindex=20\b/)
})

t.test('on UEFI the firmware’s own variables hold, but for a start from the network', async t => {
  const uefi = plan(1, { firmware: 'uefi' })
  t.notMatch(planQemu(uefi, '/m').join(' '), /bootindex/)
  const once = planQemu(uefi, '/m', 'network').join(' ')
  t.match(once, /virtio-net-pci,id=nic0\S*bootindex=1\b/)
  t.notMatch(once, /virtio-blk-pci\S*bootindex/)
})

t.test('each kind of firmware has the program, the board and the flash that it needs', async t => {
  const args = (firmware: FirmwareKind) => planQemu(plan(1, { firmware }), '/m').join(' ')
  t.match(args('bios'), /-machine pc,graphics=off/)
  t.notMatch(args('bios'), /pflash/)
  t.match(args('uefi'), /-machine q35 .*OVMF_CODE_4M\.fd/)
  t.match(args('uefi-http'), /IPv4PXESupport,string=n/)
  t.match(args('uefi-secure'), /smm=on .*OVMF_CODE_4M\.secboot\.fd.*property=secure,value=on/)
  t.match(args('uefi-arm64'), /-machine virt -accel tcg,thread=multi -cpu cortex-a57 .*AAVMF_CODE\.fd/)
  t.match(rehearsalNeeds({ kind: 'qemu', firmware: 'uefi-arm64', root: true }), [...rehearsalNeeds({ kind: 'qemu', firmware: 'bios', root: true }).slice(0, -2), { package: 'qemu-system-arm' }, { package: 'ipxe-qemu' }, { package: 'qemu-efi-aarch64' }])
})

t.test('a comma in a serial does not become an option of its own', async t => {
  t.match(planQemu(plan(1, { serial: 'a,file=/etc/passwd' }), '/m').join(' '), /serial=a,,file=\/etc\/passwd/)
})

t.test('a machine that would leave the host too little memory is not started, and it says what was wanted and what there is', async t => {
  t.match(judgeMemory({ name: 'rehearsal-1', memoryMib: 1024 }, 1500), /needs 1696 MiB.*1500 MiB are available/)
  t.equal(judgeMemory({ name: 'rehearsal-1', memoryMib: 1024 }, 1696), null)
})
