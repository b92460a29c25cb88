import type { FC } from 'hono/jsx'

export interface ScopeListProps {
  readonly scopes: readonly string[]
  /** What they allow, in the provider's words. Default: each is shown by its name. */
  readonly texts?: Readonly<Record<string, string>> | undefined
  /** The id of the heading that names the list. */
  readonly labelledBy?: string | undefined
}

/** What may be done, in people's words where there are any, else by the provider's own names. */
export const ScopeList: FC<ScopeListProps> = ({ scopes, texts = {}, labelledBy }) => (
  <ul class="scopes" {...(labelledBy !== undefined && { 'aria-labelledby': labelledBy })}>
    {scopes.map((scope) => (
      <li>
        {textOf(scope, texts) ?? (
          <code>
            {wordsOf(scope).map((word) => (
              <>
                {word}
                <wbr />
              </>
            ))}
          </code>
        )}
      </li>
    ))}
  </ul>
)

function textOf(scope: string, texts: Readonly<Record<string, string>>): string | undefined {
  const known = [texts, MEANINGS].find((candidate) => Object.hasOwn(candidate, scope))
  return known?.[scope]
}

/** Of scopes that everybody asks for, in people's words. */
export const MEANINGS: Readonly<Record<string, string>> = {
  openid: 'To know that it is you',
  profile: 'Your name and picture',
  email: 'Your e-mail address',
  offline_access: 'To act for you while you are away, until you end it',
}

/** Where a long scope may wrap: after the marks that divide it. */
function wordsOf(scope: string): readonly string[] {
  return scope.split(/(?<=[/.:_-])/)
}
