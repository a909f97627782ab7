// What `labctl-bastion preflight` says of the tree that discovers; the rest of it is seen through `labctl doctor`.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { preflight } from '../../bastion/preflight.ts'
import { placeTree } from '../lib/place-tree.ts'

t.test('the tree whose installer discovers is looked for, and nothing is where the RAM disk does', async t => {
  const folder = t.testdir({ os: {} })
  const path = join(folder, 'bastion.yaml')
  const checked = async (discovery: string) => {
    writeFileSync(path, `state: ${folder}/state\nos: {directory: ${folder}/os}\ndiscovery: {${discovery}}\n`)
    return (await preflight(path)).filter(({ what }) => what === 'discovery')
  }
  t.same(await checked(''), [])
  t.match(await checked('by: kickstart, os: fedora-43'), [{ state: 'missing', because: /fedora-43 \(discovery\.os\), which is not here/, nextStep: /^labctl os add fedora-43 --url / }])
  placeTree(join(folder, 'os'), 'fedora-43')
  t.same((await checked('by: kickstart, os: fedora-43')).map(({ state }) => state), ['ok'])
  rmSync(join(folder, 'os/fedora-43/tree.json'))
  t.match(await checked('by: kickstart, os: fedora-43'), [{ state: 'missing' }])
})
