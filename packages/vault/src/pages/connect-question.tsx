// What every page that asks whether to connect an account has in common, wherever its question came from (RV-68, RV-71).
import type { FC } from 'hono/jsx'

import type { ConnectPageView } from '../use-cases/open-connect-page.ts'
import { ScopeList } from './scope-list.tsx'

/** What the client will be able to do, in words. */
export const AskedScopes: FC<{
  readonly view: Pick<ConnectPageView, 'providerName' | 'scopes' | 'scopeTexts'>
}> = ({ view: { providerName, scopes, scopeTexts } }) => {
  return (
    <>
      <h2 id="scopes">What it will be able to do</h2>
      {scopes.length === 0 ? (
        <p>
          What <bdi>{providerName}</bdi> allows without further permissions.
        </p>
      ) : (
        <ScopeList scopes={scopes} texts={scopeTexts} labelledBy="scopes" />
      )}
    </>
  )
}

/** Which agent acts, and who vouches for it; to be put into a list of facts. */
export const AgentFacts: FC<Pick<ConnectPageView, 'actor'>> = ({ actor }) => {
  if (actor === undefined) return <></>
  return (
    <>
      <dt>Agent</dt>
      <dd>
        <bdi>{actor.subject}</bdi>
      </dd>
      <dt>Known to</dt>
      <dd>
        <bdi>{actor.issuer}</bdi>
      </dd>
    </>
  )
}

/** The two answers. */
export const ConnectDecision: FC<Pick<ConnectPageView, 'providerName'>> = ({ providerName }) => {
  return (
    <>
      <button class="primary" type="submit" name="decision" value="approve">
        Continue to <bdi>{providerName}</bdi>
      </button>
      <button type="submit" name="decision" value="deny">
        Cancel
      </button>
    </>
  )
}

/** Says of a client that has to ask that the answer is for it alone. */
export const AskedConsentNote: FC<{
  readonly view: Pick<ConnectPageView, 'clientName' | 'consent'>
}> = ({ view: { clientName, consent } }) => {
  if (consent !== 'ask') return <></>
  return (
    <>
      {' '}
      <bdi>{clientName}</bdi> may use only the account that you choose there, and you can take that
      back alone.
    </>
  )
}
