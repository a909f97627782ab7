import type { Config } from '../platform/config-schema.ts'

type Planes = Pick<Config, 'logIntake' | 'bootPlane'>

/** The addresses that logs are taken on: those that were named, else the boot plane's, once that is one that machines can reach. */
export function intakeAddresses({ logIntake, bootPlane }: Planes): readonly string[] {
  return [...new Set(logIntake.addresses ?? (bootPlane.address.startsWith('127.') ? [] : [bootPlane.address]))]
}

/** `ADDRESS:PORT` that machines send to: the boot plane's address if logs are taken there, else the first; null where none are. */
export function intakeTarget(config: Planes): string | null {
  const addresses = intakeAddresses(config)
  const address = addresses.includes(config.bootPlane.address) ? config.bootPlane.address : addresses[0]
  return address === undefined ? null : `${address}:${config.logIntake.port}`
}
