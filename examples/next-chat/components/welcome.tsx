import type { ReactNode } from 'react'
import { CalendarIcon, ChannelIcon, RepositoryIcon } from './icons.tsx'

export interface WelcomeProps {
  /** Code of a login that did not work; from the address, so anything. */
  readonly failure: unknown
}

/** For whoever is not logged in. */
export function Welcome({ failure }: WelcomeProps): ReactNode {
  return (
    <main className="page welcome">
      <h1>Ask about your day, in one place</h1>
      <p className="lead">
        Porter looks into your calendar, your Slack and your repositories, and asks you first.
      </p>
      {failure !== undefined && (
        <p className="failure" role="alert">
          {failureSentence(failure)}
        </p>
      )}
      {/* A whole page load: the login is another site's. */}
      <a className="button primary" href="/api/valet-key/login?returnTo=/">
        Log in
      </a>
      <ul className="promises">
        <li>
          <CalendarIcon />
          What is on today, and room for what should be
        </li>
        <li>
          <ChannelIcon />
          What is new in Slack
        </li>
        <li>
          <RepositoryIcon />
          Which repositories are yours
        </li>
      </ul>
    </main>
  )
}

function failureSentence(failure: unknown): string {
  switch (failure) {
    case 'access_denied':
      return 'You did not log in. Whenever you like to, the button is here.'
    case 'vault_unavailable':
      return 'Nobody can log in right now. Try again in a moment.'
    default:
      return 'That login did not work. Try again.'
  }
}
