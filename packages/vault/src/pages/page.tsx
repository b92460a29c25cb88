import type { Child, FC } from 'hono/jsx'

export interface PageProps {
  readonly title: string
  readonly stylesheet: string
  readonly children?: Child
}

/** The frame of every page: no script, one stylesheet, nothing from elsewhere. */
export const Page: FC<PageProps> = ({ title, stylesheet, children }) => (
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
      <main class="card">
        <p class="brand">
          <svg class="key" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
            <circle cx="8" cy="12" r="4" />
            <path d="M12 12h9m-3 0v3.5M21 12v2.5" />
          </svg>
          Valet Key
        </p>
        {children}
      </main>
    </body>
  </html>
)
