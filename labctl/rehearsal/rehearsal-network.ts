/** The isolated network of every rehearsal; several rehearsals don't see one another, so all have the same. */
export const rehearsalNetwork = {
  bridge: 'br0',
  address: '10.77.0.1',
  prefix: 24,
  /** Where somebody else's DHCP server is, when there is one. */
  lanAddress: '10.77.0.2',
  address6: 'fd00:77::1/64',
  rangeStart: '10.77.0.100',
  rangeEnd: '10.77.0.199',
  bootPort: 8080,
  controlPort: 8443,
} as const
