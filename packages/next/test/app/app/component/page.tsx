import type { ReactNode } from 'react'
import { askProvider } from '../lib/ask-provider'
import { valetKey } from '../lib/valet-key'

interface Props {
  readonly searchParams: Promise<{
    readonly connection?: string
    readonly scope?: string
    readonly hint?: string
  }>
}

export default async function Component({ searchParams }: Props): Promise<ReactNode> {
  const { connection = 'google-oauth2', scope, hint } = await searchParams
  const { token } = await valetKey.requireAccount({
    connection,
    scopes: scope === undefined ? [] : [scope],
    returnTo: `/component?connection=${connection}`,
    ...(hint === undefined ? {} : { authorizationParams: { login_hint: hint } }),
  })
  return <p id="says">{connection === 'google-oauth2' ? await askProvider(token) : connection}</p>
}
