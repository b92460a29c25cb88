import type { ReactNode } from 'react'
import { CalendarIcon, ChannelIcon, RepositoryIcon } from './icons.tsx'

/** For whoever is not logged in. */
export function Welcome(): ReactNode {
  return (
    <main className="page welcome">
      <h1>Ask about your day, in one place</h1>
      <p className="lead">
        Porter looks into your calendar, your Slack and your repositories, and asks you first.
      </p>
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
