/** Which real model plays; `undefined`: none, so a script does. */
export type ChosenModel =
  | { readonly provider: 'anthropic'; readonly name: 'Anthropic'; readonly model: string }
  | { readonly provider: 'openai'; readonly name: 'OpenAI'; readonly model: string }

/** The model of whoever's key is in the environment: `ANTHROPIC_API_KEY` or `OPENAI_API_KEY`. */
export function chosenModel(): ChosenModel | undefined {
  if (process.env['ANTHROPIC_API_KEY']) {
    return { provider: 'anthropic', name: 'Anthropic', model: 'claude-sonnet-5' }
  }
  if (process.env['OPENAI_API_KEY']) {
    return { provider: 'openai', name: 'OpenAI', model: 'gpt-5.5' }
  }
  return undefined
}

/** How a scripted model is called in the terminal. */
export const scriptedName = 'a script (set ANTHROPIC_API_KEY or OPENAI_API_KEY)'
