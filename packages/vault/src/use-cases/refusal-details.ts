import type { ExchangeRefusal } from '../domain/refusal.ts'

/** What the audit log keeps of a refusal beyond its reason. */
export function refusalDetails(refusal: ExchangeRefusal): Readonly<Record<string, string>> {
  const why = 'why' in refusal ? refusal.why : undefined
  if (why === undefined) return {}
  if (typeof why === 'string') return { why }
  return why.reason === 'keys_unavailable'
    ? { why: why.reason, issuer: why.issuer, cause: why.cause }
    : { why: why.reason }
}
