/** The one stylesheet. System fonts and colours that pass WCAG AA on both grounds. */
export const STYLESHEET = `
:root {
  color-scheme: light dark;
  --ground: #f3f4f6;
  --card: #ffffff;
  --text: #1b1f27;
  --quiet: #596273;
  --line: #d9dde4;
  --chip: #f3f4f6;
  --accent: #1f4fd8;
  --accent-strong: #173fb0;
  --on-accent: #ffffff;
  --alarm: #a8281e;
  --shadow: 0 1px 2px rgb(16 24 40 / 6%), 0 12px 32px rgb(16 24 40 / 8%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12151b;
    --card: #1b2029;
    --text: #e9ecf1;
    --quiet: #a5afbf;
    --line: #343c49;
    --chip: #252b36;
    --accent: #8fb0ff;
    --accent-strong: #b3c9ff;
    --on-accent: #0e1524;
  --alarm: #ff9d94;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  min-height: 100vh;
  display: grid;
  place-items: center;
  padding: 1rem;
  background: var(--ground);
  color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
.card {
  width: 100%;
  max-width: 28rem;
  padding: 1.5rem;
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 1rem;
  box-shadow: var(--shadow);
  overflow-wrap: anywhere;
}
.card > :last-child { margin-bottom: 0; }
.brand {
  display: flex;
  align-items: center;
  gap: 0.5rem;
  margin: 0 0 1.25rem;
  color: var(--quiet);
  font-weight: 600;
}
.key { flex: none; fill: none; stroke: var(--accent); stroke-width: 2.25; stroke-linecap: round; stroke-linejoin: round; }
.pair { display: flex; align-items: center; gap: 0.5rem; margin: 0 0 1rem; }
.pair hr { width: 2rem; margin: 0; border: 0; border-top: 2px dashed var(--accent); }
.pair span {
  flex: none;
  display: grid;
  place-items: center;
  width: 3rem;
  height: 3rem;
  border: 1px solid var(--line);
  border-radius: 0.75rem;
  background: var(--chip);
  font-size: 1.25rem;
  font-weight: 600;
}
h1 { margin: 0 0 0.75rem; font-size: 1.375rem; line-height: 1.25; text-wrap: balance; }
h2 { margin: 1.5rem 0 0.5rem; font-size: 1rem; }
p { margin: 0 0 0.75rem; text-wrap: pretty; }
code { font: 0.875rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
.scopes { margin: 0; padding: 0; list-style: none; display: grid; gap: 0.375rem; }
.scopes li { padding: 0.375rem 0.625rem; background: var(--chip); border-radius: 0.5rem; }
.facts { margin: 1.5rem 0; display: grid; grid-template-columns: auto 1fr; gap: 0.25rem 1rem; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; }
form { display: grid; gap: 0.5rem; }
.scopes + form { margin-top: 1.5rem; }
button, a.button {
  min-height: 2.75rem;
  padding: 0.5rem 1rem;
  border: 1px solid var(--line);
  border-radius: 0.625rem;
  background: transparent;
  color: var(--text);
  font: inherit;
  font-weight: 600;
  cursor: pointer;
}
a { color: var(--accent); }
a.button { display: grid; place-items: center; text-align: center; text-decoration: none; }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button:hover, a.button:hover { border-color: var(--text); }
button.primary:hover { background: var(--accent-strong); border-color: var(--accent-strong); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.choices { grid-template-columns: 1fr; }
.quiet { margin-top: 0.5rem; grid-template-columns: 1fr; }
.quiet button { border-color: transparent; color: var(--quiet); }
.problem { padding: 0.5rem 0.75rem; border-left: 3px solid var(--accent); background: var(--chip); }
.user-code { text-align: center; font-size: 1.5rem; }
.user-code code { font-size: 1.5rem; letter-spacing: 0.1em; }
label { display: grid; gap: 0.25rem; font-weight: 600; }
input[type="text"] {
  min-height: 2.75rem;
  padding: 0.5rem 0.75rem;
  border: 1px solid var(--line);
  border-radius: 0.625rem;
  background: var(--card);
  color: var(--text);
  font: inherit;
}
.card.wide { max-width: 40rem; }
.topline { display: flex; flex-wrap: wrap; align-items: start; justify-content: space-between; gap: 0.5rem 1rem; margin-bottom: 0.75rem; }
.topline h1 { margin: 0.375rem 0; }
section { margin-top: 2rem; }
section > h2 { margin-top: 0; font-size: 1.125rem; }
section form.choices { margin-top: 0.75rem; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); }
section form.choices .note { grid-column: 1 / -1; margin: 0; }
.plain { display: block; }
.plain button, .rows a.button { min-height: 2.75rem; font-weight: 500; }
.rows { margin: 0; padding: 0; list-style: none; border-top: 1px solid var(--line); }
.rows > li {
  display: flex;
  align-items: start;
  justify-content: space-between;
  gap: 0.75rem 1rem;
  padding: 0.75rem 0;
  border-bottom: 1px solid var(--line);
}
.rows > li > :last-child:not(.what) { flex: none; }
.what { min-width: 0; flex: 1; display: grid; gap: 0.125rem; }
.detail { color: var(--quiet); font-size: 0.875rem; }
.alarm { color: var(--alarm); font-weight: 600; }
.chip { padding: 0.0625rem 0.5rem; margin-right: 0.25rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--chip); color: var(--text); font-weight: 600; }
details { font-size: 0.875rem; }
details .scopes { margin-top: 0.375rem; }
summary { cursor: pointer; color: var(--quiet); padding: 0.25rem 0; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.note { margin: 1rem 0 0; color: var(--quiet); font-size: 0.875rem; }
@media (min-width: 32rem) {
  .card { padding: 2rem; }
  form:not(.choices, .quiet, .plain) { grid-template-columns: 1fr auto; align-items: end; }
}
@media (max-width: 28rem) {
  .rows > li { flex-direction: column; align-items: stretch; }
  .plain button { width: 100%; }
  .topline .plain button { width: auto; }
}
@media (max-width: 24rem) {
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd + dt { margin-top: 0.5rem; }
}
`.trimStart()
