import { anthropic } from '@ai-sdk/anthropic'
import { openai } from '@ai-sdk/openai'
import { chosenModel, scriptedName } from '@valetkey-examples/backstage/chosen-model'
import type { LanguageModel } from 'ai'
import { scriptedModel } from './scripted-model.ts'

/** The model of whoever's key is in the environment, or one that follows a script. */
export function chooseModel(today: string): {
  readonly name: string
  readonly model: LanguageModel
  readonly isScripted: boolean
} {
  const chosen = chosenModel()
  if (chosen === undefined) {
    return { name: scriptedName, model: scriptedModel(today), isScripted: true }
  }
  const { provider, name, model } = chosen
  const make = { anthropic, openai }[provider]
  return { name, model: make(model), isScripted: false }
}
