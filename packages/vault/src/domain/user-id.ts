/** Whether it is what the vault calls one of its users. Client ids are others' words and may be anything. */
export function isUserId(value: unknown): value is string {
  return typeof value === 'string' && /^usr_[A-Za-z0-9_-]+$/.test(value)
}
