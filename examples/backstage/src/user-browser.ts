import { spawn } from 'node:child_process'

/** Opens the link in the browser of this machine; the person there does the rest. */
export function openLink(link: string): void {
  const [program, ...parameters] = {
    darwin: ['open', link],
    win32: ['cmd', '/c', 'start', '""', link.replaceAll('&', '^&')],
  }[process.platform as string] ?? ['xdg-open', link]
  spawn(program ?? 'xdg-open', parameters, { stdio: 'ignore', detached: true })
    .once('error', () => console.log(`   open it yourself: ${link}`))
    .unref()
}

/**
 * Follows the link as a browser would, and says yes on each page, until there is nothing to say yes
 * to. Real requests, cookies and forms; only the person is missing.
 */
export async function clickThrough(link: string): Promise<{ url: string; pages: number }> {
  const cookies = new Map<string, string>()
  let url = link
  let init: RequestInit = {}
  for (let requests = 0, pages = 0; requests < 20; requests += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      ...init,
      headers: { cookie, origin: new URL(url).origin },
      redirect: 'manual',
    })
    for (const header of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (header.split(';')[0] ?? '').split(/=(.*)/)
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    const html = await response.text()
    if (location !== null) {
      url = new URL(location, url).href
      init = {}
      continue
    }
    const form = readForm(html)
    if (response.status !== 200 || form === undefined) return { url, pages }
    pages += 1
    url = new URL(form.action, url).href
    init = { method: 'POST', body: form.fields }
  }
  throw new Error(`No end of pages after ${link}`)
}

/** The form with its hidden fields, ticked boxes and chosen options, and the button that says yes. */
function readForm(html: string): { action: string; fields: URLSearchParams } | undefined {
  const [, head, body] = /<form\b([^>]*)>([\s\S]*?)<\/form>/i.exec(html) ?? []
  if (head === undefined || body === undefined) return undefined
  const fields = new URLSearchParams()
  for (const [tag] of body.matchAll(/<input\b[^>]*>/gi)) {
    const isOn = attribute(tag, 'type') !== 'checkbox' || /\bchecked\b/.test(tag)
    if (isOn) fields.append(attribute(tag, 'name') ?? '', attribute(tag, 'value') ?? 'on')
  }
  for (const [, select = '', options = ''] of body.matchAll(
    /<select\b([^>]*)>([\s\S]*?)<\/select>/gi,
  )) {
    const chosen = /<option\b[^>]*\bselected[^>]*>/i.exec(options)?.[0] ?? ''
    fields.append(attribute(select, 'name') ?? '', attribute(chosen, 'value') ?? '')
  }
  const yes = [...body.matchAll(/<button\b[^>]*>/gi)]
    .map(([tag]) => tag)
    .find((tag) => /approve|allow/i.test(attribute(tag, 'value') ?? ''))
  if (yes !== undefined) fields.append(attribute(yes, 'name') ?? '', attribute(yes, 'value') ?? '')
  return { action: attribute(head, 'action') ?? '', fields }
}

function attribute(tag: string, name: string): string | undefined {
  const text = new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1]
  return text
    ?.replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
