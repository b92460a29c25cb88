import type { Child, FC } from 'hono/jsx'
import { KeyMark } from './key-mark.tsx'

export interface PageProps {
  readonly title: string
  readonly stylesheet: string
  /** Default: as wide as a question needs. */
  readonly size?: 'wide' | undefined
  readonly children?: Child
}

/** The frame of every page: no script, one stylesheet, nothing from elsewhere. */
export const Page: FC<PageProps> = ({ title, stylesheet, size, children }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="robots" content="noindex, nofollow" />
      <title>{`${title} · Valet Key`}</title>
      <link rel="stylesheet" href={stylesheet} />
    </head>
    <body>
      <main class={size === undefined ? 'card' : `card ${size}`}>
        <p class="brand">
          <KeyMark />
          Valet Key
        </p>
        {children}
      </main>
    </body>
  </html>
)
