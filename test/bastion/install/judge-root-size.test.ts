import t from 'tap'
import { rootTooSmall } from '../../../bastion/install/judge-root-size.ts'
import { planOf } from './steps-of.ts'

t.test('the image must fit on /, with what a file system takes and some room', async t => {
  const most = Math.floor((8192 - 256) * 2 ** 20 / 1.15)
  t.equal(rootTooSmall(planOf(), most), null)
  t.match(rootTooSmall(planOf(), most + 1), { code: 'root-too-small', because: /has 6.7 GiB unpacked and needs a \/ of 8.0 GiB; the layout gives it 8.0 GiB/, nextStep: /larger/ })
  t.equal(rootTooSmall({ ...planOf(), volumes: [] }, 1)?.code, 'root-too-small', 'no / at all')
})
