/** What credentials look like, wherever they stand. */
const CREDENTIALS = [
  // A JWT, or the beginning of one.
  /eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g,
  /(?<=\b(?:bearer|basic|dpop)\s+)[\w.~+/=-]{8,}/gi,
  // Google, GitHub, Slack, Notion, Anthropic and OpenAI print theirs with a prefix for this purpose.
  /\b(?:ya29\.|1\/\/0|gh[oprsu]_|github_pat_|xox[a-z]-|xoxe\.|xapp-|ntn_|secret_|sk-)[\w./-]{8,}/g,
  // A named value in a URL, a form, JSON or an object as printed.
  /(?<=(?:access_token|refresh_token|id_token|subject_token|actor_token|client_secret|client_assertion|code_verifier|connect_code|auth_session|ticket|password|authorization|cookie)["'\\]{0,2}\s*[=:]\s*["'\\]{0,2})[^\s"'\\&,}]{4,}/gi,
]

/** The text without what looks like a credential. A second wall: nothing should reach it. */
export function scrub(text: string): string {
  return CREDENTIALS.reduce((rest, pattern) => rest.replaceAll(pattern, '[redacted]'), text)
}
