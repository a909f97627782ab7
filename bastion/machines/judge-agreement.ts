// Decides whether what a machine reports now agrees with what discovery recorded, before any secret is released to it.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { isJunk } from './junk-identities.ts'

/** Every disagreement in UUID, serial, MACs, firmware and disk serials; empty when the facts agree. `compare`: with `board`, firmware and disks may differ, for orders that release no secret and are there for broken disks. `isShared`: whether an operator said that more than one machine has a UUID or serial. */
export function judgeAgreement(recorded: { uuid: string | null, serial: string | null, facts: Facts }, now: Facts, compare: 'machine' | 'board' = 'machine', isShared: (value: string) => boolean = () => false): Refusal[] {
  const before = recorded.facts
  const refusals: Refusal[] = []
  const differ = (what: string, was: string | null, is: string | null) => {
    if (was !== is) refusals.push(refusal(`${what} was ${was ?? 'none'} at discovery and is ${is ?? 'none'} now.`))
  }
  if (!hasProof(before, isShared)) refusals.push({
    code: 'identity-weak', because: 'The machine has neither an SMBIOS UUID nor a serial number of its own, and no disk with a serial: nothing but a MAC address tells it from others.',
    nextStep: 'Set a serial number or UUID in its firmware, let it be discovered again, and order again.',
  })
  differ('The SMBIOS UUID', before.system.uuid, now.system.uuid)
  differ('The serial number', before.system.serial, now.system.serial)
  differ('The set of MAC addresses', macsOf(before), macsOf(now))
  if (compare === 'board') return refusals
  differ('The firmware kind', before.firmware, now.firmware)
  differ('The set of disks', disksOf(before), disksOf(now))
  return refusals
}

function hasProof({ system, disks }: Facts, isShared: (value: string) => boolean): boolean {
  return [system.uuid, system.serial].some(value => value !== null && !isJunk(value) && !isShared(value)) || disks.some(disk => (disk.serial ?? disk.wwn) !== null)
}

function macsOf(facts: Facts): string {
  return facts.nics.map(nic => nic.mac).toSorted().join(' ')
}

function disksOf(facts: Facts): string {
  return facts.disks.filter(disk => !disk.removable).map(identityOf).toSorted().join(', ')
}

function identityOf(disk: Disk): string {
  return disk.serial ?? disk.wwn ?? `a disk of ${disk.sizeBytes} bytes without a serial`
}

function refusal(because: string): Refusal {
  return {
    code: 'facts-disagree', because,
    nextStep: 'Compare the two, and say which is right: labctl provision resolve',
  }
}
