// Decides whether an installation tree may be added from an image, for whoever asks for it: before the image is looked at.
import type { Refusal } from '../../../protocol/refusal.ts'

/** Where a tree's files are, as a URL with a slash at its end: a `file:` URL of the image stands for its root folder. */
export function judgeIsoRequest({ iso, sha256 }: { iso: string, sha256: string | null }): { kind: 'url', url: string } | { kind: 'refused', refusal: Refusal } {
  const refused = (code: string, because: string, nextStep: string) => ({ kind: 'refused' as const, refusal: { code, because, nextStep } })
  // eslint-disable-next-line no-control-regex
  if (!iso.startsWith('/') || /[\0-\x1f\x7f]/.test(iso) || iso.split('/').some(part => part === '..' || part === '.')) return refused('iso-path', `${JSON.stringify(iso.slice(0, 200))} is not the whole path of a file.`, 'Give the path of the image on the bastion’s own host, from / on.')
  if (sha256 !== null && !/^[0-9a-f]{64}$/i.test(sha256)) return refused('tree-sha256', 'The SHA-256 of an image is 64 hexadecimal digits.', 'It stands in the CHECKSUM file that the distribution publishes beside the image.')
  return { kind: 'url', url: `file://${iso.split('/').map(encodeURIComponent).join('/')}/` }
}

/** The path of the image that a URL of {@link judgeIsoRequest} names; null for a URL of a web server. */
export function isoPathOf(url: string): string | null {
  return url.startsWith('file:///') ? url.slice('file://'.length).replace(/\/$/, '').split('/').map(decodeURIComponent).join('/') : null
}
