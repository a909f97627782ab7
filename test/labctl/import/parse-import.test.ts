import t from 'tap'
import { parseLabelSelector, matchesSelectors } from '../../../protocol/label-selectors.ts'
import { judgeLabels } from '../../../protocol/labels.ts'
import { parseImportCsv } from '../../../labctl/import/parse-import-csv.ts'
import { parseImportYaml } from '../../../labctl/import/parse-import-yaml.ts'
import { parseLabelWords } from '../../../labctl/import/parse-label-words.ts'

const told = (text: string) => parseImportCsv(text).mistakes.map(({ because }) => because)
const mac = '52:54:00:00:00:01'

t.test('a spreadsheet’s CSV is read: byte order mark, semicolons, CR LF, quotes, empty lines and comments, with the line of each row', async t => {
  const text = `\ufeffMAC;Serial;Name;Labels;label.zone;Address;Gateway;DNS\r\n# rack 3\r\n${mac};"AB;1";worker-1;rack=3 spare-;a;10.0.0.5/24;10.0.0.1;"10.0.0.2, 10.0.0.3"\r\n;;;;;;;\r\n\r\n;="0123";'worker-2;;;;;\r\n52:54:00:00:00:02;"=""77""";"two\nlines";;;;;\r\n52:54:00:00:00:03;x;;;;;;`
  t.same(parseImportCsv(text), { mistakes: [], rows: [
    { line: 3, mac, serial: 'AB;1', name: 'worker-1', labels: { rack: '3', spare: null, zone: 'a' }, settings: { network: { cards: [{ mac, addresses: ['10.0.0.5/24'], gateway: '10.0.0.1' }] }, dns: ['10.0.0.2', '10.0.0.3'] } },
    { line: 6, serial: '0123', name: 'worker-2' },
    { line: 7, mac: '52:54:00:00:00:02', serial: '77', name: 'two\nlines' },
    { line: 9, mac: '52:54:00:00:00:03', serial: 'x' },
  ] })
})

t.test('commas and tabs do as well, and every column has its setting', async t => {
  const one = { line: 2, mac, role: 'infra', settings: { network: { cards: [{ mac }], vlans: [{ id: 20, on: mac, dhcp: true, gateway6: 'fe80::1' }] }, searchDomains: ['a.example', 'b.example'], ntp: ['ntp.example'], timezone: 'Europe/Berlin', locale: 'de_DE.UTF-8' } }
  const columns = ['mac', 'role', 'vlan', 'dhcp', 'gateway6', 'search', 'ntp', 'timezone', 'locale']
  const cells = [mac, 'infra', '20', 'Yes', 'fe80::1', 'a.example b.example', 'ntp.example', 'Europe/Berlin', 'de_DE.UTF-8']
  for (const mark of [',', '\t', ';']) t.same(parseImportCsv(`${columns.join(mark)}\n${cells.join(mark)}\n`), { mistakes: [], rows: [one] })
  t.same(parseImportCsv('uuid\n5e9b7a10-0000-4000-8000-000000000001\n').rows, [{ line: 2, uuid: '5e9b7a10-0000-4000-8000-000000000001' }])
  t.same([parseImportCsv(''), parseImportCsv('mac,name\n')], [{ rows: [], mistakes: [] }, { rows: [], mistakes: [] }])
})

for (const [what, text, wanted] of [
  ['a column that is not known', 'mac,nmae\n1,2\n', /^line 1: there is no column "nmae"; did you mean name\?/],
  ['a column that is there twice', `mac,name,MAC\n${mac},a,b\n`, /^line 1: the column MAC is there twice/],
  ['a column without a title', 'mac,\n1,2\n', /^line 1: column 2 has no title/],
  ['more cells than columns', 'mac,name\n1,2,3\n', /^line 2: it has 3 cells, and there are 2 columns/],
  ['a formula', 'mac,name\n1,=A1&"x"\n', /^line 2: name: .*begins as a formula does/],
  ['a command in a cell', 'mac,name\n1,@SUM(1)\n', /begins as a formula/],
  ['a number made of a serial', 'serial,name\n1.23457E+11,a\n', /^line 2: serial: "1\.23457E\+11" is a number that a spreadsheet made/],
  ['a spreadsheet’s error', 'mac,name\n1,#REF!\n', /^line 2: name: .*spreadsheet’s error/],
  ['a quote without an end', 'mac,name\n"1,2\n3,4\n', /^line \d: this is no CSV: .*[Qq]uote/],
  ['an address without a card', 'serial,address\nS1,10.0.0.5/24\n', /^line 2: address: .*its mac is wanted too/],
  ['a word that is neither yes nor no', `mac,dhcp\n${mac},perhaps\n`, /^line 2: dhcp: "perhaps" is neither/],
  ['a VLAN without a number', `mac,vlan\n${mac},red\n`, /^line 2: vlan: "red"/],
  ['a label without a value', `mac,labels\n${mac},rack\n`, /^line 2: labels: "rack" says nothing/],
  ['a label said twice', `mac,labels,label.rack\n${mac},rack=1,2\n`, /^line 2: label\.rack: the column labels says this label too/],
] as const) {
  t.test(`${what} is a mistake with its line`, async t => {
    t.ok(told(text).some(because => wanted.test(because)), JSON.stringify(told(text)))
  })
}

