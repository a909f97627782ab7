// Verdicts over what real firmware, a real iPXE and a real RAM disk do when something is in their way.
import t from 'tap'
import type { Machine } from '../../labctl/rehearsal/machine.ts'
import { bootMs, runFaults, type Fault } from '../lib/run-faults.ts'
import { faultyNetwork, type Cut, type FaultyNetwork, type Known } from '../lib/stuck-machines.ts'

const from = (match: string): Cut => ({ way: 'from', match })
const to = (match: string): Cut => ({ way: 'to', match })
const saw = (phase: string, text = /./) => ({ timeline }: Known) => timeline.some(entry => entry.phase === phase && text.test(entry.text))
const untilWaiting = (network: FaultyNetwork, machine: Machine) => network.until(machine, 'waiting for an order', bootMs, ({ waiting }) => waiting)
const pullCable = (machine: Machine) => machine.qmp('set_link', { name: 'nic0', up: false })

async function order(network: FaultyNetwork, machine: Machine, name: string): Promise<void> {
  await untilWaiting(network, machine)
  const { exitCode, stderr } = await network.rehearsal.labctl(['provision', 'install', machine.mac, name])
  if (exitCode !== 0) throw new Error(stderr)
}

/** Where the bastion leases the addresses. */
const asServer: readonly Fault[] = [
  { title: 'a switch port lets nothing through to iPXE', verdict: 'ipxe-without-lease', machine: {}, cuts: [to('udp sport 67')] },
  { title: 'a firewall keeps iPXE from the boot plane', verdict: 'ipxe-without-script', machine: {}, cuts: [from('tcp dport 8080')] },
  { title: 'iPXE has too little memory for the RAM disk', verdict: 'ipxe-loop', machine: { memoryMib: 64 } },
  {
    title: 'a machine loses its power while it fetches the RAM disk', verdict: 'script-broken', machine: {},
    async play(network, machine) { await network.until(machine, 'fetching', bootMs, saw('fetch', /vmlinuz/)); await machine.powerOff() },
  },
  { title: 'a firewall keeps TFTP out', verdict: 'leased-no-tftp', machine: { firmware: 'uefi' }, cuts: [from('udp dport 69')] },
  { title: 'a switch port lets nothing through to a UEFI machine', verdict: 'offer-ignored', machine: { firmware: 'uefi' }, cuts: [to('udp sport 67')] },
  { title: 'a firewall keeps UEFI HTTP boot out', verdict: 'http-boot-not-fetched', machine: { firmware: 'uefi-http' }, cuts: [from('tcp dport 8080')] },
  { title: 'a firmware of 32 bits', verdict: 'architecture-unknown', machine: { firmware: 'uefi-ia32' } },
  {
    title: 'Secure Boot refuses the boot program', verdict: 'program-without-ipxe', machine: { firmware: 'uefi-secure' },
    // This firmware goes on to HTTP boot, where the next fault is.
    async play(_network, machine) { await machine.waitForConsole(/PXEv4[^\n]*Access Denied/, bootMs); await machine.powerOff() },
  },
  { title: 'Secure Boot refuses the boot program that came over HTTP', verdict: 'http-program-without-ipxe', machine: { firmware: 'uefi-secure-http' } },
  {
    title: 'a machine with too little memory to unpack the RAM disk starts over and over', verdict: 'ramdisk-loop', machine: { memoryMib: 128 },
    async play(network, machine) { await network.until(machine, 'in a loop', 2 * bootMs, ({ verdict }) => verdict?.code === 'ramdisk-loop'); await machine.powerOff() },
  },
  {
    title: 'a firewall keeps the RAM disk from the control plane', verdict: 'overlay-no-facts', machine: {}, cuts: [from('tcp dport 8443')],
    async play(network, machine) { await machine.waitForConsole(/labctl: network up/, bootMs); await network.until(machine, 'loaded', bootMs, saw('kernel')) },
  },
  {
    title: 'a waiting machine loses its cable', verdict: 'waiting-stopped', machine: {},
    async play(network, machine) { await untilWaiting(network, machine); await pullCable(machine) },
  },
  {
    title: 'a machine without a disk is discovered, waits, and is switched off', verdict: 'waiting-stopped', machine: { disks: [] },
    async play(network, machine) {
      const { verdict } = await untilWaiting(network, machine)
      if (verdict !== null) throw new Error(`it waits, and has the verdict ${verdict.code}`)
      await machine.powerOff()
    },
  },
  {
    title: 'a machine loses its power while its disk is being written', verdict: 'image-stalled', machine: {},
    async play(network, machine) { await order(network, machine, 'worker-1'); await network.until(machine, 'fetching its image', 2 * bootMs, saw('image')); await machine.powerOff() },
  },
]

t.test('where the bastion leases the addresses', { timeout: 3_000_000 }, async t => {
  const network = await faultyNetwork(t)
  await runFaults(t, network, asServer)
})

t.test('where the range has one address', { timeout: 3_000_000 }, async t => {
  const network = await faultyNetwork(t, { config: { dhcp: { rangeStart: '10.77.0.100', rangeEnd: '10.77.0.100' }, discovery: { afterwards: 'local-disk' } } })
  await runFaults(t, network, [
    {
      title: 'a discovered machine is restarted again and again, and its disk does not start', verdict: 'empty-disk-loop', machine: {},
      async play(network, machine) {
        await network.until(machine, 'discovered', bootMs, saw('facts'))
        for (let starts = 1; starts <= 4; starts += 1) {
          await network.until(machine, `sent to its disk ${starts} times`, bootMs, ({ timeline }) => timeline.filter(({ detail }) => detail?.what === 'local-disk').length >= starts)
          if (starts < 4) await machine.reset()
        }
        await machine.powerOff()
      },
    },
    {
      title: 'the last free address is taken', verdict: 'discover-unanswered', machine: { firmware: 'uefi' },
    },
  ])
})

t.test('beside another DHCP server', { timeout: 3_000_000 }, async t => {
  const network = await faultyNetwork(t, { dhcp: 'proxy' })
  await runFaults(t, network, [
    { title: 'a firewall keeps a UEFI firmware from asking what to boot', verdict: 'proxied-not-fetched', machine: { firmware: 'uefi' }, cuts: [from('udp dport 4011')] },
    { title: 'a firewall keeps iPXE from the boot plane', verdict: 'ipxe-without-script', machine: {}, cuts: [from('tcp dport 8080')] },
  ])
})
