// Names as they cross a wire: parsed at the edge, and from there on in one form only.

/** The one form of a MAC address: lower case, colons. Takes colons, dashes, dots or nothing between; null for anything else, and for multicast or all-zero addresses. */
export function parseMac(input: string): string | null {
  const hex = input.trim().toLowerCase().replaceAll(/[:.-]/g, '')
  if (!/^[0-9a-f]{12}$/.test(hex) || hex === '000000000000') return null
  if ((Number.parseInt(hex.slice(0, 2), 16) & 1) === 1) return null
  return hex.match(/../g)!.join(':')
}

/** The one form of a UUID: lower case, 8-4-4-4-12. Null for anything else. */
export function parseUuid(input: string): string | null {
  const text = input.trim().toLowerCase()
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : null
}

/** A machine's name: one DNS label (RFC 1123, section 2.1), lower case. Null for anything else. */
export function parseMachineName(input: string): string | null {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(input) ? input : null
}
