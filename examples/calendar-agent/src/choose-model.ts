import { anthropic } from '@ai-sdk/anthropic'
import { openai } from '@ai-sdk/openai'
import type { LanguageModel } from 'ai'
import { scriptedModel } from './scripted-model.ts'

/** The model of whoever's key is in the environment, or one that follows a script. */
export function chooseModel(today: string): {
  readonly name: string
  readonly model: LanguageModel
  readonly isScripted: boolean
} {
  if (process.env['ANTHROPIC_API_KEY']) {
    return { name: 'Anthropic', model: anthropic('claude-sonnet-5'), isScripted: false }
  }
  if (process.env['OPENAI_API_KEY']) {
    return { name: 'OpenAI', model: openai('gpt-5.5'), isScripted: false }
  }
  return {
    name: 'a script (set ANTHROPIC_API_KEY or OPENAI_API_KEY)',
    model: scriptedModel(today),
    isScripted: true,
  }
}
