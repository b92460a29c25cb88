import type { InteractionView } from '../use-cases/open-interaction.ts'
import { Page } from './page.tsx'
import { renderPage } from './render-page.ts'
import { MEANINGS, ScopeList } from './scope-list.tsx'

export interface LoginPageProps<Kind extends InteractionView['kind']> {
  readonly view: Extract<InteractionView, { readonly kind: Kind }>
  /** Where the form goes. */
  readonly action: string
  readonly formToken: string
  readonly stylesheet: string
}

/** Asks with which of the connections the person wants to log in. */
export function loginPage({
  view: { clientName, connections },
  action,
  formToken,
  stylesheet,
}: LoginPageProps<'login'>): string {
  return renderPage(
    <Page title="Log in" stylesheet={stylesheet}>
      <h1>
        Log in to <bdi>{clientName}</bdi>
      </h1>
      {connections.length === 0 ? (
        <p>There is no way to log in here yet. Tell whoever runs this service.</p>
      ) : (
        <>
          <p>Choose how. You log in there, never here.</p>
          <form class="choices" method="post" action={action}>
            <input type="hidden" name="form_token" value={formToken} />
            {connections.map(({ name, displayName, allows }) => (
              <>
                {allows !== undefined && (
                  <>
                    <p id={`at-${name}`}>
                      With <bdi>{displayName}</bdi> you also allow <bdi>{clientName}</bdi>, from
                      then on:
                    </p>
                    <ScopeList
                      scopes={allows.scopes}
                      texts={allows.scopeTexts}
                      labelledBy={`at-${name}`}
                    />
                  </>
                )}
                <button type="submit" name="connection" value={name}>
                  Continue with <bdi>{displayName}</bdi>
                </button>
              </>
            ))}
          </form>
        </>
      )}
      <form class="quiet" method="post" action={action}>
        <input type="hidden" name="form_token" value={formToken} />
        <button type="submit" name="decision" value="deny">
          Cancel
        </button>
      </form>
    </Page>,
  )
}

/** Asks whether a client may have what it asks for (OpenID Connect Core section 3.1.2.4, RV-71). */
export function loginConsentPage({
  view: { clientName, scopes, apis },
  action,
  formToken,
  stylesheet,
}: LoginPageProps<'consent'>): string {
  return renderPage(
    <Page title={`Allow ${clientName}`} stylesheet={stylesheet}>
      <h1>
        Allow <bdi>{clientName}</bdi>?
      </h1>
      <p>It asks for the following. Go on only if you just used it.</p>
      <ul class="scopes">
        {scopes.map((scope) => (
          <li>{MEANINGS[scope] ?? <code>{scope}</code>}</li>
        ))}
        {apis.map(({ name, scopes: asked }) => (
          <li>
            <bdi>{name}</bdi>: <code>{asked.join(' ')}</code>
          </li>
        ))}
        {scopes.length === 0 && apis.length === 0 && <li>To know that it is you</li>}
      </ul>
      <form method="post" action={action}>
        <input type="hidden" name="form_token" value={formToken} />
        <button class="primary" type="submit" name="decision" value="approve">
          Allow
        </button>
        <button type="submit" name="decision" value="deny">
          Cancel
        </button>
      </form>
    </Page>,
  )
}
