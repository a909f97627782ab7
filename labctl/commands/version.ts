import { Command } from 'commander'
import { LabctlError } from '../labctl-error.ts'
import { openBastion } from '../client/open-bastion.ts'
import { renderTable } from '../output/render-table.ts'
import type { Session } from '../session.ts'
import packageFile from '../../package.json' with { type: 'json' }
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

/** The version of labctl. */
export const labctlVersion: string = packageFile.version

/** `labctl version`: labctl's, and the bastion's where one answers. */
export function versionCommand(session: Session): Command {
  return withFormat(new Command('version').description('print the versions of labctl and of its bastion').option('--client', 'only labctl’s')).action(async (options: FormatOptions & { client?: boolean }) => {
    const bastion = options.client === true ? null : await bastionVersion(session)
    const value = { labctl: labctlVersion, node: process.versions.node, ...bastion === null ? {} : { bastion } }
    answer(session, options.output, value, () => {
      session.terminal.print(renderTable(null, [['labctl', `${labctlVersion} (Node ${process.versions.node})`], ...bastion === null ? [] : [['bastion', 'because' in bastion ? { text: bastion.because, tone: 'warning' as const } : `${bastion.version} (Node ${bastion.node})`]]], session.terminal.color))
    })
  })
}

async function bastionVersion(session: Session): Promise<{ version: string, node: string } | { because: string }> {
  try {
    return await openBastion(session).version()
  } catch (error) {
    if (error instanceof LabctlError && error.exit !== 'interrupted') return { because: error.message }
    throw error
  }
}
