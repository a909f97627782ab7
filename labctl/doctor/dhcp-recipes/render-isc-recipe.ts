import type { Recipe } from './plan-recipe.ts'

/** For ISC dhcpd: declarations for outside of any subnet. iPXE first, since it names the firmware's architecture too. */
export function renderIscRecipe({ address, rows, script }: Recipe): string {
  return [
    '# labctl bastion. In dhcpd.conf, outside of any subnet; then: dhcpd -t && systemctl restart isc-dhcp-server',
    'option labctl-architecture code 93 = unsigned integer 16;',
    'option labctl-ipxe code 175 = string;',
    'class "labctl" {',
    '  match if exists labctl-architecture or exists labctl-ipxe;',
    `  next-server ${address};`,
    '  if exists labctl-ipxe {',
    `    filename "${script}";`,
    ...rows.flatMap(({ what, architectures, file, http }) => [
      `  } elsif ${architectures.map(architecture => `option labctl-architecture = ${hex(architecture)}`).join(' or ')} {  # ${what}`,
      ...http ? ['    option vendor-class-identifier "HTTPClient";'] : [],
      `    filename "${file}";`,
    ]),
    '  }',
    '}',
  ].join('\n')
}

/** dhcpd compares options as bytes. */
function hex(value: number): string {
  return `${(value >> 8).toString(16).padStart(2, '0')}:${(value & 255).toString(16).padStart(2, '0')}`
}
