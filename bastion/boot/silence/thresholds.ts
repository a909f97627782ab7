/** How long nothing may come before a verdict speaks, by what is waited for; in milliseconds, each with its reason. Short enough to be there when somebody walks over to look, long enough that a healthy machine never shows one. */
export const thresholds = {
  address: { ms: 45_000, because: 'firmware asks again after 4, 8, 16 and 32 s, and gives up after about a minute' },
  program: { ms: 60_000, because: 'firmware fetches its boot program within a second of its lease; some first try IPv6 or HTTP for half a minute' },
  ipxe: { ms: 90_000, because: 'iPXE starts within seconds, but waits for the link, and 15 s for a switch port to forward' },
  script: { ms: 60_000, because: 'iPXE fetches its next file at once, or after up to 13 s of waiting for IPv6' },
  file: { ms: 120_000, because: 'a large file over a slow firmware driver; what is being sent at the moment does not count as silence' },
  ramdisk: { ms: 240_000, because: 'kernel, unpacking, and up to 60 s each for the card and its link; large servers need two minutes' },
  installer: { ms: 600_000, because: 'an installer unpacks itself and starts a system of its own before it asks' },
  poll: { ms: 120_000, because: 'a waiting RAM disk asks again within seconds of each answer, and after 10 s when none came' },
  appear: { ms: 900_000, because: 'large servers test their memory for ten minutes before they reach the network' },
  plan: { ms: 180_000, because: 'the RAM disk checks the disks once more before it writes; slow buses need a minute' },
  disks: { ms: 600_000, because: 'file systems on large rotating disks take minutes' },
  image: { ms: 480_000, because: 'progress is told every fifth of the image, and a stream that brings nothing for five minutes is ended by the RAM disk itself' },
  prepare: { ms: 1_200_000, because: 'an installer reads the package lists, which may come slowly, before it partitions' },
  packages: { ms: 2_700_000, because: 'an installer proves nothing between its first package and its last; what its log says is no proof' },
  configure: { ms: 600_000, because: 'the boot loader and the initramfs are built on the machine; emulated processors need minutes' },
  erase: { ms: 3_600_000, because: 'a disk without a quick erase is overwritten, at one word per disk' },
  start: { ms: 300_000, because: 'a system starts in a minute or two; the first start makes keys and grows file systems, too' },
  loop: { ms: 0, because: 'the starts themselves are seen, nothing is waited for' },
  reboot: { ms: 900_000, because: 'firmware tests everything anew, then the system starts for the first time' },
} as const

/** One of {@link thresholds}. */
export type Threshold = keyof typeof thresholds
