import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { readReport, type Report } from '../../../bastion/machines/read-report.ts'

/** Reports recorded from real boots of the RAM disk in QEMU, as it sent them. */
export const recordedReports = ['bios-blank', 'bios-lvm-raid', 'bios-odd-lvm', 'uefi-no-disk-hostile-dmi', 'bios-dead-disk'] as const

/** The recorded body of one report. */
export function readFixture(name: string): Buffer {
  return gunzipSync(readFileSync(new URL(`../../fixtures/reports/${name}.tar.gz`, import.meta.url)))
}

/** The same, taken apart; `change` may replace, add or (with null) remove files. */
export async function readRecorded(name: typeof recordedReports[number], change: Record<string, string | Buffer | null> = {}): Promise<Report> {
  const report = await readReport(readFixture(name))
  const files = new Map(report.files)
  for (const [file, content] of Object.entries(change)) {
    if (content === null) files.delete(file)
    else files.set(file, Buffer.from(content))
  }
  return { ...report, files }
}
