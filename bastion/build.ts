import { BastionError } from './platform/bastion-error.ts'
import type { Config } from './platform/config-schema.ts'

/** The builders' command line. */
export async function runBuild(_argv: readonly string[], _config: Config, _print: (text: string) => void): Promise<number> {
  throw new BastionError('BST_INTERNAL', 'The builders are being written.')
}
