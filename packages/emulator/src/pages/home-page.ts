import type { Emulation } from '../emulation.ts'
import type { Reply } from '../reply.ts'
import { escapeHtml } from './html.ts'
import { page } from './page.ts'

/** What a person sees who opens the emulator in a browser. No secrets: it has none worth the name, but a page is read over shoulders. */
export function homePage(emulation: Emulation): Reply {
  const providers = [...emulation.providers.values()]
    .map((provider) => {
      const { name, authorizationEndpoint } = provider.served()
      return `<tr><td>${escapeHtml(name)}</td><td><code>${escapeHtml(provider.id)}</code></td><td><code>${escapeHtml(authorizationEndpoint)}</code></td></tr>`
    })
    .join('\n')
  const users = emulation.users
    .map((user) => `<li>${escapeHtml(user.name)} (<code>${escapeHtml(user.id)}</code>)</li>`)
    .join('\n')
  return page({
    title: 'Valet Key emulator',
    main: `<h1>Valet Key emulator</h1>
<p>Providers that run on this machine. Nothing here is a real account, and nothing leaves this machine.</p>
<table><thead><tr><th scope="col">Provider</th><th scope="col">Id</th><th scope="col">Authorization endpoint</th></tr></thead><tbody>
${providers}
</tbody></table>
<p>People who can sign in:</p>
<ul>
${users}
</ul>`,
  })
}
