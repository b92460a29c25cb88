import { Page } from './page.tsx'
import { renderPage } from './render-page.ts'

export interface MessagePageProps {
  readonly title: string
  readonly text: string
  /** What the person can do now. */
  readonly advice: string
  /** Where to go from here. Default: nowhere. */
  readonly link?: { readonly href: string; readonly text: string } | undefined
  readonly stylesheet: string
}

/** Says that something did not work, in words of ours only. */
export function messagePage({ title, text, advice, link, stylesheet }: MessagePageProps): string {
  return renderPage(
    <Page title={title} stylesheet={stylesheet}>
      <h1>{title}</h1>
      <p role="alert">{text}</p>
      <p>{advice}</p>
      {link !== undefined && (
        <p>
          <a href={link.href}>{link.text}</a>
        </p>
      )}
    </Page>,
  )
}
