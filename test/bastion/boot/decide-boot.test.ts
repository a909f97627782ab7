import t from 'tap'
import type { OrderKind } from '../../../protocol/machines.ts'
import { decideBoot, type BootDecision, type BootSituation } from '../../../bastion/boot/decide-boot.ts'

const unknown: BootSituation = {
  identity: { kind: 'unknown' }, order: null, architecture: 'x86_64', firmware: 'bios', recordedFirmware: null, leased: true,
  installedBefore: false, discoverer: null, ramdiskMissing: null, afterDiscovery: 'wait', afterFailure: 'local-disk',
}
const known: BootSituation = { ...unknown, identity: { kind: 'known', machine: 'm1', label: 'worker-1' }, recordedFirmware: 'bios' }
const order = { kind: 'install', state: 'armed', name: 'worker-1', attempt: 1, os: 'debian-13', osReady: true, because: null } as const
const of = (kind: OrderKind, state: 'armed' | 'installing' | 'failed', more: Partial<BootSituation> = {}): BootSituation => ({ ...known, installedBefore: true, order: { ...order, kind, state, os: kind === 'rescue' || kind === 'erase' ? '' : order.os, osReady: kind === 'reprovision', because: state === 'failed' ? 'srv is missing' : null }, ...more })
const ordered = (state: typeof order.state | 'installing' | 'failed' | 'contested', more: Partial<BootSituation> = {}): BootSituation => ({ ...known, order: { ...order, state, because: state === 'failed' ? 'the disk vanished' : null }, ...more })
const byKickstart = (situation: BootSituation, ready = true): BootSituation => ({ ...situation, discoverer: { os: 'fedora-43', ready } })

