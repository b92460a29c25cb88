import type { AccountEntry, IdentityEntry } from '../use-cases/view-account.ts'
import { Page } from './page.tsx'
import { renderPage } from './render-page.ts'

export interface ConfirmPageProps<Subject> {
  readonly subject: Subject
  /** Where the form goes. */
  readonly action: string
  readonly formToken: string
  readonly stylesheet: string
}

/** Asks once more before an account is disconnected. */
export function confirmDisconnectPage({
  subject: { label, providerName },
  ...form
}: ConfirmPageProps<AccountEntry>): string {
  return confirmPage({
    ...form,
    title: `Disconnect ${label}?`,
    text: `Apps can no longer use this ${providerName} account. The vault deletes its tokens, and ends them at ${providerName} where that is possible.`,
    confirm: 'Disconnect',
  })
}

/** Asks once more before a way to log in is removed. */
export function confirmRemovalPage({
  subject: { name, label },
  ...form
}: ConfirmPageProps<IdentityEntry>): string {
  return confirmPage({
    ...form,
    title: `Remove ${name}${label === undefined ? '' : ` (${label})`}?`,
    text: 'You can no longer log in this way, and all your other sessions end. Connected accounts stay connected.',
    confirm: 'Remove',
  })
}

function confirmPage({
  title,
  text,
  confirm,
  action,
  formToken,
  stylesheet,
}: Omit<ConfirmPageProps<unknown>, 'subject'> & {
  readonly title: string
  readonly text: string
  readonly confirm: string
}): string {
  return renderPage(
    <Page title={title} stylesheet={stylesheet}>
      <h1>
        <bdi>{title}</bdi>
      </h1>
      <p>
        <bdi>{text}</bdi>
      </p>
      <form method="post" action={action}>
        <input type="hidden" name="form_token" value={formToken} />
        <button class="primary" type="submit">
          {confirm}
        </button>
        <a class="button" href="/account">
          Cancel
        </a>
      </form>
    </Page>,
  )
}
