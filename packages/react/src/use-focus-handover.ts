import { type RefObject, useEffect, useLayoutEffect } from 'react'

// On a server there is no layout, and React 18 says so for every component that asks for it.
const useBrowserLayoutEffect = typeof document === 'undefined' ? useEffect : useLayoutEffect

/**
 * Hands the focus on when a component is gone that had it: to the next one that waits for its user,
 * else to `focusAfter`. Otherwise a keyboard would be back at the top of the page.
 */
export function useFocusHandover(
  root: RefObject<HTMLElement | null>,
  focusAfter: RefObject<HTMLElement | null> | undefined,
): void {
  useBrowserLayoutEffect(
    () => () => {
      const element = root.current
      if (element === null || !element.contains(document.activeElement)) return
      // Now it is still there; when the others are as they will be, it is not.
      queueMicrotask(() => {
        if (element.isConnected) return
        const next = document.querySelector<HTMLElement>('[data-valetkey-interrupt]')
        ;(next ?? focusAfter?.current)?.focus()
      })
    },
    [root, focusAfter],
  )
}
