import { anthropic } from '@ai-sdk/anthropic'
import { openai } from '@ai-sdk/openai'
import type { LanguageModel } from 'ai'
import { scriptedModel } from './scripted-model.ts'

/** The model of whoever's key is in the environment, or one that follows a script. */
export function chooseModel(): { readonly name: string; readonly model: LanguageModel } {
  if (process.env['ANTHROPIC_API_KEY']) {
    return { name: 'Anthropic', model: anthropic('claude-sonnet-5') }
  }
  if (process.env['OPENAI_API_KEY']) return { name: 'OpenAI', model: openai('gpt-5.5') }
  return { name: 'a script', model: scriptedModel() }
}
