// npm run docs: writes the pages of docs/ that are made from the code.
import { writeFileSync } from 'node:fs'
import { generatedDocs } from './generated-docs.ts'

for (const [name, text] of Object.entries(generatedDocs())) writeFileSync(new URL(`../docs/${name}`, import.meta.url), text)
