// Browser-safe and without zod, as parse-interrupt.ts is, and for the same reasons.
import { type ConnectErrorCode, isConnectErrorCode } from './connect-failure.ts'
import { isConnectionName } from './parse-interrupt.ts'

/**
 * The `BroadcastChannel` on which a popup tells the app's other windows how its connect flow ended.
 * A channel reaches the app's own origin only, and still does when a provider's
 * Cross-Origin-Opener-Policy has cut the popup off from its opener.
 */
export const connectChannelName = 'valetkey.connect'

/** How the connect flow of one popup ended. It proves nothing: the vault is asked again. */
export interface ConnectMessage {
  readonly type: 'valetkey.connect'
  readonly version: 1
  /** The `popup` of the link that the popup was opened with. */
  readonly popup: string
  readonly connection: string
  /** Why no account was connected. Absent: one was. */
  readonly error?: ConnectErrorCode | undefined
}

/** True for what may name a popup in a link: chosen by the opener, at random. */
export function isPopupId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{16,64}$/.test(value)
}

/**
 * The message in the `data` of an event of the channel, or `undefined` for anything else. Any script
 * of the app's origin can post there: strict, never throws, and gives a fresh plain object.
 */
export function parseConnectMessage(value: unknown): ConnectMessage | undefined {
  try {
    if (typeof value !== 'object' || value === null) return undefined
    const entries = new Map<string, unknown>(Object.entries(value))
    const popup = entries.get('popup')
    const connection = entries.get('connection')
    const error = entries.get('error')
    const isMessage = entries.get('type') === 'valetkey.connect' && entries.get('version') === 1
    if (!isMessage || entries.size > (entries.has('error') ? 5 : 4)) return undefined
    if (!isPopupId(popup) || !isConnectionName(connection)) return undefined
    const message = { type: 'valetkey.connect', version: 1, popup, connection } as const
    if (error === undefined) return message
    return isConnectErrorCode(error) ? { ...message, error } : undefined
  } catch {
    return undefined // a getter that throws is no message either
  }
}
