import { GET, POST } from './app/api/valet-key/[...valetKey]/route'

const app = 'http://localhost:3000/api/valet-key'
const login = await GET(new Request(`${app}/login?returnTo=/calendar`))
const accounts = await GET(new Request(`${app}/accounts`))
const forged = await POST(
  new Request(`${app}/logout`, { method: 'POST', headers: { origin: 'https://evil.example' } }),
)

process.stdout.write(
  JSON.stringify({
    login: { status: login.status, location: login.headers.get('location') },
    accounts: { status: accounts.status, body: await accounts.json() },
    forged: { status: forged.status },
  }),
)
