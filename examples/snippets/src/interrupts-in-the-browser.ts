// #region parse
import { parseInterrupt } from '@valetkey/core/interrupts'

/** The link behind the chat's button, for whatever the server sent. */
export function linkFor(value: unknown): string | undefined {
  const interrupt = parseInterrupt(value)
  return interrupt?.kind === 'connect' ? interrupt.connectUrl : undefined
}
// #endregion
