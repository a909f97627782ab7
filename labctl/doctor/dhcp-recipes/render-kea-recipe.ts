import type { Recipe } from './plan-recipe.ts'

const ipxe = 'labctl-ipxe'

/** For Kea's DHCPv4 server: the classes to put into `Dhcp4` of kea-dhcp4.conf (or to add to `client-classes` there). Plain JSON. */
export function renderKeaRecipe({ address, rows, script }: Recipe): string {
  const classes = [
    { name: ipxe, test: 'option[175].exists', 'boot-file-name': script },
    ...rows.map(({ tag, what, architectures, file, http }) => ({
      name: tag,
      'user-context': { comment: what },
      test: `(${architectures.map(architecture => `option[93].hex == 0x${architecture.toString(16).padStart(4, '0')}`).join(' or ')}) and not member('${ipxe}')`,
      ...http ? { 'option-data': [{ name: 'vendor-class-identifier', data: 'HTTPClient', 'always-send': true }] } : { 'next-server': address },
      'boot-file-name': file,
    })),
  ]
  return JSON.stringify({ 'client-classes': classes }, null, 2)
}
