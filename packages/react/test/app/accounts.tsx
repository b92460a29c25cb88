import { ConnectedAccounts } from '@valetkey/react'
import { renderPage } from './render-page.tsx'

renderPage(
  <main>
    <h1>Accounts</h1>
    <ConnectedAccounts serviceNames={{ 'work-slack': 'Slack' }} />
  </main>,
)
