// npm run bench: prints figures beside what is aimed at. Asserts nothing. `npm run bench -- dispatch machines` measures these groups only.
import { cpus, loadavg } from 'node:os'
import { Figures } from './figures.ts'
import { groups, partialGroups, type Group } from './groups.ts'

const known: Record<string, Group> = { ...groups, ...partialGroups }
const asked = process.argv.slice(2)
const unknown = asked.filter(name => known[name] === undefined)
if (unknown.length > 0) {
  console.error(`There is no group ${unknown.join(', ')}; there are:\n${Object.entries(known).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`).join('\n')}\nWithout a name all are measured but ${Object.keys(partialGroups).join(', ')}.`)
  process.exit(2)
}
console.log(`${cpus()[0]?.model}, ${cpus().length} processors, load ${loadavg()[0]!.toFixed(1)} at the start, Node ${process.versions.node}.`)
const figures = new Figures()
for (const name of asked.length > 0 ? asked : Object.keys(groups)) {
  console.log(`\n${name}: ${known[name]!.about}`)
  await known[name]!.run(figures)
}
console.log(`\n${figures.table()}`)
