import t from 'tap'
import { parseAptSources } from '../../../bastion/platform/parse-apt-sources.ts'

t.test('a line of a .list file is read with its options and components', t => {
  t.strictSame(parseAptSources('deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg] http://deb.example/debian bookworm main contrib # ours\n', 'list'), [
    { uris: ['http://deb.example/debian'], suites: ['bookworm'], components: ['main', 'contrib'], signedBy: '/usr/share/keyrings/a.gpg' },
  ])
  t.end()
})

t.test('comments, sources of source code and nonsense in a .list file are left out', t => {
  t.strictSame(parseAptSources('# deb http://a b main\ndeb-src http://a b main\n\nhello\n', 'list'), [])
  t.end()
})

t.test('a deb822 file is read stanza by stanza, with continued lines and comments inside', t => {
  const text = 'Types: deb deb-src\n# a comment\nURIs: http://one.example/debian\n http://two.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /k.gpg\n\nTypes: deb\nURIs: http://three.example\nSuites: x\nComponents: main\nEnabled: no\n'
  t.strictSame(parseAptSources(text, 'deb822'), [
    { uris: ['http://one.example/debian', 'http://two.example/debian'], suites: ['bookworm', 'bookworm-updates'], components: ['main'], signedBy: '/k.gpg' },
  ])
  t.end()
})

t.test('a key embedded in a deb822 file is not taken for the path of a keyring', t => {
  const text = 'Types: deb\nURIs: http://a.example\nSuites: trixie\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ\n'
  t.equal(parseAptSources(text, 'deb822')[0]?.signedBy, null)
  t.end()
})
