import { useCallback, useEffect, useState } from 'react'

const KEY = 'porter.draft'

/** What the user is writing. It survives the way to the login and back, in this tab. */
export function useDraft(): readonly [string, (draft: string) => void] {
  const [draft, setDraft] = useState('')
  useEffect(() => {
    setDraft(sessionStorage.getItem(KEY) ?? '')
  }, [])
  const keepDraft = useCallback((next: string) => {
    sessionStorage.setItem(KEY, next)
    setDraft(next)
  }, [])
  return [draft, keepDraft]
}