t.test('all mistakes are told at once, and the rows without one are given', async t => {
  const { rows, mistakes } = parseImportCsv(`mac,name\n${mac},=1\n52:54:00:00:00:02,b\n1.5E+10,c,d\n`)
  t.match(mistakes.map(({ because }) => because), [/^line 2/, /^line 4: it has 3 cells/, /^line 4: mac/])
  t.same(rows, [{ line: 3, mac: '52:54:00:00:00:02', name: 'b' }])
})

t.test('YAML is a list of machines, or one under machines, each with its line', async t => {
  const text = `# lab\nmachines:\n  - mac: ${mac}\n    name: worker-1\n    labels: { rack: "3", old: null }\n\n  - serial: S2\n    settings:\n      dns: [10.0.0.2]\n`
  t.same(parseImportYaml(text), { mistakes: [], rows: [{ line: 3, mac, name: 'worker-1', labels: { rack: '3', old: null } }, { line: 7, serial: 'S2', settings: { dns: ['10.0.0.2'] } }] })
  t.same(parseImportYaml('\ufeff[{"mac": "1"}]').rows, [{ line: 1, mac: '1' }])
  t.match(parseImportYaml('- a\n- mac: x\n').mistakes, [{ because: /^line 1: wanted is a machine/ }])
  t.match(parseImportYaml('- mac: "x\n').mistakes, [{ because: /^line \d/ }])
  t.match(parseImportYaml('machines: []\nrole: x\n').mistakes, [{ because: /there is role/ }])
  t.match(parseImportYaml('text').mistakes, [{ because: /wanted is a list/ }])
  t.same(parseImportYaml(''), { rows: [], mistakes: [] })
})

t.test('labels have the syntax that Kubernetes’ have', async t => {
  const good = { a: '', rack: '3', 'example.com/zone-1': 'a.b_c-D', [`${'x'.repeat(63)}`]: 'y'.repeat(63), [`${'p.'.repeat(126)}p/n`]: 'v' }
  t.same(judgeLabels(good), [])
  for (const [key, value] of [['', 'x'], ['-a', 'x'], ['a-', 'x'], ['a b', 'x'], ['A.Example/b', 'x'], ['a/b/c', 'x'], ['/a', 'x'], ['a/', 'x'], ['x'.repeat(64), 'x'], ['k', 'ä'], ['k', '-'], ['k', 'a\n'], ['k', 'y'.repeat(64)]]) t.equal(judgeLabels({ [key!]: value! }).length, 1, `${key}=${value}`)
  t.same(parseLabelWords(['a=1', 'b-', 'c=', 'd=x=y']), { labels: { a: '1', b: null, c: '', d: 'x=y' }, mistakes: judgeLabels({ d: 'x=y' }) })
  t.same(parseLabelWords(['a=1', 'a=2']).mistakes, ['a is said twice'])
})

t.test('machines are chosen by their labels as kubectl chooses', async t => {
  const labels = { rack: '3', spare: '' }
  for (const [text, meets] of [['rack=3', true], ['rack==3', true], ['rack=4', false], ['rack!=4', true], ['rack!=3', false], ['zone!=a', true], ['rack', true], ['zone', false], ['!zone', true], ['!rack', false], ['spare=', true]] as const) {
    const selector = parseLabelSelector(text)
    t.ok('key' in selector && matchesSelectors(labels, [selector]) === meets, text)
  }
  for (const text of ['', '=', '!', '=3', '!rack=3', 'a b', 'rack=not fine']) t.ok('mistake' in parseLabelSelector(text), text)
})
