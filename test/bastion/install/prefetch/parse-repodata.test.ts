import t from 'tap'
import { parsePrimary, parseRepomd } from '../../../../bastion/install/prefetch/parse-repodata.ts'

const data = (type: string, path: string) => `<data type="${type}"><checksum type="sha256">ab</checksum><location href="${path}"/></data>`
const repomd = (...entries: string[]) => `<?xml version="1.0"?><repomd xmlns="http://linux.duke.edu/metadata/repo">${entries.join('\n')}</repomd>`
const primary = data('primary', 'repodata/ab-primary.xml.gz')

t.test('the metadata that package managers read today', t => {
  t.strictSame(parseRepomd(repomd(primary, data('filelists', 'repodata/cd-filelists.xml.zst'), data('primary_db', 'repodata/x.sqlite.bz2'), data('primary_zck', 'repodata/x.zck'), data('group', 'repodata/comps.xml'))), [
    { type: 'primary', path: 'repodata/ab-primary.xml.gz' }, { type: 'filelists', path: 'repodata/cd-filelists.xml.zst' }, { type: 'group', path: 'repodata/comps.xml' },
  ])
  for (const text of ['', '<html>', repomd(), repomd(data('filelists', 'x')), repomd(primary, data('group', '../../secret')), repomd(primary, data('group', '/etc/passwd')), repomd(primary, data('group', 'http://elsewhere/x')), repomd(data('primary', ''))]) t.equal(parseRepomd(text), null, text.slice(0, 60))
  t.end()
})

t.test('a list that never closes what it opens is gone over once', t => {
  const started = performance.now()
  t.equal(parseRepomd(`<repomd>${'<data type="primary">'.repeat(200_000)}`), null)
  t.equal(parseRepomd(`<repomd><data type="primary">${'<location '.repeat(400_000)}</data>`), null)
  t.match(parseRepomd(`<repomd>${'<data '.repeat(500_000)}${primary}`), [{ type: 'primary', path: 'repodata/ab-primary.xml.gz' }], 'what is none hides none')
  t.ok(performance.now() - started < 5000, `${Math.round(performance.now() - started)} ms`)
  t.end()
})

const one = (path: string, size: number | string) => `<package type="rpm"><name>x</name><size package="${size}" installed="9" archive="9"/><location href="${path}"/><format></format></package>`
const read = (parts: string[]) => Array.fromAsync(parsePrimary((async function* () { yield* parts })()))

t.test('packages, wherever the text is cut', async t => {
  const text = `<?xml?><metadata packages="2">${one('Packages/a/a-1~rc^1.rpm', 10)}\n${one('Packages/b/b+c-1.rpm', 20)}</metadata>`
  const wanted = [{ path: 'Packages/a/a-1~rc^1.rpm', sizeBytes: 10 }, { path: 'Packages/b/b+c-1.rpm', sizeBytes: 20 }]
  t.strictSame(await read([text]), wanted)
  t.strictSame(await read([...text]), wanted, 'letter by letter')
  t.strictSame(await read([]), [])
  for (const bad of [one('../x.rpm', 1), one('/x.rpm', 1), one('https://x/y.rpm', 1), one('a.rpm', 'x'), one('a.rpm', '-1'), one('a.rpm', 1).replace('<location ', '<location xml:base="https://elsewhere/" '), one('a.rpm', 1).replace('<location', '<place')]) await t.rejects(read([bad]), RangeError, bad.slice(50, 120))
})
