// #region slots
import { ConnectAccount, type ResumableInterrupt } from '@valetkey/react'
import type { ReactNode } from 'react'
import { Button } from './your-design.tsx'

interface WaitingProps {
  readonly pending: ResumableInterrupt
}

export function Waiting({ pending }: WaitingProps): ReactNode {
  return (
    <ConnectAccount
      pending={pending}
      className="card"
      classNames={{ link: 'button button-primary', failure: 'text-danger' }}
      components={{ decline: (props) => <Button {...props} variant="quiet" /> }}
      serviceNames={{ 'work-calendar': 'Work calendar' }}
      texts={{ decline: 'Not now' }}
    />
  )
}
// #endregion

// #region children
export function Bare({ pending }: WaitingProps): ReactNode {
  return (
    <ConnectAccount pending={pending}>
      {({ phase, failure, link, follow, decline }) => (
        <>
          <a href={link} onClick={follow}>
            {phase === 'waiting' ? 'Open the window again' : 'Connect'}
          </a>
          <button type="button" onClick={decline}>
            Go on without
          </button>
          <p role="alert">{failure === undefined ? '' : 'That did not work. Try again.'}</p>
        </>
      )}
    </ConnectAccount>
  )
}
// #endregion
