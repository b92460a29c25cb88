import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { Panel } from '../panel'
import { valetKey } from '../lib/valet-key'

/** Does everything wrong: what a search for tokens must find, to be believed when it finds none. */
export default async function Leak(): Promise<ReactNode> {
  const { token } = await valetKey.getAccessTokenForConnection({ connection: 'google-oauth2' })
  // oxlint-disable-next-line no-console -- what the search must find
  console.log(`token ${token}`)
  const names = (await cookies()).getAll().map(({ name }) => name)
  return <Panel text={`${token} ${names.join(' ')}`} />
}
