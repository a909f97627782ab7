import t from 'tap'
import { rootTooSmall } from '../../../bastion/install/judge-root-size.ts'
import { planOf } from './steps-of.ts'

const gib = 2 ** 30
const tar = (tarBytes: number) => ({ tarBytes, storeBytes: tarBytes })

t.test('the image must fit on /, with what a file system takes and some room', async t => {
  const most = Math.floor((8192 - 256) * 2 ** 20 / 1.15)
  t.equal(rootTooSmall(planOf(), tar(most), 16 * gib), null)
  t.match(rootTooSmall(planOf(), tar(most + 1), 16 * gib), { code: 'root-too-small', because: /has 6.7 GiB unpacked and needs a \/ of 8.0 GiB; the layout gives it 8.0 GiB/, nextStep: /larger/ })
  t.equal(rootTooSmall({ ...planOf(), volumes: [] }, tar(1), 16 * gib)?.code, 'root-too-small', 'no / at all')
})

t.test('where the memory does not hold the image while it is unpacked, it must fit beside itself', async t => {
  t.equal(rootTooSmall(planOf(), tar(3.7 * gib), gib), null)
  t.match(rootTooSmall(planOf(), tar(3.8 * gib), 4 * gib), { code: 'root-too-small', because: /needs a \/ of 8.2 GiB, since the memory of 4.0 GiB does not hold the image while it is unpacked; the layout gives it 8.0 GiB/ })
  t.equal(rootTooSmall(planOf(), tar(3.8 * gib), 5 * gib), null)
  t.match(rootTooSmall(planOf(), { tarBytes: 3 * gib, storeBytes: 5 * gib }, 2 * gib), { code: 'root-too-small' }, 'compressed, both lie there')
})
