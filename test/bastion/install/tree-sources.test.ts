import { readFileSync } from 'node:fs'
import t from 'tap'
import { decideKickstartVersion } from '../../../bastion/install/decide-kickstart-version.ts'
import { judgeTreeRequest } from '../../../bastion/install/judge-tree-request.ts'
import { parseTreeinfo } from '../../../bastion/install/parse-treeinfo.ts'

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/treeinfo/${name}`, import.meta.url), 'utf8')
const codes = (text: string) => {
  const parsed = parseTreeinfo(text)
  return parsed.kind === 'refused' ? parsed.refusals.map(({ code }) => code) : []
}
const fedora = fixture('fedora-43-server')
const centos = fixture('centos-stream-10-baseos')

t.test('a tree of Fedora is its kernel, initrd and stage2 with their sums, and its own repository', t => {
  const sum = (digit: string) => digit.repeat(64)
  t.strictSame(parseTreeinfo(fedora), { kind: 'tree', tree: {
    family: 'Fedora', release: '43', architecture: 'x86_64',
    kernel: { path: 'images/pxeboot/vmlinuz', sha256: sum('a') }, initrd: { path: 'images/pxeboot/initrd.img', sha256: sum('b') }, stage2: { path: 'images/install.img', sha256: sum('c') },
    repositories: [{ id: 'Server', path: '.', repomdSha256: sum('d') }],
  } })
  t.end()
})

t.test('a tree of CentOS Stream has a repository beside it', t => {
  t.match(parseTreeinfo(centos), { tree: { family: 'CentOS Stream', release: '10', repositories: [{ id: 'AppStream', path: '../../../AppStream/x86_64/os' }, { id: 'BaseOS', path: '.' }] } })
  t.end()
})

t.test('CR LF, a byte order mark and comments change nothing', t => {
  t.strictSame(parseTreeinfo(`\uFEFF# made by hand\r\n${fedora.replaceAll('\n', '\r\n')}`), parseTreeinfo(fedora))
  t.end()
})

t.test('what could be another kernel than the one meant is refused', t => {
  t.strictSame(codes(fedora.replace(/^images\/pxeboot\/vmlinuz = .*$/m, '')), ['treeinfo-checksum'], 'no sum of the kernel')
  t.strictSame(codes(fedora.replace(/^(images\/pxeboot\/initrd.img = )sha256:.*$/m, '$1md5:00112233445566778899aabbccddeeff')), ['treeinfo-checksum'], 'a sum of a kind that can be forged')
  t.strictSame(codes(fedora.replace(/\[checksums\][^[]*/, '')), ['treeinfo-checksum', 'treeinfo-checksum', 'treeinfo-checksum'], 'no sums at all')
  for (const path of ['../../../etc/shadow', '/etc/shadow', 'images/../../x', 'images//x', './x', 'images/x y', 'images/%2e%2e/x', 'http://elsewhere/vmlinuz', '.hidden'])
    t.ok(codes(fedora.replace('kernel = images/pxeboot/vmlinuz', `kernel = ${path}`)).includes('treeinfo-path'), path)
  for (const path of ['../../../../../x', '/x', 'http://elsewhere/', '..', 'a/../b'])
    t.ok(codes(fedora.replace(/^repository = \.$/gm, `repository = ${path}`)).includes('treeinfo-path'), `repository ${path}`)
  t.end()
})

t.test('what is no .treeinfo is refused in so many words', t => {
  for (const text of ['', '<html>404 not found</html>', '[general\nfamily = Fedora', 'family = Fedora', '\0\0\0', `[a]\n${'x = 1\n'.repeat(100_000)}`]) t.strictSame(codes(text), ['treeinfo-invalid'], JSON.stringify(text.slice(0, 20)))
  t.ok(codes('[general]\nfamily = Fedora\n').length >= 4, 'everything that is missing is named at once')
  t.end()
})

t.test('a release is refused that no kickstart is made for', t => {
  t.strictSame(decideKickstartVersion('Fedora', '43'), { version: 'F43', family: 'fedora', major: 43 })
  t.strictSame(decideKickstartVersion('Red Hat Enterprise Linux', '9.6'), { version: 'RHEL9', family: 'rhel', major: 9 })
  for (const family of ['CentOS Stream', 'AlmaLinux', 'Rocky Linux']) t.match(decideKickstartVersion(family, '10'), { version: 'RHEL10' }, family)
  for (const [family, release] of [['Fedora', '41'], ['Fedora', 'Rawhide'], ['AlmaLinux', '8.10'], ['Rocky Linux', '11'], ['Fedora', '']] as const) t.match(decideKickstartVersion(family, release), { code: 'os-release' }, `${family} ${release}`)
  t.match(decideKickstartVersion('openSUSE', '16'), { code: 'os-family', nextStep: /Fedora 42, 43, 44 and 45/ })
  t.end()
})

t.test('plain HTTP needs the sum of the .treeinfo; secrets in URLs are refused', t => {
  t.strictSame(judgeTreeRequest({ url: 'https://mirror.example/43/os', sha256: null }), { kind: 'url', url: 'https://mirror.example/43/os/' })
  t.strictSame(judgeTreeRequest({ url: 'http://mirror.example/43/os/.treeinfo', sha256: 'a'.repeat(64) }), { kind: 'url', url: 'http://mirror.example/43/os/' })
  t.match(judgeTreeRequest({ url: 'http://mirror.example/43/os/', sha256: null }), { refusal: { code: 'tree-trust', nextStep: /--sha256/ } })
  t.match(judgeTreeRequest({ url: 'http://mirror.example/43/os/', sha256: 'abc' }), { refusal: { code: 'tree-sha256' } })
  for (const url of ['mirror.example/43', 'ftp://mirror.example/', 'file:///etc/', 'https://user:secret@mirror.example/', 'https://mirror.example/?a=b', 'https://mirror.example/#a', '']) {
    const judged = judgeTreeRequest({ url, sha256: null })
    t.match(judged, { refusal: { code: 'tree-url' } }, url)
    t.notMatch(JSON.stringify(judged), /secret/)
  }
  t.end()
})
