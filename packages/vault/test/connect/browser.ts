/** As much of a browser as the connect flow needs: cookies by host and port, redirects one by one, form fields. */
export interface Browser {
  readonly open: (url: string) => Promise<Visit>
  /** Submits the consent form of a page that was opened, as a browser would. */
  readonly submit: (
    page: Visit,
    decision: 'approve' | 'deny',
    change?: { fields?: Record<string, string>; headers?: Record<string, string> },
  ) => Promise<Visit>
  /** Answers any other page of the vault's: its own form, with the given button. */
  readonly answer: (
    page: Visit,
    decision: string,
    change?: { fields?: Record<string, string>; headers?: Record<string, string> },
  ) => Promise<Visit>
  /** Sends a form of the page with what is hidden in it, and what was filled in or pressed. */
  readonly send: (
    page: Visit,
    fields: Record<string, string>,
    change?: { action?: string; headers?: Record<string, string> },
  ) => Promise<Visit>
  /** Submits one form of a page that has several: its token, and the fields of the button that was pressed. */
  readonly press: (
    page: Visit,
    fields: Readonly<Record<string, string>>,
    options?: {
      readonly action?: string
      readonly headers?: Readonly<Record<string, string>>
    },
  ) => Promise<Visit>
  /** Follows redirects, and forms that send themselves, until one leaves loopback; resolves to where it ends. */
  readonly follow: (visit: Visit) => Promise<Visit>
  readonly cookies: Map<string, string>
}

export interface Visit {
  readonly url: string
  readonly status: number
  readonly html: string
  readonly headers: Headers
  /** Absolute. */
  readonly location: string | undefined
}

interface SubmittedForm {
  readonly fields: Record<string, string>
  readonly headers: Record<string, string>
}

export function createBrowser(): Browser {
  const cookies = new Map<string, string>()

  const visit = async (url: string, form?: SubmittedForm): Promise<Visit> => {
    const { host } = new URL(url)
    const jar = [...cookies]
      .filter(([key]) => key.startsWith(`${host} `))
      .map(([key, value]) => `${key.slice(host.length + 1)}=${value}`)
      .join('; ')
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { ...(jar !== '' && { cookie: jar }), ...form?.headers },
      ...(form !== undefined && { method: 'POST', body: new URLSearchParams(form.fields) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0/i.test(line)) cookies.delete(`${host} ${name}`)
      else cookies.set(`${host} ${name}`, value)
    }
    const location = response.headers.get('location')
    return {
      url,
      status: response.status,
      html: await response.text(),
      headers: response.headers,
      location: location === null ? undefined : new URL(location, url).href,
    }
  }

  return {
    cookies,
    open: (url) => visit(url),
    submit: (page, decision, { fields = {}, headers = {} } = {}) =>
      visit(new URL(attribute(page.html, /<form[^>]* action="([^"]*)"/), page.url).href, {
        // What Chromium sends from a page with `Referrer-Policy: no-referrer`.
        headers: { origin: 'null', 'sec-fetch-site': 'same-origin', ...headers },
        fields: {
          ticket: attribute(page.html, /name="ticket" value="([^"]*)"/),
          form_token: attribute(page.html, /name="form_token" value="([^"]*)"/),
          decision,
          ...fields,
        },
      }),
    answer: (page, decision, { fields = {}, headers = {} } = {}) =>
      visit(new URL(attribute(page.html, /<form[^>]* action="([^"]*)"/), page.url).href, {
        headers: { origin: 'null', 'sec-fetch-site': 'same-origin', ...headers },
        fields: {
          form_token: attribute(page.html, /name="form_token" value="([^"]*)"/),
          decision,
          ...fields,
        },
      }),
    send: (page, fields, { action, headers = {} } = {}) => {
      const target = action ?? attribute(page.html, /<form[^>]* action="([^"]*)"/)
      return visit(new URL(target, page.url).href, {
        headers: { origin: 'null', 'sec-fetch-site': 'same-origin', ...headers },
        fields: { ...hiddenFields(page.html), ...fields },
      })
    },
    press: (page, fields, { action, headers = {} } = {}) =>
      visit(new URL(action ?? attribute(page.html, /<form[^>]* action="([^"]*)"/), page.url).href, {
        headers: { origin: 'null', 'sec-fetch-site': 'same-origin', ...headers },
        fields: {
          form_token: attribute(page.html, /name="form_token" value="([^"]*)"/),
          ...fields,
        },
      }),
    follow: async (first) => {
      let current = first
      for (;;) {
        const next = nextOf(current)
        if (next === undefined) return current
        current = await visit(next.url, next.form)
      }
    },
  }
}

/** Where a browser goes from here without anybody's doing. */
function nextOf({ location, html, url }: Visit): { url: string; form?: SubmittedForm } | undefined {
  if (location !== undefined) return isLoopback(location) ? { url: location } : undefined
  if (!html.includes('<script>')) return undefined
  const target = new URL(attribute(html, /<form[^>]* action="([^"]*)"/), url).href
  if (!isLoopback(target)) return undefined
  return { url: target, form: { headers: { origin: 'null' }, fields: hiddenFields(html) } }
}

function hiddenFields(html: string): Record<string, string> {
  const inputs = html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)
  return Object.fromEntries([...inputs].map(([, name = '', value = '']) => [name, value]))
}

function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost'].includes(new URL(url).hostname)
}

function attribute(html: string, pattern: RegExp): string {
  const found = pattern.exec(html)?.[1]
  if (found === undefined) throw new Error(`The page has no ${pattern.source}: ${html}`)
  return found.replaceAll('&amp;', '&')
}
