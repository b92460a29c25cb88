import type { Reply } from '../reply.ts'
import type { AuthorizationRequest } from '../state.ts'
import type { EmulatorUser } from '../users.ts'
import { escapeHtml, wrappableHtml } from './html.ts'
import { page } from './page.ts'

/** What the consent page shows. */
export interface ConsentPageOptions {
  readonly id: string
  readonly request: AuthorizationRequest
  readonly providerName: string
  readonly users: readonly EmulatorUser[]
  /** Who is chosen at first. */
  readonly user: EmulatorUser
}

/** The page on which a person allows or denies, as whom, and which scopes. Works without scripts. */
export function consentPage({ id, request, providerName, users, user }: ConsentPageOptions): Reply {
  const title = `${providerName} (emulator)`
  const { host } = new URL(request.redirectUri)
  const people = users
    .map(
      (one) =>
        `<option value="${escapeHtml(one.id)}"${one.id === user.id ? ' selected' : ''}>${escapeHtml(`${one.name} (${one.email})`)}</option>`,
    )
    .join('')
  const scopes = request.scopes
    .map(
      (scope, index) =>
        `<label><input type="checkbox" name="scope-${index}" checked> <span>${wrappableHtml(scope)}</span></label>`,
    )
    .join('\n')

  return page({
    title,
    // Chromium checks every redirect after the POST, and where the client goes on to is not known here.
    formTargets: 'http: https:',
    main: `<p class="mark">Emulator</p>
<h1>${escapeHtml(request.clientId)} wants to use your ${escapeHtml(providerName)} account</h1>
<p>Nothing leaves this machine, and no real account is concerned.</p>
<form method="post" action="/${encodeURIComponent(request.provider)}/emulator/consent">
<input type="hidden" name="consent" value="${escapeHtml(id)}">
<label class="stacked">Signed in as
<select name="user">${people}</select></label>
${scopes === '' ? '<p>No scopes are asked for.</p>' : `<fieldset><legend>It asks for</legend>\n${scopes}\n</fieldset>`}
<div class="actions">
<button name="decision" value="deny">Deny</button>
<button name="decision" value="allow" class="primary">Allow</button>
</div>
</form>
<p class="note">You will return to ${escapeHtml(host)}.</p>`,
  })
}
