/** Whose token it is: the provider's own answer. */
export async function askProvider(token: string): Promise<string> {
  const response = await fetch(process.env['USERINFO_URL'] ?? '', {
    headers: { authorization: `Bearer ${token}` },
    cache: 'no-store',
  })
  return await response.text()
}
