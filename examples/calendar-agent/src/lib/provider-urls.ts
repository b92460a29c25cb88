/** Google, or what stands for it: the demo puts the emulator here. */
function google(): string {
  return process.env['GOOGLE_API_URL'] ?? 'https://www.googleapis.com'
}

function github(): string {
  return process.env['GITHUB_API_URL'] ?? 'https://api.github.com'
}

/** The events of one day, given as `2026-11-23`, in UTC. */
export function eventsUrl(date: string): string {
  const day = new URLSearchParams({ timeMin: `${date}T00:00:00Z`, timeMax: `${date}T23:59:59Z` })
  return `${google()}/calendar/v3/calendars/primary/events?${day}`
}

/** Who the user is. */
export function userInfoUrl(): string {
  return `${google()}/v1/userinfo`
}

/** The user's repositories. */
export function repositoriesUrl(): string {
  return `${github()}/user/repos`
}
