import type { ConnectPageView } from '../use-cases/open-connect-page.ts'
import { Page } from './page.tsx'
import { Pair } from './pair.tsx'
import { renderPage } from './render-page.ts'
import { ScopeList } from './scope-list.tsx'

export interface ConsentPageProps {
  readonly view: ConnectPageView
  /** Where the form goes. */
  readonly action: string
  readonly ticket: string
  readonly formToken: string
  readonly stylesheet: string
}

/** Asks whether a client may connect an account: who asks, for what, and where the person ends (RV-71). */
export function consentPage({
  view,
  action,
  ticket,
  formToken,
  stylesheet,
}: ConsentPageProps): string {
  const { clientName, consent, providerName, connection, actor, scopes, scopeTexts, returnHost } =
    view
  return renderPage(
    <Page title={`Connect ${providerName}`} stylesheet={stylesheet}>
      <Pair from={clientName} to={providerName} />
      <h1>
        Connect <bdi>{providerName}</bdi> to <bdi>{clientName}</bdi>?
      </h1>
      <p>
        <strong>
          <bdi>{clientName}</bdi>
        </strong>{' '}
        asks to act for you at{' '}
        <strong>
          <bdi>{providerName}</bdi>
        </strong>
        {actor !== undefined && ', through the agent named below'}. Go on only if you just asked it
        to.
      </p>

      <h2 id="scopes">What it will be able to do</h2>
      {scopes.length === 0 ? (
        <p>
          What <bdi>{providerName}</bdi> allows without further permissions.
        </p>
      ) : (
        <ScopeList scopes={scopes} texts={scopeTexts} labelledBy="scopes" />
      )}

      <dl class="facts">
        {actor !== undefined && (
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
        )}
        <dt>Connection</dt>
        <dd>
          <code>{connection}</code>
        </dd>
        <dt>Then you return to</dt>
        <dd>
          <code>{returnHost}</code>
        </dd>
      </dl>

      <form method="post" action={action}>
        <input type="hidden" name="ticket" value={ticket} />
        <input type="hidden" name="form_token" value={formToken} />
        <button class="primary" type="submit" name="decision" value="approve">
          Continue to <bdi>{providerName}</bdi>
        </button>
        <button type="submit" name="decision" value="deny">
          Cancel
        </button>
      </form>
      <p class="note">
        You log in at <bdi>{providerName}</bdi>, never here. Access is kept sealed in this vault,
        and you can disconnect at any time.
        {consent === 'ask' && (
          <>
            {' '}
            <bdi>{clientName}</bdi> may use only the account that you choose there, and you can take
            that back alone.
          </>
        )}
      </p>
    </Page>,
  )
}
