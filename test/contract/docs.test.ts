import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { generatedDocs } from '../../scripts/generated-docs.ts'
import { listFiles, projectFolder, textOf } from '../house/list-sources.ts'

for (const [name, text] of Object.entries(generatedDocs())) {
  t.test(`docs/${name} is what the code says now (npm run docs writes it)`, async t => {
    t.equal(readFileSync(`${projectFolder}docs/${name}`, 'utf8'), text)
  })
}

t.test('every invariant of docs/architecture.md names a test that is there, and that says so', async t => {
  const rows = [...textOf('docs/architecture.md').matchAll(/^\| \*\*(I\d+)\*\* \| .* \| `([^`]+)`: (.+) \|$/gm)]
  t.ok(rows.length >= 8, `${rows.length} invariants`)
  for (const [, id, file, name] of rows) {
    t.ok(existsSync(`${projectFolder}${file}`) && textOf(file!).includes(name!), `${id}: ${file} has “${name}”`)
  }
})

t.test('every file that a page of docs/ or the README links to is there', async t => {
  const pages = listFiles().filter(path => path.endsWith('.md'))
  const missing = pages.flatMap(page => [...textOf(page).matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map(match => match[1]!)
    .filter(link => !existsSync(new URL(link, `file://${projectFolder}${page}`))).map(link => `${page}: ${link}`))
  t.same(missing, [])
})

t.test('every refusal of the planners stands in a page for operators', async t => {
  const codes = new Set(listFiles().filter(path => /^bastion\/volumes\/.*\.ts$/.test(path) && existsSync(`${projectFolder}${path}`)).flatMap(path => [...textOf(path).matchAll(/(?:code: |\b(?:refuse|odd)\()'([a-z]+(?:-[a-z]+)+)'/g)].map(match => match[1]!)))
  t.ok(codes.size > 40, `${codes.size} codes`)
  const pages = `${textOf('docs/reprovisioning.md')}${textOf('docs/installing.md')}`
  t.same([...codes].filter(code => !pages.includes(`\`${code}\``)), [])
})
