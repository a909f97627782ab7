import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { startFaultyMirror } from './faulty-mirror.ts'
import { startLoopbackBastion, type LoopbackBastion } from './loopback-bastion.ts'
import { putTree } from './put-tree.ts'

/** A bastion that has the installation tree `fedora-43`, from a mirror of its own; both end with the test. `config` as for {@link startLoopbackBastion}. */
export async function startBastionWithTree(t: Test, config: Record<string, Record<string, unknown>> = {}): Promise<LoopbackBastion> {
  const mirror = await startFaultyMirror()
  t.teardown(() => mirror.stop())
  const { treeinfo } = putTree(mirror, '/43/os')
  const bastion = await startLoopbackBastion(t, config)
  await bastion.control('POST', '/api/os', { name: 'fedora-43', url: `${mirror.url}/43/os/`, sha256: createHash('sha256').update(treeinfo).digest('hex') })
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await bastion.control('GET', '/api/os/fedora-43')).json()['state'] === 'ready') return bastion
    await delay(50)
  }
  throw new Error(`The tree was not added:\n${bastion.log().slice(-2000)}`)
}
