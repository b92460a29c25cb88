import { useSyncExternalStore } from 'react'

/** False in the HTML that the server sent, true once this page's scripts answer to clicks and keys. */
export function useIsAwake(): boolean {
  return useSyncExternalStore(
    () => () => undefined,
    () => true,
    () => false,
  )
}
