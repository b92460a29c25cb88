import { useEffect, useState } from 'react'

const KEY = 'porter.draft'

/** What the user is writing. It survives a way to the login and back, in this tab. */
export function useDraft(): readonly [string, (draft: string) => void] {
  const [draft, setDraft] = useState('')
  useEffect(() => {
    setDraft(sessionStorage.getItem(KEY) ?? '')
  }, [])
  return [
    draft,
    (next) => {
      sessionStorage.setItem(KEY, next)
      setDraft(next)
    },
  ]
}
