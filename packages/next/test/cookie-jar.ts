/** The cookies of a browser at one https site, as `Set-Cookie` headers leave them. */
export interface CookieJar {
  readonly keep: (response: Response) => void
  readonly header: () => string
  readonly names: () => readonly string[]
  readonly set: (name: string, value: string) => void
}

/** A jar with nothing in it. */
export function createCookieJar(): CookieJar {
  const cookies = new Map<string, string>()
  return {
    keep: (response) => {
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (/max-age=0/i.test(line)) cookies.delete(name)
        else cookies.set(name, value)
      }
    },
    header: () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    names: () => [...cookies.keys()],
    set: (name, value) => cookies.set(name, value),
  }
}
