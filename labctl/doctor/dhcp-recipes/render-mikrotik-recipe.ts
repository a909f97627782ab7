import type { Recipe } from './plan-recipe.ts'

/** For RouterOS 7. Written from its documentation: a matcher sees the options that a machine sends, and gives an option set. iPXE's matcher comes first. */
export function renderMikrotikRecipe({ address, rows, script }: Recipe): string {
  const option = (name: string, code: number, value: string) => `/ip dhcp-server option add name=${name} code=${code} value="s'${value}'"`
  const matcher = (name: string, code: number, value: string) => `/ip dhcp-server matcher add name=${name} server=$labctlServer address-pool=$labctlPool code=${code} matching-type=substring value="${value}" option-set=${name}`
  return [
    '# labctl bastion. For RouterOS 7, in its terminal. Written from the documentation, not tried on a router of this kind:',
    '# where machines load iPXE again and again, choose dhcp.mode: proxy on the bastion instead, and leave the router alone.',
    '# The name of the DHCP server, its address pool and its network: /ip dhcp-server print; /ip dhcp-server network print',
    ':global labctlServer "defconf"', ':global labctlPool "default-dhcp"',
    `/ip dhcp-server network set [find] next-server=${address}`,
    option('labctl-tftp', 66, address), option('labctl-http-client', 60, 'HTTPClient'),
    '# iPXE, once it is loaded', option('labctl-ipxe', 67, script), '/ip dhcp-server option sets add name=labctl-ipxe options=labctl-ipxe', matcher('labctl-ipxe', 77, 'iPXE'),
    ...rows.flatMap(({ tag, what, architectures, file, http }) => [
      `# ${what}`, option(tag, 67, file), `/ip dhcp-server option sets add name=${tag} options=${http ? 'labctl-http-client' : 'labctl-tftp'},${tag}`,
      ...architectures.map((architecture, index) => matcher(tag, 60, `${http ? 'HTTP' : 'PXE'}Client:Arch:${String(architecture).padStart(5, '0')}`).replace(`name=${tag} `, `name=${tag}${index === 0 ? '' : `-${index + 1}`} `)),
    ]),
  ].join('\n')
}
