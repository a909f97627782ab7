import t from 'tap'
import { Value } from 'typebox/value'
import { StoragePlanSchema } from '../../../protocol/storage-plan.ts'
import { StorageRecordSchema } from '../../../protocol/storage-record.ts'
import { diskOf, factsOf } from './facts-of.ts'
import { ask, installed, planOf } from './reprovision-of.ts'

t.test('a healthy machine gets its system made anew in place, and everything else stays', async t => {
  const { facts, record } = installed(factsOf([diskOf('sda'), diskOf('sdb', { sizeBytes: 64 * 2 ** 30 })]))
  t.ok(Value.Check(StorageRecordSchema, record))
  const plan = planOf(ask({ facts, record }))
  t.ok(Value.Check(StoragePlanSchema, plan))
  t.same(plan.volumes.map(({ name, action }) => [name, action]), [['root', 'reformat'], ['var', 'reformat'], ['home', 'keep'], ['srv', 'keep'], ['longhorn', 'keep']])
  t.same(plan.disks.map(({ action, newTableUuid, planned }) => [action, newTableUuid, planned.map(each => `${each.role} ${each.action}`)]), [['reuse', null, ['bios-boot reuse', 'esp reuse', 'boot reformat', 'lvm reuse']]])
  t.same(plan.kept.map(({ mount }) => mount), ['/home', '/srv', '/var/lib/longhorn'])
})
