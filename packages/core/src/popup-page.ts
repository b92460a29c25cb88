import { encodeBase64url } from './base64url.ts'
import { connectChannelName, type ConnectMessage } from './connect-message.ts'
import { quiet } from './web-answer.ts'

/** What the page needs besides its message. */
export interface PopupPageOptions {
  /** Where a person goes on when the window does not close: a path of the app. */
  readonly location: string
  readonly cookies: readonly string[]
  /** For the page's own script and style, and for nothing else. */
  readonly nonce: Uint8Array
}

/** The last page of a popup: tells the app's other windows how the flow ended, and closes. */
export function popupPage(
  message: ConnectMessage,
  { location, cookies, nonce: bytes }: PopupPageOptions,
): Response {
  const nonce = encodeBase64url(bytes)
  const own = `'nonce-${nonce}'`
  const policy = `default-src 'none'; script-src ${own}; style-src ${own}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  const headers = new Headers({
    ...quiet,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
  })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  const title = message.error === undefined ? 'Connected' : 'Not connected'
  // Names and codes have no character that HTML or a script would take for its own; a path may.
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style nonce="${nonce}">
:root { color-scheme: light dark; font: 1rem/1.5 system-ui }
body { margin: 20vh 1rem; text-align: center }
</style>
<main>
<h1>${title}</h1>
<p>You can close this window, or <a href="${escapeHtml(location)}">go on here</a>.</p>
</main>
<script nonce="${nonce}">
const channel = new BroadcastChannel('${connectChannelName}')
channel.postMessage(${JSON.stringify(message)})
channel.close()
window.close()
</script>
</html>
`
  return new Response(html, { headers })
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
