import type { ConnectLinkView } from '../use-cases/open-connect-link.ts'
import type { AccountEntry } from '../use-cases/view-account.ts'
import { AgentFacts, AskedConsentNote, AskedScopes, ConnectDecision } from './connect-question.tsx'
import { Page } from './page.tsx'
import { Pair } from './pair.tsx'
import { renderPage } from './render-page.ts'

export interface LinkPageProps {
  readonly view: ConnectLinkView
  /** Where the form goes. */
  readonly action: string
  readonly formToken: string
  readonly stylesheet: string
}

/** Asks a person who is logged in whether to connect: what, for whom, asked by whom, and where they end (RV-68). */
export function linkPage({ view, action, formToken, stylesheet }: LinkPageProps): string {
  const { userName, clientName, providerName, connection, actor, accountLabel } = view
  return renderPage(
    <Page title={`Connect ${providerName}`} stylesheet={stylesheet}>
      <Pair from={clientName} to={providerName} />
      <h1>
        Connect <bdi>{providerName}</bdi> to <bdi>{clientName}</bdi>?
      </h1>
      <p>
        You are connecting{' '}
        <strong>
          <bdi>{providerName}</bdi>
        </strong>{' '}
        for{' '}
        <strong>
          <bdi>{userName}</bdi>
        </strong>
        , asked by{' '}
        <strong>
          <bdi>{clientName}</bdi>
        </strong>
        . Go on only if that is you, and you just asked it to act for you.
      </p>

      <AskedScopes view={view} />

      <dl class="facts">
        <AgentFacts actor={actor} />
        {accountLabel !== undefined && (
          <>
            <dt>Account</dt>
            <dd>
              <bdi>{accountLabel}</bdi>, and no other
            </dd>
          </>
        )}
        <dt>Connection</dt>
        <dd>
          <code>{connection}</code>
        </dd>
        <dt>Then you return to</dt>
        <dd>This vault. Go back to the app yourself</dd>
      </dl>

      <form method="post" action={action}>
        <input type="hidden" name="form_token" value={formToken} />
        <ConnectDecision providerName={providerName} />
      </form>
      <p class="note">
        Not you? <a href="/account">See who is logged in</a>. You log in at{' '}
        <bdi>{providerName}</bdi>, never here. Access is kept sealed in this vault, and you can
        disconnect at any time.
        <AskedConsentNote view={view} />
      </p>
    </Page>,
  )
}

/** Tells that an account was connected without an app to go back to. */
export function connectedPage({
  account: { label, providerName },
  stylesheet,
}: {
  readonly account: AccountEntry
  readonly stylesheet: string
}): string {
  return renderPage(
    <Page title="Connected" stylesheet={stylesheet}>
      <h1>
        <bdi>{providerName}</bdi> is connected
      </h1>
      <p>
        Account:{' '}
        <strong>
          <bdi>{label}</bdi>
        </strong>
        . You can close this page and go back to where you came from.
      </p>
      <p class="note">
        <a href="/account">See what is connected</a>
      </p>
    </Page>,
  )
}
