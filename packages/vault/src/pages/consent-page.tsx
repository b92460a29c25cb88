import type { ConnectPageView } from '../use-cases/open-connect-page.ts'
import { AgentFacts, AskedConsentNote, AskedScopes, ConnectDecision } from './connect-question.tsx'
import { Page } from './page.tsx'
import { Pair } from './pair.tsx'
import { renderPage } from './render-page.ts'

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
  const { clientName, providerName, connection, actor, returnHost } = view
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

      <AskedScopes view={view} />

      <dl class="facts">
        <AgentFacts actor={actor} />
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
        <ConnectDecision providerName={providerName} />
      </form>
      <p class="note">
        You log in at <bdi>{providerName}</bdi>, never here. Access is kept sealed in this vault,
        and you can disconnect at any time.
        <AskedConsentNote view={view} />
      </p>
    </Page>,
  )
}
