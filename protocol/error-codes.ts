// The stable codes that the bastion's errors and refusals carry over HTTP, and what each means to whoever reads it.

/** Every `BST_*` code with its meaning in one sentence. Codes are never reused or renamed; programs match on them. */
export const errorCodes = {
  BST_CONFIG_INVALID: 'The configuration file is not valid; nothing was started.',
  BST_DATABASE_NEWER: 'The database was written by a newer labctl-bastion; this one refuses to touch it.',
  BST_DATABASE_FAILED: 'The database could not be opened, read or written.',
  BST_DISK_FULL: 'The disk that holds the bastion’s state is full.',
  BST_MIRROR_UNREACHABLE: 'No package mirror answers, so it can’t be known what a build would have to hold.',
  BST_PORT_TAKEN: 'A listener’s address and port are in use by another program, or not this host’s.',
  BST_PROGRAM_MISSING: 'A program that the bastion runs is not installed.',
  BST_PROGRAM_FAILED: 'A program that the bastion runs ended with an error.',
  BST_FOREIGN_DHCP: 'Another DHCP server answers on the interface; the bastion will not fight it.',
  BST_DNSMASQ_CONFIG: 'dnsmasq refuses the configuration rendered for it.',
  BST_INPUT_INVALID: 'The request is not of the form wanted; the message says where.',
  BST_TOO_LARGE: 'The request is larger than allowed.',
  BST_NOT_FOUND: 'There is no such thing.',
  BST_AMBIGUOUS: 'The name fits more than one thing.',
  BST_CONFLICT: 'The thing is not in a state that allows this.',
  BST_UNAUTHENTICATED: 'No valid credential was shown.',
  BST_FORBIDDEN: 'The credential shown does not allow this.',
  BST_TICKET_GONE: 'The ticket was used, has expired or was made void.',
  BST_FACTS_INVALID: 'The report of a machine could not be read.',
  BST_REFUSED: 'The bastion refuses; nothing was changed. The refusals say why.',
  BST_IMAGE_MISSING: 'The operating system’s root image has not been built.',
  BST_UPSTREAM_FAILED: 'The server that an installation tree comes from did not give a file.',
  BST_RATE_LIMITED: 'Too many requests from this client; the answer’s Retry-After says when to ask again.',
  BST_STOPPING: 'The bastion is stopping.',
  BST_INTERNAL: 'The bastion failed inside; its log says where.',
} as const

/** One of the stable codes. */
export type ErrorCode = keyof typeof errorCodes
