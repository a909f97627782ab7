// RAID arrays are never touched; but a degraded one says that a disk is failing or was swapped, and that is for an operator to look at first.
import type { Facts, RaidArray } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'

/** A refusal for each array that is degraded, or of which that can't be told. */
export function judgeRaid(facts: Facts): Refusal[] {
  const arrays = facts.raid.flatMap(array => {
    const wrong = degraded(array)
    return wrong === null ? [] : [{ code: 'raid-degraded', because: `The RAID array ${array.name ?? array.uuid} (${array.level ?? 'level unknown'}) is not whole: ${wrong}.`, nextStep: `Repair it, and retry; or, since nothing of it is touched: --accept degraded-raid=${array.uuid}`, accept: `degraded-raid=${array.uuid}` }]
  })
  const known = new Set(facts.raid.flatMap(array => array.members.map(member => member.device)))
  const unread = facts.disks.flatMap(disk => [disk, ...disk.partitions]).filter(({ name, signature }) => signature !== null && /linux_raid_member/.test(signature.type) && !known.has(`/dev/${name}`))
  const identityOf = ({ name, signature }: typeof unread[number]): string => (signature?.uuid ?? name).replaceAll(/\s/g, '_')
  return [...arrays, ...[...new Set(unread.map(each => identityOf(each)))].map(identity => {
    const names = unread.filter(each => identityOf(each) === identity).map(({ name }) => name)
    return { code: 'raid-degraded', because: `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} part of a RAID array whose state could not be read.`, nextStep: `Look at it (mdadm --examine), and retry; or, since nothing of it is touched: --accept degraded-raid=${identity}`, accept: `degraded-raid=${identity}` }
  })]
}

function degraded({ members, devices, states }: RaidArray): string | null {
  const active = members.filter(member => !/spare/i.test(member.role ?? ''))
  if (devices != null && active.length < devices) return `${active.length} of ${devices} members were seen`
  if (active.some(member => member.role !== null && /missing|faulty/i.test(member.role))) return 'a member is faulty'
  const state = states?.find(each => /[.]/.test(each))
  if (state !== undefined) return `its members remember the state ${state}`
  const events = new Set(active.map(member => member.events))
  return events.size > 1 ? `its members differ in age (events ${[...events].join(', ')})` : null
}
