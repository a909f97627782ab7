// Holds the names: banned words in file names and exported names, doc comments on exports, nothing silenced without a reason.
import t from 'tap'
import { listFiles, listSources, textOf } from './list-sources.ts'

const banned = /(^|[-_./]|(?<=[a-z]))(handle|handler|process|processor|manager|util|utils|helper|helpers|common|misc)(?=$|[-_./A-Z])/i

t.test('no file is named by a word that says nothing', async t => {
  const wrong = listFiles().filter(path => /\.(ts|hbs|sh)$/.test(path) && !path.startsWith('docs/')).filter(path => banned.test(path.replace(/\.[a-z.]+$/, '')))
  t.same(wrong, [])
})

t.test('no export is named by a word that says nothing', async t => {
  const wrong = listSources().flatMap(path => [...textOf(path).matchAll(/^export (?:async )?(?:function|const|class|interface|type) (\w+)/gm)]
    .map(match => match[1]!).filter(name => /(^|[a-z])(Handle|handle|Manager|manager|Util|util|Helper|helper|Misc|misc)(er|r|s)?($|[A-Z])/.test(name)).map(name => `${path}: ${name}`))
  t.same(wrong, [])
})

t.test('there are no enums, no barrels and no default exports', async t => {
  t.same(listSources().filter(path => /^(export )?(const )?enum /m.test(textOf(path))), [])
  t.same(listSources().filter(path => path.endsWith('/index.ts')), [])
  t.same(listSources().filter(path => /^export default /m.test(textOf(path))), [])
})

t.test('every exported function and class has a doc comment', async t => {
  const bare = listSources().flatMap(path => {
    const lines = textOf(path).split('\n')
    return lines.flatMap((line, index) => /^export (async )?(function|class) /.test(line) && !/\*\/\s*$/.test(lines[index - 1] ?? '') ? [`${path}:${index + 1} ${line.slice(0, 60)}`] : [])
  })
  t.same(bare, [])
})

t.test('nothing is postponed or silenced in the programs', async t => {
  const marks = new RegExp(['TO[D]O', 'FIXM[E]', '@ts-ignor[e]', '@ts-expect-erro[r]', 'as an[y]\\b'].join('|'))
  t.same(listSources().filter(path => marks.test(textOf(path))), [])
})
