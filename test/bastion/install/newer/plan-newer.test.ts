import t from 'tap'
import { planNewer } from '../../../../bastion/install/newer/plan-newer.ts'

t.test('the next release is looked for where mirrors have it', t => {
  const at = (url: string, release: string, image: null | { path: string, sizeBytes: number, modifiedMs: number } = null) => planNewer({ url, release, image })
  t.equal(at('https://m.example/fedora/linux/releases/43/Server/x86_64/os/', '43'), 'https://m.example/fedora/linux/releases/44/Server/x86_64/os/')
  t.equal(at('https://m.example/9-stream/BaseOS/x86_64/os/', '9'), 'https://m.example/10-stream/BaseOS/x86_64/os/')
  t.equal(at('https://m.example/almalinux/9.6/BaseOS/x86_64/os/', '9.6'), 'https://m.example/almalinux/9.7/BaseOS/x86_64/os/')
  t.equal(at('https://m.example/rocky/9/BaseOS/x86_64/os/', '9.6'), 'https://m.example/rocky/10/BaseOS/x86_64/os/')
  for (const [url, release] of [['https://m.example/fedora/Server/x86_64/os/', '43'], ['https://m.example/43x/os/', '43'], ['https://m.example/143/os/', '43'], ['no url', '43'], ['https://43.example/os/', '43'], ['https://m.example/43/os/', 'Rawhide']] as const) t.equal(at(url, release), null, url)
  t.equal(at('file:///srv/43/dvd.iso/', '43', { path: '/srv/43/dvd.iso', sizeBytes: 1, modifiedMs: 1 }), null, 'an image')
  t.end()
})
