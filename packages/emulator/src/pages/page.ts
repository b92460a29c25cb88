import { createHash } from 'node:crypto'
import type { Reply } from '../reply.ts'
import { escapeHtml } from './html.ts'

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --muted: #5b6675; --line: #d9dee5; --paper: #fff; --ground: #f3f5f8; --accent: #1f5fbf; --mark: #8a4b00; --mark-ground: #fff1dc; --shadow: 0 1px 2px rgb(16 24 40 / 6%), 0 12px 32px rgb(16 24 40 / 8%); }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --muted: #9aa6b5; --line: #343d49; --paper: #1a212b; --ground: #10151c; --accent: #7fb0ff; --mark: #ffcf8f; --mark-ground: #3a2a12; --shadow: none; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 460px; background: var(--paper); border: 1px solid var(--line); border-radius: 14px; padding: 24px; box-shadow: var(--shadow); }
main > :last-child { margin-bottom: 0; }
@media (min-width: 32rem) { main { padding: 32px; } }
.mark { display: inline-block; margin: 0 0 14px; padding: 2px 10px; border-radius: 99px; background: var(--mark-ground); color: var(--mark); font-size: .85rem; font-weight: 600; }
h1 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 8px; overflow-wrap: anywhere; text-wrap: balance; }
h2 { font-size: 1rem; margin: 24px 0 8px; }
p { margin: 0 0 16px; color: var(--muted); overflow-wrap: anywhere; }
fieldset { border: 1px solid var(--line); border-radius: 10px; margin: 0 0 16px; padding: 8px 14px 12px; }
legend { padding: 0 6px; color: var(--muted); font-size: .9rem; }
label { display: flex; gap: 10px; align-items: flex-start; padding: 6px 0; overflow-wrap: anywhere; }
label.stacked { display: block; }
select { width: 100%; margin-top: 4px; padding: 9px 10px; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; text-overflow: ellipsis; }
input[type=checkbox] { margin-top: 5px; accent-color: var(--accent); }
.actions { display: flex; gap: 10px; justify-content: flex-end; margin-top: 20px; }
button { font: inherit; font-weight: 600; padding: 10px 20px; border-radius: 9px; border: 1px solid var(--line); background: transparent; color: inherit; cursor: pointer; }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--paper); }
button:focus-visible, select:focus-visible, input:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.note { font-size: .85rem; margin: 18px 0 0; }
dl, ul { margin: 0; }
dt { margin-top: 10px; }
dd { margin: 0; color: var(--muted); overflow-wrap: anywhere; }
ul { padding-left: 20px; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
`

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** A page of the emulator. `main` is HTML, escaped by the caller. */
export function page({
  title,
  main,
  status = 200,
  formTargets = '',
}: {
  readonly title: string
  readonly main: string
  readonly status?: number | undefined
  /** CSP sources to which a form of this page may lead besides itself, also by redirects. */
  readonly formTargets?: string | undefined
}): Reply {
  return {
    status,
    headers: {
      'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self' ${formTargets}; frame-ancestors 'none'; base-uri 'none'`,
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    body: {
      kind: 'html',
      text: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`,
    },
  }
}
