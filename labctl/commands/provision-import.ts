import { Command, Option } from 'commander'
import type { ImportAnswer } from '../../protocol/import.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { openBastion } from '../client/open-bastion.ts'
import { readImportFile } from '../import/read-import-file.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderTable } from '../output/render-table.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

interface ImportOptions extends FormatOptions { dryRun?: boolean, format?: 'csv' | 'yaml' }

const notes = `
CSV: the first line names the columns: mac, uuid, serial (one of them at least), name, role, labels or label.KEY,
dhcp, address, gateway, gateway6, vlan, dns, search, ntp, timezone, locale. YAML: a list of machines with mac, uuid,
serial, name, role, labels and settings. docs/import.md has both in full.

What is not said of a machine stays as it is. The whole file is judged before anything is changed, and the same file
again changes nothing. What is said of machines that were never seen waits for them.

Examples:
  labctl provision import rack3.csv --dry-run
  labctl provision import rack3.csv
  labctl provision import machines.yaml -o json`

/** `labctl provision import`: gives many machines names, roles, network settings and labels, from a file. */
export function provisionImport(session: Session): Command {
  return withFormat(new Command('import').description('give machines names, roles, network settings and labels, from a CSV or YAML file; those never seen too')
    .argument('<file>', 'CSV or YAML; - for standard input')
    .option('--dry-run', 'only show what would change')
    .addOption(new Option('--format <format>', 'what the file is, where its name does not tell').choices(['csv', 'yaml'])))
    .addHelpText('after', notes)
    .action(async (file: string, { dryRun, format, output }: ImportOptions) => {
      const { rows, mistakes } = readImportFile(file, format)
      if (rows.length === 0 && mistakes.length === 0) throw new LabctlError('usage', 'import-empty', `${file} names no machine.`, { nextStep: 'labctl provision import --help shows what a file holds.' })
      const bastion = openBastion(session)
      const judgeOnly = dryRun === true || mistakes.length > 0
      const imported = rows.length === 0 ? null : await bastion.importMachines({ rows, dryRun: judgeOnly }).catch((error: unknown) => {
        if (error instanceof LabctlError && error.refusals.length > 0) mistakes.push(...error.refusals)
        else if (mistakes.length === 0) throw error
        return null
      })
      if (imported === null || mistakes.length > 0) throw refused(file, mistakes)
      answer(session, output, imported, () => { print(session, imported, file) })
    })
}

function print({ terminal }: Session, { rows, dryRun }: ImportAnswer, file: string): void {
  const changing = rows.filter(({ changes }) => changes.length > 0)
  const lines = changing.flatMap(({ line, machine, seen, changes }) => changes.map(({ what, was, is }, index) => [
    index === 0 && line !== null ? String(line) : '', index === 0 ? [{ text: machine, tone: 'strong' as const }, seen ? '' : ' (never seen)'] : '', what, was ?? '-', is ?? '-',
  ]))
  if (lines.length > 0) terminal.print(renderTable(['LINE', 'MACHINE', 'WHAT', 'WAS', dryRun ? 'WOULD BE' : 'IS'], lines, terminal.color))
  const waiting = changing.filter(({ seen }) => !seen).length
  const counts = `${rows.length} machine(s): ${changing.length} ${dryRun ? 'would change' : 'changed'}, ${rows.length - changing.length} ${rows.length - changing.length === 1 ? 'is' : 'are'} so already`
  terminal.line([{ text: dryRun ? 'Nothing was changed' : changing.length === 0 ? 'Nothing to change' : 'Imported', tone: 'good' }, `: ${counts}.`])
  if (waiting > 0) terminal.line(`For ${waiting} never seen it ${dryRun ? 'would wait' : 'waits'}, until they network-boot here.`)
  terminal.line(dryRun && changing.length > 0 ? `Next: labctl provision import ${file}` : 'Next: labctl provision list')
}

function refused(file: string, mistakes: readonly Refusal[]): LabctlError {
  const placed = mistakes.map((refusal, index) => ({ refusal, line: Number(/^line (\d+)/.exec(refusal.because)?.[1] ?? Infinity), index }))
  const sorted = placed.toSorted((a, b) => a.line === b.line ? a.index - b.index : a.line - b.line).map(({ refusal }) => refusal)
  return new LabctlError('refused', 'import-mistakes', `${file} has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}; nothing was imported.`, { refusals: sorted, nextStep: 'Correct the file, and import it again: what is so already is left alone.' })
}
