import { anthropic } from '@ai-sdk/anthropic'
import { openai } from '@ai-sdk/openai'
import { chosenModel } from '@valetkey-examples/backstage/chosen-model'
import type { LanguageModel } from 'ai'
import { scriptedModel } from './scripted-model.ts'

/** The model of whoever's key is in the environment, or one that follows a script. */
export function chooseModel(): { readonly name: string; readonly model: LanguageModel } {
  const chosen = chosenModel()
  if (chosen === undefined) return { name: 'a script', model: scriptedModel() }
  const { provider, name, model } = chosen
  const make = { anthropic, openai }[provider]
  return { name, model: make(model) }
}
