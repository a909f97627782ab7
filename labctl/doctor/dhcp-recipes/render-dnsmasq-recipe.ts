import type { Recipe } from './plan-recipe.ts'

/** Lines for a dnsmasq that leases addresses. The last two fields of dhcp-boot are the server's name, left empty, and its address. */
export function renderDnsmasqLines({ address, rows, script }: Recipe): string[] {
  return [
    'dhcp-match=set:labctl-ipxe,175',
    ...rows.flatMap(({ tag, what, architectures, file, http }) => [
      `# ${what}`,
      ...architectures.map(architecture => `dhcp-match=set:${tag},option:client-arch,${architecture}`),
      `dhcp-boot=tag:${tag},tag:!labctl-ipxe,${file}${http ? '' : `,,${address}`}`,
      ...http ? [`dhcp-option-force=tag:${tag},tag:!labctl-ipxe,60,HTTPClient`] : [],
    ]),
    '# iPXE, once one of these has loaded it',
    `dhcp-boot=tag:labctl-ipxe,${script}`,
  ]
}

/** For dnsmasq. */
export function renderDnsmasqRecipe(recipe: Recipe): string {
  return ['# labctl bastion. As /etc/dnsmasq.d/labctl.conf; then: dnsmasq --test && systemctl restart dnsmasq', ...renderDnsmasqLines(recipe)].join('\n')
}

/** For OpenWrt, whose dnsmasq reads /etc/dnsmasq.conf beside what /etc/config/dhcp says. */
export function renderOpenwrtRecipe(recipe: Recipe): string {
  return [
    '# labctl bastion. In a shell on the router; running it again replaces what it wrote.',
    "sed -i '/^# labctl bastion, begin$/,/^# labctl bastion, end$/d' /etc/dnsmasq.conf",
    "cat >> /etc/dnsmasq.conf <<'END'",
    '# labctl bastion, begin', ...renderDnsmasqLines(recipe), '# labctl bastion, end',
    'END',
    '/etc/init.d/dnsmasq restart',
  ].join('\n')
}
