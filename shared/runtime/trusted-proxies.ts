import { BlockList, isIPv6 } from 'node:net'

/** Which peers are believed about the client's address, host and scheme. */
export type TrustedProxies = {
  /** Count of proxies in front, counted from the peer; undefined when addresses decide. */
  hops: number | undefined
  /** Whether this address is one of our proxies. Always false when `hops` decides. */
  includes(address: string): boolean
}

const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']
const loopbackRanges = ['127.0.0.0/8', '::1/128']

/** Reads the words of `TRUSTED_PROXIES`: a count, or `loopback`, `private`, `none`, addresses, ranges. */
export function trusted(words: string[]): TrustedProxies {
  const [first = ''] = words
  if (/^\d+$/.test(first)) return { hops: Number(first), includes: () => false }
  const known = new BlockList()
  const ranges = words.flatMap((word) => {
    if (word === 'loopback') return loopbackRanges
    if (word === 'private') return [...loopbackRanges, ...privateRanges]
    return word === 'none' ? [] : [word]
  })
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) known.addAddress(address, family)
    else known.addSubnet(address, Number(bits), family)
  }
  return {
    hops: undefined,
    includes: (address) => {
      // A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d.
      const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
      return known.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
    },
  }
}