const rows: [string, BootSituation, Partial<BootDecision>, RegExp][] = [
  ['an unknown machine is discovered', unknown, { kind: 'ramdisk', purpose: 'discover', alarm: false }, /Never seen/],
  ['an unknown machine is discovered where the bastion does not own DHCP', { ...unknown, leased: null }, { kind: 'ramdisk', purpose: 'discover' }, /Never seen/],
  ['an unknown machine without a lease is discovered: it gets no secret', { ...unknown, leased: false }, { kind: 'ramdisk', purpose: 'discover', alarm: false }, /Never seen/],
  ['a discovered machine without an order waits in RAM', known, { kind: 'ramdisk', purpose: 'discover' }, /worker-1 is known and has no order/],
  ['a discovered machine without an order boots its disk where so configured', { ...known, afterDiscovery: 'local-disk' }, { kind: 'local-disk' }, /no order/],
  ['an armed machine is installed', ordered('armed'), { kind: 'ramdisk', purpose: 'install', alarm: false }, /Install debian-13 as worker-1, attempt 1/],
  ['an armed machine asked for from a stranger’s address is refused, with an alarm', ordered('armed', { leased: false }), { kind: 'refuse', afterwards: 'retry', alarm: true }, /holds no lease/],
  ['an armed machine of another architecture is refused, then its disk', ordered('armed', { architecture: 'arm64' }), { kind: 'refuse', afterwards: 'local-disk', alarm: false }, /arm64/],
  ['an armed machine whose firmware kind changed is refused, then its disk', ordered('armed', { firmware: 'uefi' }), { kind: 'refuse', afterwards: 'local-disk' }, /bios.*uefi/],
  ['an armed machine whose image is gone is told so', ordered('armed', { order: { ...order, osReady: false } }), { kind: 'refuse', afterwards: 'retry' }, /image of debian-13/],
  ['an armed machine whose system comes from an installation tree gets its installer', ordered('armed', { order: { ...order, os: 'fedora-43', byInstaller: true } }), { kind: 'installer', alarm: false }, /Install fedora-43 as worker-1, attempt 1/],
  ['an installer needs no RAM disk', ordered('armed', { order: { ...order, byInstaller: true }, ramdiskMissing: 'It has not been built.' }), { kind: 'installer' }, /Install/],
  ['an armed machine whose installation tree is gone is told so', ordered('armed', { order: { ...order, os: 'fedora-43', osReady: false, byInstaller: true } }), { kind: 'refuse', afterwards: 'retry' }, /installation tree of fedora-43/],
  ['an installer is refused to a stranger’s address', ordered('armed', { leased: false, order: { ...order, byInstaller: true } }), { kind: 'refuse', afterwards: 'retry', alarm: true }, /holds no lease/],
  ['a machine with other firmware than was discovered gets no installer', ordered('armed', { firmware: 'uefi', order: { ...order, byInstaller: true } }), { kind: 'refuse', afterwards: 'local-disk' }, /bios.*uefi/],
  ['a machine that came back from its installer without finishing failed', ordered('installing', { order: { ...order, state: 'installing', byInstaller: true } }), { kind: 'came-back' }, /came back/],
  ['an installing machine that comes back did not finish', ordered('installing'), { kind: 'came-back', alarm: false }, /came back/],
  ['an installing machine asked for from elsewhere is an alarm and changes nothing', ordered('installing', { leased: false }), { kind: 'refuse', afterwards: 'retry', alarm: true }, /holds no lease/],
  ['a failed machine boots its disk with the reason', ordered('failed'), { kind: 'local-disk' }, /the disk vanished/],
  ['a failed machine waits in RAM where so configured', ordered('failed', { afterFailure: 'wait' }), { kind: 'ramdisk', purpose: 'discover' }, /the disk vanished/],
  ['a contested machine is refused, then its disk', ordered('contested'), { kind: 'refuse', afterwards: 'local-disk' }, /contested/],
  ['an installed machine boots its disk', { ...known, installedBefore: true }, { kind: 'local-disk' }, /worker-1 is installed/],
  ['an installed machine that is ordered again is installed', ordered('armed', { installedBefore: true }), { kind: 'ramdisk', purpose: 'install' }, /Install/],
  ['a machine to be reprovisioned gets the RAM disk, as for an install', of('reprovision', 'armed'), { kind: 'ramdisk', purpose: 'install' }, /Reprovision worker-1 with debian-13, keeping its data, attempt 1/],
  ['a machine to be reprovisioned whose firmware kind changed boots its disk', of('reprovision', 'armed', { firmware: 'uefi' }), { kind: 'refuse', afterwards: 'local-disk' }, /bios.*uefi/],
  ['a reprovision that never finished is told by its name', of('reprovision', 'installing'), { kind: 'came-back' }, /without finishing its reprovision/],
  ['an installed machine whose reprovision was refused boots its disk, with the reason', of('reprovision', 'failed'), { kind: 'local-disk' }, /The reprovision of worker-1 failed: srv is missing/],
  ['an installed machine whose reprovision was cancelled boots its disk', { ...known, installedBefore: true, order: null }, { kind: 'local-disk' }, /is installed/],
  ['a machine to be rescued gets the RAM disk with that task', of('rescue', 'armed'), { kind: 'ramdisk', purpose: 'rescue' }, /Rescue worker-1: SSH in RAM/],
  ['a machine is rescued although its firmware kind changed and no image is there', of('rescue', 'armed', { firmware: 'uefi' }), { kind: 'ramdisk', purpose: 'rescue' }, /Rescue/],
  ['a rescue is refused to a stranger’s address', of('rescue', 'armed', { leased: false }), { kind: 'refuse', alarm: true }, /holds no lease/],
  ['a rescued installed machine that starts again boots its disk, and its rescue is over', of('rescue', 'installing'), { kind: 'local-disk', rescueOver: true }, /The rescue of worker-1 is over.*is installed/],
  ['a rescued machine without a system goes on waiting, and its rescue is over', of('rescue', 'installing', { installedBefore: false }), { kind: 'ramdisk', purpose: 'discover', rescueOver: true }, /is over.*wait for one/],
  ['a stranger does not end a rescue', of('rescue', 'installing', { leased: false }), { kind: 'refuse', alarm: true }, /holds no lease/],
  ['a machine whose disks are to be erased gets the RAM disk with that task', of('erase', 'armed'), { kind: 'ramdisk', purpose: 'erase' }, /Erase disks of worker-1/],
  ['an erasing that never finished is told so', of('erase', 'installing'), { kind: 'came-back' }, /without finishing its erasing/],
  ['limbo is refused every minute, with what to compare', { ...unknown, identity: { kind: 'limbo', because: 'Two machines, one UUID.' } }, { kind: 'refuse', afterwards: 'retry', alarm: true }, /Two machines, one UUID/],
  ['where discovery is by kickstart, an unknown machine gets the installer, to be discovered', byKickstart(unknown), { kind: 'installer', purpose: 'discover', alarm: false }, /Never seen/],
  ['so does one in limbo that an operator lets report', byKickstart({ ...unknown, identity: { kind: 'unknown', heard: 'An operator lets it report.' } }), { kind: 'installer', purpose: 'discover' }, /lets it report/],
  ['no RAM disk is needed for that', byKickstart({ ...unknown, ramdiskMissing: 'It has not been built.' }), { kind: 'installer', purpose: 'discover' }, /Never seen/],
  ['where its tree is gone, an unknown machine is told so and asks again, RAM disk or not', byKickstart(unknown, false), { kind: 'refuse', afterwards: 'retry', alarm: false }, /installation tree fedora-43, whose installer discovers/],
  ['once it has reported, it boots its disk', byKickstart({ ...known, afterDiscovery: 'local-disk' }), { kind: 'local-disk', alarm: false }, /worker-1 is known and has no order\. One begins with its next network boot/],
  ['whether that tree is there is nothing to a machine that is known', byKickstart({ ...known, afterDiscovery: 'local-disk', ramdiskMissing: 'It has not been built.' }, false), { kind: 'local-disk' }, /no order/],
  ['an installed machine boots its disk as ever', byKickstart({ ...known, installedBefore: true }), { kind: 'local-disk' }, /is installed/],
  ['an order for an installation tree gets that tree’s installer', byKickstart(ordered('armed', { order: { ...order, os: 'fedora-44', byInstaller: true } }), false), { kind: 'installer', purpose: 'install' }, /Install fedora-44/],
  ['an order for an image gets the RAM disk, where there is one', byKickstart(ordered('armed')), { kind: 'ramdisk', purpose: 'install' }, /Install debian-13/],
  ['and is told that there is none otherwise', byKickstart(ordered('armed', { ramdiskMissing: 'It has not been built.' })), { kind: 'refuse', afterwards: 'retry' }, /not been built/],
  ['a rescue gets the RAM disk', byKickstart(of('rescue', 'armed')), { kind: 'ramdisk', purpose: 'rescue' }, /Rescue/],
  ['a rescued machine without a system that starts again goes to its disk', byKickstart(of('rescue', 'installing', { installedBefore: false, afterDiscovery: 'local-disk' })), { kind: 'local-disk', rescueOver: true }, /is over/],
  ['a failed machine waits in the RAM disk where so configured and there is one', byKickstart(ordered('failed', { afterFailure: 'wait' })), { kind: 'ramdisk', purpose: 'discover' }, /the disk vanished/],
  ['and boots its disk where there is none', byKickstart(ordered('failed', { afterFailure: 'wait', afterDiscovery: 'local-disk', ramdiskMissing: 'It has not been built.' })), { kind: 'local-disk' }, /the disk vanished/],
  ['limbo is refused as ever', byKickstart({ ...unknown, identity: { kind: 'limbo', because: 'Two machines, one UUID.' } }), { kind: 'refuse', afterwards: 'retry', alarm: true }, /Two machines/],
  ['no installer starts on another architecture', byKickstart({ ...unknown, architecture: 'arm64' }), { kind: 'refuse', afterwards: 'local-disk' }, /arm64/],
  ['without a RAM disk an unknown machine is told so and asks again', { ...unknown, ramdiskMissing: 'It has not been built.' }, { kind: 'refuse', afterwards: 'retry' }, /not been built/],
  ['without a RAM disk an installed machine still boots its disk', { ...known, installedBefore: true, ramdiskMissing: 'It has not been built.' }, { kind: 'local-disk' }, /installed/],
]

