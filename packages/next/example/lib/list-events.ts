const google = process.env['GOOGLE_API_URL'] ?? 'https://www.googleapis.com'

/** The user's next events. */
export async function listEvents(token: string): Promise<readonly string[]> {
  const response = await fetch(`${google}/calendar/v3/calendars/primary/events?maxResults=10`, {
    headers: { authorization: `Bearer ${token}` },
    cache: 'no-store',
  })
  const body: { items?: readonly { summary?: string }[] } = await response.json()
  return (body.items ?? []).map(({ summary = 'Busy' }) => summary)
}
