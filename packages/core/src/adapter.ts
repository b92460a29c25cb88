/**
 * For adapters that have routes of their own: what `createConnectHandlers` is made of. Not for apps;
 * it may change with every release.
 */
export {
  type AttemptCookieSettings,
  attemptCookieName,
  clearAttemptCookie,
  findAttemptCookie,
  setAttemptCookies,
} from './attempt-cookie.ts'
export { clientAuthentication } from './client-authentication.ts'
export { type Environment, processEnvironment } from './environment.ts'
export { refuseForeign } from './own-request.ts'
export { isConnectionName } from './parse-interrupt.ts'
export { type Cookie, cookiesOf } from './request-cookies.ts'
export { parseReturnPath, withQuery } from './return-path.ts'
export { sendOnce } from './send-request.ts'
export { isSigned, type Subject, subjectResolver } from './subject-token.ts'
export { isLoopbackHost } from './vault-address.ts'
export {
  jsonAnswer,
  methodNotAllowed,
  plainAnswer,
  redirect,
  refuseNonNavigation,
} from './web-answer.ts'
