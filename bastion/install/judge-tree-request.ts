// Decides whether an installation tree may be added from a URL, for whoever asks for it: before anything is fetched.
import type { Refusal } from '../../protocol/refusal.ts'
import type { TreeRequest } from '../../protocol/tree-sources.ts'

/** The tree's root with a slash at its end, or why not. Plain HTTP is taken only with the sum of the .treeinfo: that holds the sums of everything that is started. */
export function judgeTreeRequest({ url, sha256 }: TreeRequest): { kind: 'url', url: string } | { kind: 'refused', refusal: Refusal } {
  const refused = (code: string, because: string, nextStep: string) => ({ kind: 'refused' as const, refusal: { code, because, nextStep } })
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) return refused('tree-url', `${JSON.stringify(url.slice(0, 200))} is not an http or https URL.`, 'Give the folder that holds the .treeinfo, such as https://mirror.example/fedora/releases/43/Server/x86_64/os/')
  if (parsed.username !== '' || parsed.password !== '') return refused('tree-url', 'The URL holds a user name or a password, which would stand in logs and on machines.', 'Use a mirror that needs none, or a proxy of your own before it.')
  if (parsed.search !== '' || parsed.hash !== '') return refused('tree-url', 'The URL has a query or a fragment, which paths can’t be added to.', 'Give the folder that holds the .treeinfo.')
  if (sha256 !== null && !/^[0-9a-f]{64}$/i.test(sha256)) return refused('tree-sha256', 'The SHA-256 of the .treeinfo is 64 hexadecimal digits.', 'sha256sum .treeinfo, on a copy that you trust.')
  if (parsed.protocol === 'http:' && sha256 === null) return refused('tree-trust', 'Over plain HTTP anybody on the way could give another kernel to every machine.', 'Use https, or name the SHA-256 of the .treeinfo as you know it from elsewhere: --sha256 SUM')
  parsed.pathname = parsed.pathname.replace(/\/*(\.treeinfo)?$/, '/')
  return { kind: 'url', url: parsed.href }
}