for (const [name, situation, wanted, because] of rows) {
  t.test(name, async t => {
    const decision = decideBoot(situation)
    t.match(decision, wanted)
    t.match(decision.because, because)
  })
}

t.test('whatever the situation is, nothing is ever installed without an armed order of a machine that can be told', async t => {
  const states = ['armed', 'installing', 'failed', 'contested'] as const
  let seen = 0
  for (const identity of [unknown.identity, known.identity, { kind: 'limbo', because: 'x' } as const]) {
    for (const state of [null, ...states]) for (const leased of [true, false, null]) for (const architecture of ['x86_64', 'arm64']) for (const firmware of ['bios', 'uefi'] as const) {
      for (const kind of ['install', 'reprovision', 'rescue', 'erase'] as const) for (const installedBefore of [true, false]) for (const ramdiskMissing of [null, 'gone']) for (const byInstaller of [false, true]) for (const discoverer of [null, { os: 'fedora-43', ready: true }]) {
        const decision = decideBoot({ ...known, discoverer, identity, order: state === null ? null : { ...order, kind, state, byInstaller }, leased, architecture, firmware, installedBefore, ramdiskMissing })
        const purpose = decision.kind === 'ramdisk' || decision.kind === 'installer' ? decision.purpose : 'discover'
        const tasks = purpose !== 'discover'
        const writes = kind === 'install' || kind === 'reprovision'
        seen += 1
        if (tasks && (state !== 'armed' || purpose !== (writes ? 'install' : kind) || (decision.kind === 'installer') !== (writes && byInstaller) || identity.kind === 'limbo' || leased === false || architecture === 'arm64' || (writes && firmware !== 'bios') || (ramdiskMissing !== null && decision.kind === 'ramdisk'))) t.fail(JSON.stringify({ identity, kind, state, leased, architecture, firmware }))
        if (decision.kind === 'installer' && !tasks && (discoverer === null || identity.kind !== 'unknown')) t.fail('only the unknown are discovered by an installer, where that is configured')
        if (decision.because === '') t.fail('every decision has a reason')
      }
    }
  }
  t.equal(seen, 11_520)
})
