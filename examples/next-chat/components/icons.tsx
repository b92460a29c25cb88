import type { ReactNode } from 'react'

/** Line drawings, 24 units square; what they say is said in words beside them. */
function icon(drawing: ReactNode): () => ReactNode {
  return function Icon() {
    return (
      <svg
        className="icon"
        viewBox="0 0 24 24"
        width="20"
        height="20"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.75"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {drawing}
      </svg>
    )
  }
}

export const CalendarIcon = icon(
  <>
    <rect x="3.5" y="5" width="17" height="15.5" rx="3" />
    <path d="M3.5 10h17M8 3v4M16 3v4" />
  </>,
)

export const ChannelIcon = icon(<path d="M10 4 8 20M16 4l-2 16M4.5 9.5h16M3.5 15h16" />)

export const RepositoryIcon = icon(
  <>
    <circle cx="6.5" cy="5.5" r="2.5" />
    <circle cx="6.5" cy="18.5" r="2.5" />
    <circle cx="17.5" cy="8.5" r="2.5" />
    <path d="M6.5 8v8M17.5 11c0 3.5-4 4.5-11 5" />
  </>,
)

export const SendIcon = icon(<path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" />)

export const PorterMark = icon(
  <>
    <path d="M4 18h16M5.5 18a6.5 6.5 0 0 1 13 0M12 11.5V8.5M10 8.5h4" />
  </>,
)
