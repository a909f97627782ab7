// Decides what discovers machines here, and what they do once they are discovered: by configuration, for dispatch, for the overlay and for machines that ask.
import type { Config } from '../platform/config-schema.ts'
import type { OsSource } from '../../protocol/os-sources.ts'

/** The installation tree whose installer discovers; null where the RAM disk does. */
export function discoveryOs({ discovery }: Config): string | null {
  return discovery.by === 'kickstart' ? discovery.os : null
}

/** What a discovered machine without an order does. Only the RAM disk is a place to wait in: a machine that an installer discovered goes to its local disk, or it would be discovered over and over. */
export function decideAfterDiscovery({ discovery: { by, afterwards } }: Config): Config['discovery']['afterwards'] {
  return by === 'kickstart' && afterwards === 'wait' ? 'local-disk' : afterwards
}

/** Why no machine can be discovered by an installer, as a sentence with what to do; null when one can be, and where the RAM disk does it. `source`: of that name, null when there is none. */
export function discoveryFault(config: Config, source: OsSource | null): string | null {
  const os = discoveryOs(config)
  if (os === null || (source?.kind === 'tree' && source.state === 'ready')) return null
  const is = source === null ? 'is not here' : source.kind !== 'tree' ? 'is a root image' : source.state === 'failed' ? `could not be had: ${source.because ?? 'no reason was kept'}` : `is not here yet (${source.state})`
  return `Machines are discovered by the installer of ${os} (discovery.os), which ${is}. An installation tree of that name is wanted: labctl os add ${os}`
}
