import type { Child, FC } from 'hono/jsx'

import type { AllowedApp } from '../use-cases/allowed-apps.ts'
import type {
  AccountEntry,
  AccountView,
  IdentityEntry,
  SessionEntry,
} from '../use-cases/view-account.ts'
import { Page } from './page.tsx'
import { renderPage } from './render-page.ts'
import { ScopeList } from './scope-list.tsx'
import { timeText } from './time-text.ts'

export interface AccountPageProps {
  readonly view: AccountView
  readonly formToken: string
  readonly stylesheet: string
}

/** What the vault keeps for a person, and how they end any of it. */
export function accountPage({ view, formToken, stylesheet }: AccountPageProps): string {
  const { userName, accounts, apps } = view
  return renderPage(
    <Page title="Your account" stylesheet={stylesheet} size="wide">
      <div class="topline">
        <h1>Your account</h1>
        <form class="plain" method="post" action="/account/log-out">
          <Token value={formToken} />
          <button type="submit">Log out</button>
        </form>
      </div>
      <p>
        You are logged in as{' '}
        <strong>
          <bdi>{userName}</bdi>
        </strong>
        .
      </p>

      <Section id="accounts" title="Connected accounts">
        {accounts.length === 0 ? (
          <p class="note">
            Nothing is connected. An app that needs one of your accounts will ask you to connect it.
          </p>
        ) : (
          <ul class="rows" aria-labelledby="accounts">
            {accounts.map((account) => (
              <AccountRow account={account} />
            ))}
          </ul>
        )}
      </Section>

      <Section id="apps" title="Apps that may act for you">
        {apps.length === 0 ? (
          <p class="note">No app but this service’s own.</p>
        ) : (
          <ul class="rows" aria-labelledby="apps">
            {apps.map((app) => (
              <AppRow app={app} formToken={formToken} />
            ))}
          </ul>
        )}
      </Section>

      <Identities view={view} formToken={formToken} />
      <Sessions sessions={view.sessions} formToken={formToken} />
    </Page>,
  )
}

const AccountRow: FC<{ readonly account: AccountEntry }> = ({
  account: { id, label, providerName, scopes, scopeTexts, state },
}) => (
  <li>
    <div class="what">
      <strong>
        <bdi>{label}</bdi>
      </strong>
      <span class="detail">
        <bdi>{providerName}</bdi> · <State state={state} />
      </span>
      {scopes.length > 0 && (
        <details>
          <summary>
            What it allows<span class="unseen"> ({label})</span>
          </summary>
          <ScopeList scopes={scopes} texts={scopeTexts} />
        </details>
      )}
    </div>
    <a class="button" href={`/account/accounts/${id}`}>
      Disconnect<span class="unseen"> {label}</span>
    </a>
  </li>
)

const STATES = {
  active: 'Connected',
  uncertain: 'Connected, last renewal not certain',
  reauth_required: 'Has to be connected again',
  revoked: 'Ended',
} as const satisfies Record<AccountEntry['state'], string>

const State: FC<Pick<AccountEntry, 'state'>> = ({ state }) =>
  state === 'reauth_required' || state === 'revoked' ? (
    <span class="alarm">{STATES[state]}</span>
  ) : (
    <>{STATES[state]}</>
  )

const AppRow: FC<{ readonly app: AllowedApp; readonly formToken: string }> = ({
  app: { clientId, name, connections },
  formToken,
}) => (
  <li>
    <div class="what">
      <strong>
        <bdi>{name}</bdi>
      </strong>
      {connections.map(({ displayName, scopes, scopeTexts }) => (
        <details>
          <summary>
            What it may do at <bdi>{displayName}</bdi>
          </summary>
          <ScopeList scopes={scopes} texts={scopeTexts} />
        </details>
      ))}
    </div>
    <form class="plain" method="post" action="/account/apps/end">
      <Token value={formToken} />
      <input type="hidden" name="app" value={clientId} />
      <button type="submit">
        End<span class="unseen"> what {name} may do</span>
      </button>
    </form>
  </li>
)

const Identities: FC<{ readonly view: AccountView; readonly formToken: string }> = ({
  view: { identities, isFresh, loginConnections },
  formToken,
}) => (
  <Section id="identities" title="How you log in">
    <ul class="rows" aria-labelledby="identities">
      {identities.map((identity) => (
        <IdentityRow identity={identity} isFresh={isFresh} />
      ))}
    </ul>
    {isFresh ? (
      loginConnections.length > 0 && (
        <form class="choices" method="post" action="/account/identities">
          <Token value={formToken} />
          {loginConnections.map(({ name, displayName }) => (
            <button type="submit" name="connection" value={name}>
              Add <bdi>{displayName}</bdi>
            </button>
          ))}
        </form>
      )
    ) : (
      <form class="choices" method="post" action="/account/confirm">
        <Token value={formToken} />
        <p class="note" id="confirm-why">
          To add or remove a way to log in, log in again first.
        </p>
        <button type="submit" aria-describedby="confirm-why">
          Confirm that it is you
        </button>
      </form>
    )}
  </Section>
)

const IdentityRow: FC<{ readonly identity: IdentityEntry; readonly isFresh: boolean }> = ({
  identity: { key, name, label, removal },
  isFresh,
}) => (
  <li>
    <div class="what">
      <strong>
        <bdi>{name}</bdi>
      </strong>
      {label !== undefined && (
        <span class="detail">
          <bdi>{label}</bdi>
        </span>
      )}
    </div>
    {isFresh && removal === 'allowed' && (
      <a class="button" href={`/account/identities/${key}`}>
        Remove<span class="unseen"> {name}</span>
      </a>
    )}
  </li>
)

const Sessions: FC<{
  readonly sessions: readonly SessionEntry[]
  readonly formToken: string
}> = ({ sessions, formToken }) => (
  <Section id="sessions" title="Where you are logged in">
    <ul class="rows" aria-labelledby="sessions">
      {sessions.map((session) => (
        <SessionRow session={session} formToken={formToken} />
      ))}
    </ul>
    {sessions.length > 1 && (
      <form class="choices" method="post" action="/account/sessions/end">
        <Token value={formToken} />
        <button type="submit" name="session" value="others">
          End all others
        </button>
      </form>
    )}
  </Section>
)

const SessionRow: FC<{ readonly session: SessionEntry; readonly formToken: string }> = ({
  session: { id, isThis, authenticatedAt, expiresAt, apps },
  formToken,
}) => (
  <li>
    <div class="what">
      <strong>Since {timeText(authenticatedAt)}</strong>
      <span class="detail">
        {isThis && <span class="chip">This browser</span>} Until {timeText(expiresAt)} at most
      </span>
      {apps.length > 0 && (
        <span class="detail">
          Used by <bdi>{apps.join(', ')}</bdi>
        </span>
      )}
    </div>
    {!isThis && (
      <form class="plain" method="post" action="/account/sessions/end">
        <Token value={formToken} />
        <button type="submit" name="session" value={id}>
          End<span class="unseen"> the one since {timeText(authenticatedAt)}</span>
        </button>
      </form>
    )}
  </li>
)

const Section: FC<{ readonly id: string; readonly title: string; readonly children?: Child }> = ({
  id,
  title,
  children,
}) => (
  <section>
    <h2 id={id}>{title}</h2>
    {children}
  </section>
)

const Token: FC<{ readonly value: string }> = ({ value }) => (
  <input type="hidden" name="form_token" value={value} />
)
