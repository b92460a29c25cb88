import { type RefObject, useCallback, useEffect, useState } from 'react'

const KEY = 'porter.draft'

/**
 * What the user is writing into a field. It survives the way to the login and back, in this tab, and
 * what was typed before the page was awake is kept.
 */
export function useDraft(
  field: RefObject<HTMLTextAreaElement | null>,
): readonly [string, (draft: string) => void] {
  const [draft, setDraft] = useState('')
  useEffect(() => {
    const typed = field.current?.value ?? ''
    setDraft(typed === '' ? (sessionStorage.getItem(KEY) ?? '') : typed)
  }, [field])
  const keepDraft = useCallback((next: string) => {
    sessionStorage.setItem(KEY, next)
    setDraft(next)
  }, [])
  return [draft, keepDraft]
}
