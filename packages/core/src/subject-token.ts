import { checkedSignedSubject, type SignedSubject } from './signed-subject.ts'

/** A token and its RFC 8693 type URN (section 3). */
export interface SubjectToken {
  readonly token: string
  readonly type: string
}

/** A value, or a function of the call that gives it. Nothing (`undefined`, `null`, `''`) is allowed. */
export type Source<Value, Call> =
  | Value
  | null
  | undefined
  | ((call: Call) => Value | null | undefined | PromiseLike<Value | null | undefined>)

/** On whose behalf: at most one of the four. Nothing in it means that nobody is logged in. */
export interface SubjectSources<Call> {
  /** The user's login refresh token. */
  readonly refreshToken?: Source<string, Call>
  /** The user's login access token, or a trusted issuer's JWT. */
  readonly accessToken?: Source<string, Call>
  /** Any other token, with its type. */
  readonly subjectToken?: Source<SubjectToken, Call>
  /**
   * The user's id, for a login system without a token that the vault could read. Needs a
   * `privateKey`, and the vault's leave to name users.
   */
  readonly signedSubject?: Source<string | SignedSubject, Call>
}

/** On whose behalf: a token, or a user for whom one is signed at each request. */
export type Subject = SubjectToken | SignedSubject

/** Finds the subject of one call; `undefined` means that nobody is logged in. */
export type SubjectResolver<Call> = (
  call: Call,
) => Subject | undefined | Promise<Subject | undefined>

/** Finds the actor token of one call. */
export type ActorResolver<Call> = (
  call: Call,
) => SubjectToken | undefined | Promise<SubjectToken | undefined>

const refreshTokenType = 'urn:ietf:params:oauth:token-type:refresh_token'
/** RFC 8693 section 3. The vault takes a trusted issuer's JWT under this type too. */
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

const jwtType = 'urn:ietf:params:oauth:token-type:jwt'

const sourceNames = ['refreshToken', 'accessToken', 'subjectToken', 'signedSubject'] as const

/** For an option that is missing. */
export const sourceNamesInWords = '"refreshToken", "accessToken", "subjectToken" or "signedSubject"'

/** True for a user whom this client names itself. */
export function isSigned(subject: Subject): subject is SignedSubject {
  return 'subject' in subject
}

/** Its RFC 8693 type URN. */
export function subjectTokenType(subject: Subject): string {
  return isSigned(subject) ? jwtType : subject.type
}

/**
 * The resolver of the one source in `options`; `undefined` when there is none. A source that is
 * present but `undefined` counts as one (nobody is logged in), so that it never falls back to
 * someone else's default.
 *
 * @throws TypeError when several are given
 */
export function subjectResolver<Call>(
  options: SubjectSources<Call>,
): SubjectResolver<Call> | undefined {
  const present = sourceNames.filter((name) => Object.hasOwn(options, name))
  const given = present.filter((name) => options[name] !== undefined)
  if (given.length > 1) throw new TypeError(`Give one of "${given.join('", "')}", not several`)
  if (present.length === 0) return undefined
  const { refreshToken, accessToken, subjectToken, signedSubject } = options
  if (refreshToken !== undefined) {
    return fromSource(refreshToken, (value) => typedToken(value, refreshTokenType, 'refreshToken'))
  }
  if (accessToken !== undefined) {
    return fromSource(accessToken, (value) => typedToken(value, accessTokenType, 'accessToken'))
  }
  if (signedSubject !== undefined) return fromSource(signedSubject, checkedSignedSubject)
  return fromSource(subjectToken, (value) => checkedToken(value, 'subjectToken'))
}

/** The resolver of an `actorToken` option; `undefined` without one. A plain string is an access token. */
export function actorResolver<Call>(
  actorToken: Source<string | SubjectToken, Call>,
): ActorResolver<Call> | undefined {
  if (actorToken === undefined || actorToken === null || actorToken === '') return undefined
  return fromSource(actorToken, (value) =>
    typeof value === 'string'
      ? typedToken(value, accessTokenType, 'actorToken')
      : checkedToken(value, 'actorToken'),
  )
}

/** The text of a source. */
export function resolveText<Call>(
  source: Source<string, Call>,
  call: Call,
): string | null | undefined | PromiseLike<string | null | undefined> {
  return typeof source === 'function' ? source(call) : source
}

/** A value is checked once, what a function gives at each call. */
function fromSource<Value, Call, Made>(
  source: Source<Value, Call>,
  check: (value: Value | null | undefined) => Made,
): (call: Call) => Made | Promise<Made> {
  if (isFunction(source)) return (call) => whenKnown(source(call), check)
  const fixed = check(source)
  return () => fixed
}

function isFunction<Value, Call>(
  source: Source<Value, Call>,
): source is (call: Call) => Value | null | undefined | PromiseLike<Value | null | undefined> {
  return typeof source === 'function'
}

function typedToken(token: unknown, type: string, name: string): SubjectToken | undefined {
  if (token === undefined || token === null || token === '') return undefined
  if (typeof token !== 'string') throw new TypeError(`"${name}" must give a string`)
  return { token, type }
}

function checkedToken(value: unknown, name: string): SubjectToken | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'object' && 'token' in value && 'type' in value) {
    const { token, type } = value
    if (token === undefined || token === null || token === '') return undefined
    if (typeof token === 'string' && typeof type === 'string' && type !== '') return { token, type }
  }
  throw new TypeError(`"${name}" must give { token, type } with two strings`)
}

/** Without `await` where there is nothing to wait for: this runs before every tool call. */
function whenKnown<Given, Made>(
  value: Given | PromiseLike<Given>,
  make: (value: Given) => Made,
): Made | Promise<Made> {
  return isPromiseLike(value) ? Promise.resolve(value).then(make) : make(value)
}

/** Also for query builders and promises of another realm, which are no `Promise` of ours. */
function isPromiseLike<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof value === 'object' && value !== null && 'then' in value
}
