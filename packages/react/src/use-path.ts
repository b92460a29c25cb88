import { useSyncExternalStore } from 'react'
import { ownPath } from './app-link.ts'

/** The page's own path, to come back to; `undefined` on a server and while its page is hydrated. */
export function usePath(): string | undefined {
  return useSyncExternalStore(subscribeToNothing, currentPath, pathOnServer)
}

/** The page's own path. In a browser. */
export function currentPath(): string {
  return ownPath(location.href)
}

// Nothing tells of every navigation: the path is read again whenever the component is rendered.
function subscribeToNothing(): () => void {
  return () => undefined
}

function pathOnServer(): undefined {
  return undefined
}
