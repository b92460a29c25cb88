import type { Emulation } from '../emulation.ts'
import type { Reply } from '../reply.ts'
import { escapeHtml, wrappableHtml } from './html.ts'
import { page } from './page.ts'

/** What a person sees who opens the emulator in a browser. No secrets: it has none worth the name, but a page is read over shoulders. */
export function homePage(emulation: Emulation): Reply {
  const providers = [...emulation.providers.values()]
    .map((provider) => {
      const { name, authorizationEndpoint } = provider.served()
      return `<dt>${escapeHtml(name)} (<code>${escapeHtml(provider.id)}</code>)</dt><dd><code>${wrappableHtml(authorizationEndpoint)}</code></dd>`
    })
    .join('\n')
  const users = emulation.users
    .map((user) => `<li>${escapeHtml(user.name)} (<code>${escapeHtml(user.id)}</code>)</li>`)
    .join('\n')
  return page({
    title: 'Valet Key emulator',
    main: `<h1>Valet Key emulator</h1>
<p>Providers that run on this machine. Nothing here is a real account, and nothing leaves this machine.</p>
<h2>Providers, and where they ask for consent</h2>
<dl>
${providers}
</dl>
<h2>People who can sign in</h2>
<ul>
${users}
</ul>`,
  })
}
