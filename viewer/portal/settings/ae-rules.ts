/** What the form of a device can say before the server is asked. */

const label = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?'
const hostName = new RegExp(`^${label}(?:\\.${label})*$`)
const ipv6 = /^[0-9a-fA-F:]+(?:\.\d{1,3}){0,3}$/

/** An address or the name of a host, as it is kept; undefined: it is neither. */
export function settleHost(typed: string): string | undefined {
  const host = typed.normalize('NFKC').trim()
  if (/^[\d.]+$/.test(host)) {
    const parts = host.split('.')
    return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255) ? host : undefined
  }
  if (host.includes(':')) return ipv6.test(host) ? host : undefined
  return host.length <= 253 && hostName.test(host) ? host : undefined
}

export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(host)

/**
 * What a machine calls: the address that the archive listens on, or, when that is all of its server's, the one this page came from.
 * Null: neither can be called from elsewhere.
 */
export function reachableHost(listening: string, page: string): string | null {
  if (isLoopback(listening)) return null
  if (listening !== '0.0.0.0' && listening !== '::') return listening
  return isLoopback(page) ? null : page.replace(/^\[|\]$/g, '')
}
