import t from 'tap'
import { planMirror, renderAptSources } from '../../../bastion/platform/plan-mirror.ts'

const nothing = { mirror: null, securityMirror: null, keyring: null }
const source = (uri: string, ...suites: string[]) => ({ uris: [uri], suites, components: ['main'], signedBy: '/k.gpg' })

t.test('the host’s mirrors serve another release: the suite is replaced, updates and security keep their part', t => {
  t.strictSame(planMirror([source('http://s.example/debian-security', 'bookworm-security'), source('http://d.example/debian', 'bookworm', 'bookworm-updates')], nothing, 'trixie'), {
    suite: 'trixie', keyring: '/k.gpg', parts: [
      { uri: 'http://d.example/debian', suite: 'trixie', needed: true },
      { uri: 'http://s.example/debian-security', suite: 'trixie-security', needed: false },
      { uri: 'http://d.example/debian', suite: 'trixie-updates', needed: false },
    ],
  })
  t.end()
})

t.test('a mirror that was given is taken instead of the host’s, with Debian’s keyring', t => {
  t.strictSame(planMirror([source('http://d.example/debian', 'trixie')], { ...nothing, mirror: 'http://given.example/debian', securityMirror: 'http://given.example/security' }, 'trixie'), {
    suite: 'trixie', keyring: '/usr/share/keyrings/debian-archive-keyring.gpg', parts: [
      { uri: 'http://given.example/debian', suite: 'trixie', needed: true }, { uri: 'http://given.example/security', suite: 'trixie-security', needed: true },
    ],
  })
  t.end()
})

t.test('a host of another distribution, or with third-party sources only, is refused with what to configure', t => {
  const refusal = planMirror([source('http://u.example/ubuntu', 'noble'), { ...source('http://n.example', 'nodistro') }], nothing, 'trixie')
  t.match(refusal, { code: 'no-mirror', nextStep: /build\.mirror/ })
  t.match(planMirror([{ ...source('http://d.example/debian', 'trixie'), components: ['contrib'] }], nothing, 'trixie'), { code: 'no-mirror' })
  t.end()
})

t.test('the keyring given wins over the host’s', t => {
  t.match(planMirror([source('http://d.example/debian', 'trixie')], { ...nothing, keyring: '/own.gpg' }, 'trixie'), { keyring: '/own.gpg' })
  t.end()
})

t.test('sources are rendered as deb822 stanzas', t => {
  t.equal(renderAptSources([{ uri: 'http://d.example/debian', suite: 'trixie', needed: true }], ['main', 'contrib'], '/k.gpg'), 'Types: deb\nURIs: http://d.example/debian\nSuites: trixie\nComponents: main contrib\nSigned-By: /k.gpg\n')
  t.end()
})
