import type { Bootstrap } from '../../protocol/bootstrap.ts'

/** The bootstrap config of an installed machine. Join token, local API token and NATS addresses are null until identity and fleet exist. */
export function makeBootstrap(given: { name: string, controlUrl: string, pins: readonly string[] }): Bootstrap {
  return {
    version: 1, machine: given.name, bastionUrl: given.controlUrl, pinsSpkiSha256: [...given.pins],
    joinToken: null, localApiToken: null, natsUrls: null, registry: null, workload: null,
  }
}
