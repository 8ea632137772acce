/** Keeps the cases away from the one service where usage costs somebody money. */

/** Endpoints of AWS, its partitions and its dual-stack names (rule 144). */
const AWS_DOMAINS = ['amazonaws.com', 'amazonaws.com.cn', 'api.aws', 'amazonaws.eu'] as const

export function isAws(endpoint: URL): boolean {
  const host = endpoint.hostname.toLowerCase().replace(/\.+$/, '')
  return AWS_DOMAINS.some((domain) => host === domain || host.endsWith(`.${domain}`))
}
