// #region client
import type { PendingInterrupt } from '@valetkey/langchain'

interface Answer {
  readonly text?: string
  readonly waiting?: readonly PendingInterrupt[]
  readonly code?: string
}

/** Says something in a thread, or goes on with it; shows what came of it. */
export async function goOn(
  thread: string,
  step: { readonly message: string } | { readonly done: readonly string[] },
): Promise<void> {
  const body = JSON.stringify({ thread, ...step })
  const response = await fetch('/api/chat', { method: 'POST', body })
  const { text = '', waiting = [], code } = (await response.json()) as Answer
  if (code !== undefined) show(`That did not work: ${code}`)
  if (waiting.length === 0) show(text)
  for (const { interrupt } of waiting) {
    show(interrupt.message, interrupt.kind === 'connect' ? interrupt.connectUrl : '/login')
  }
  if (waiting.length > 0) showDone(() => goOn(thread, { done: waiting.map(({ id }) => id) }))
}
// #endregion

function show(text: string, link?: string): void {
  const line = document.createElement(link === undefined ? 'p' : 'a')
  line.textContent = text
  if (link !== undefined) line.setAttribute('href', link)
  document.body.append(line)
}

function showDone(onDone: () => Promise<void>): void {
  const button = document.createElement('button')
  button.textContent = 'Done'
  button.addEventListener('click', () => void onDone())
  document.body.append(button)
}
