import type { FC } from 'hono/jsx'

/** The key that stands for this vault. For the eyes only: the words beside it say the same. */
export const KeyMark: FC = () => (
  <svg class="key" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
    <circle cx="6.5" cy="12" r="4.25" />
    <path d="M10.75 12H22v4M17.25 12v3" />
  </svg>
)
