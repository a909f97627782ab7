// Decides how many of a range's addresses dnsmasq is given first. It chooses an address by a hash of the MAC, taken modulo the range's size, and does not remember what it offered: machines whose hashes meet are offered one address, all but the first are refused (DHCPNAK), and UEFI then gives up that boot. MACs of one delivery follow one another, and with some sizes their hashes meet by the hundred.

/** What the hash moves on by when the last but one byte of a MAC does: `j = byte + (j << 6) + (j << 16) - j` (rfc2131.c and dhcp.c of dnsmasq, address_allocate). The last byte moves it on by 1. */
const step = 65_599
const bytes = 256
/** A part of at least so many addresses is worth looking at; a smaller range has no room for two blocks of 256. */
const least = 64
/** Addresses that may stand aside until the rest is full. */
const mostAside = 64
/** More machines than these don't start at once. */
const mostAtOnce = 4096

/** The size of the first part, at most `addresses` and at most 64 less: the largest with which half as many machines with consecutive MACs as there are addresses are all offered different ones, or, where there is none, the most. */
export function decideRangeSplit(addresses: number): number {
  if (addresses < least) return addresses
  let [best, bestScore] = [addresses, -1]
  for (let aside = 0; aside < Math.min(mostAside, addresses / 16); aside += 1) {
    const size = addresses - aside
    const score = differentStarts(size) / wanted(size)
    if (score > bestScore) [best, bestScore] = [size, score]
    if (score === 1) break
  }
  return best
}

const wanted = (size: number): number => Math.min(mostAtOnce, Math.floor(size / 2))

/** How many different addresses consecutive MACs are offered first in a range of that size, wherever in a block of 256 they begin: the fewest. */
export function differentStarts(size: number, machines = wanted(size)): number {
  return Math.min(...[0, bytes / 4, bytes / 2, bytes * 3 / 4].map(first => {
    const starts = new Set<number>()
    for (let number = first; number < first + machines; number += 1) starts.add((Math.floor(number / bytes) * step + number % bytes) % size)
    return starts.size
  }))
}
