import { useEffect } from 'react'

/** Loads the page again when the back button brings it back as it was: its chat may have gone on. */
export function useFreshPage(): void {
  useEffect(() => {
    const look = ({ persisted }: PageTransitionEvent): void => {
      if (persisted) location.reload()
    }
    addEventListener('pageshow', look)
    return () => removeEventListener('pageshow', look)
  }, [])
}
