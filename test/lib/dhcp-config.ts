import { Value } from 'typebox/value'
import { ConfigSchema, type Config } from '../../bastion/platform/config-schema.ts'

/** A configuration with every default, in DHCP server mode on `boot0`, 10.77.0.0/24, changed by `dhcp`. */
export function dhcpConfig(dhcp: Partial<Config['dhcp']> = {}): Config {
  return Value.Parse(ConfigSchema, Value.Default(ConfigSchema, {
    bootPlane: { address: '10.77.0.1' },
    dhcp: { mode: 'server', interface: 'boot0', rangeStart: '10.77.0.50', rangeEnd: '10.77.0.90', routerAdvertisements: false, ...dhcp },
  }))
}
