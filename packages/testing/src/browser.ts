/** One button of a form, as it is sent when it is clicked. */
export interface Button {
  readonly label: string
  readonly name: string | undefined
  readonly value: string
}

/** A form of a page, with the values it has now. */
export interface Form {
  readonly method: 'GET' | 'POST'
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  readonly buttons: readonly Button[]
}

/** Where the browser has arrived. */
export interface Page {
  readonly url: string
  /** `0` for an address in `stopAt`, which was not requested. */
  readonly status: number
  readonly html: string
  readonly forms: readonly Form[]
}

/** Options of {@link createBrowser}. */
export interface BrowserOptions {
  /** A redirect to an address that begins so is not followed: the app's own callback. */
  readonly stopAt?: readonly string[] | undefined
}

/** A browser without a window: cookies, redirects and forms over real HTTP, nothing else. */
export interface Browser {
  open(url: string): Promise<Page>
  /** Clicks the button whose label matches, in whichever form has it. */
  click(page: Page, label: RegExp): Promise<Page>
  /** The `Cookie` header that a request to the address would have; empty when there is none. */
  cookies(url: string): string
}

interface Cookie {
  readonly name: string
  readonly value: string
  readonly host: string
  readonly path: string
}

const maxRedirects = 20

/** A new browser with no cookies. */
export function createBrowser({ stopAt = [] }: BrowserOptions = {}): Browser {
  let cookies: readonly Cookie[] = []

  const request = async (url: string, init: RequestInit): Promise<Page> => {
    let address = url
    let current = init
    for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
      if (stopAt.some((prefix) => address.startsWith(prefix))) {
        return { url: address, status: 0, html: '', forms: [] }
      }
      const headers = new Headers(current.headers)
      const cookie = cookieHeader(cookies, new URL(address))
      if (cookie !== '') headers.set('cookie', cookie)
      const response = await fetch(address, { ...current, headers, redirect: 'manual' })
      cookies = keepCookies(cookies, new URL(address), response.headers.getSetCookie())
      const location = response.headers.get('location')
      if (response.status < 300 || response.status >= 400 || location === null) {
        const html = await response.text()
        return { url: address, status: response.status, html, forms: readForms(html, address) }
      }
      await response.body?.cancel()
      address = new URL(location, address).href
      // RFC 9110 section 15.4: only 307 and 308 repeat the method and the body.
      if (response.status !== 307 && response.status !== 308) current = {}
    }
    throw new Error(`More than ${maxRedirects} redirects from ${url}`)
  }

  return {
    open: async (url) => await request(url, {}),
    cookies: (url) => cookieHeader(cookies, new URL(url)),
    click: async (page, label) => {
      const { form, button } = findButton(page, label)
      const values = new URLSearchParams(form.fields)
      if (button.name !== undefined) values.set(button.name, button.value)
      if (form.method === 'GET') {
        const url = new URL(form.action)
        url.search = values.toString()
        return await request(url.href, {})
      }
      const { origin } = new URL(page.url)
      return await request(form.action, { method: 'POST', body: values, headers: { origin } })
    },
  }
}

function findButton(page: Page, label: RegExp): { readonly form: Form; readonly button: Button } {
  for (const form of page.forms) {
    const button = form.buttons.find((candidate) => label.test(candidate.label))
    if (button !== undefined) return { form, button }
  }
  const labels = page.forms.flatMap((form) => form.buttons.map((button) => button.label))
  const text = page.html
    .replaceAll(/<style[\s\S]*?<\/style>|<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 500)
  throw new Error(
    `No button ${label} at ${page.url} (status ${page.status}), only [${labels.join(', ')}]: ${text}`,
  )
}

function cookieHeader(cookies: readonly Cookie[], { hostname, pathname }: URL): string {
  return cookies
    .filter(({ host, path }) => host === hostname && pathname.startsWith(path))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
}

function keepCookies(
  cookies: readonly Cookie[],
  { hostname }: URL,
  headers: readonly string[],
): readonly Cookie[] {
  let kept = cookies
  for (const header of headers) {
    const [pair = '', ...attributes] = header.split(';').map((part) => part.trim())
    const [name = '', ...rest] = pair.split('=')
    const attribute = (wanted: string): string | undefined =>
      attributes
        .find((text) => text.toLowerCase().startsWith(`${wanted}=`))
        ?.slice(wanted.length + 1)
    const cookie = { name, value: rest.join('='), host: hostname, path: attribute('path') ?? '/' }
    const ended = Number(attribute('max-age') ?? '1') <= 0 || hasPassed(attribute('expires'))
    kept = kept.filter(
      (other) => other.name !== name || other.host !== hostname || other.path !== cookie.path,
    )
    if (!ended) kept = [...kept, cookie]
  }
  return kept
}

function hasPassed(expires: string | undefined): boolean {
  return expires !== undefined && Date.parse(expires) <= Date.now()
}

/** Enough HTML for pages that a server rendered; a page that needs a script has no forms here. */
function readForms(html: string, url: string): readonly Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(
    ([, head = '', body = '']) => {
      const attributes = readAttributes(head)
      const inputs = [...body.matchAll(/<input\b([^>]*)>/gi)].map(([, text = '']) =>
        readAttributes(text),
      )
      const buttons = [...body.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/gi)].map(
        ([, text = '', label = '']) => {
          const { name, value = '' } = readAttributes(text)
          return { label: plainText(label), name, value }
        },
      )
      return {
        method: attributes['method']?.toUpperCase() === 'POST' ? 'POST' : 'GET',
        action: new URL(attributes['action'] ?? '', url).href,
        fields: Object.fromEntries([...inputs.filter(isSent).map(fieldOf), ...readSelects(body)]),
        buttons: [
          ...buttons,
          ...inputs
            .filter(({ type }) => type === 'submit')
            .map(({ name, value = 'Submit' }) => ({ label: value, name, value })),
        ],
      }
    },
  )
}

/** What each list of choices has chosen: the option that says so, or the first one. */
function readSelects(html: string): readonly (readonly [string, string])[] {
  return [...html.matchAll(/<select\b([^>]*)>([\s\S]*?)<\/select>/gi)].map(
    ([, head = '', body = '']) => {
      const options = [...body.matchAll(/<option\b([^>]*)>/gi)].map(([, text = '']) =>
        readAttributes(text),
      )
      const chosen = options.find(({ selected }) => selected !== undefined) ?? options[0]
      return [readAttributes(head)['name'] ?? '', chosen?.['value'] ?? '']
    },
  )
}

type Attributes = Readonly<Record<string, string | undefined>>

function isSent({ type, name, checked }: Attributes): boolean {
  if (name === undefined || type === 'submit' || type === 'button') return false
  return (type !== 'checkbox' && type !== 'radio') || checked !== undefined
}

function fieldOf({ name = '', type, value }: Attributes): readonly [string, string] {
  return [name, value ?? (type === 'checkbox' || type === 'radio' ? 'on' : '')]
}

function readAttributes(text: string): Attributes {
  const found = text.matchAll(/([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/gi)
  return Object.fromEntries(
    [...found].map(([, name = '', double, single, bare]) => [
      name.toLowerCase(),
      decodeEntities(double ?? single ?? bare ?? ''),
    ]),
  )
}

function plainText(html: string): string {
  return decodeEntities(html.replaceAll(/<[^>]+>/g, ' '))
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function decodeEntities(text: string): string {
  return text
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number(`0x${code}`)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
}
