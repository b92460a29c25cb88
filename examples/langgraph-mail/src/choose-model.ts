import { ChatAnthropic } from '@langchain/anthropic'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { ChatOpenAI } from '@langchain/openai'
import { chosenModel, scriptedName } from '@valetkey-examples/backstage/chosen-model'
import { scriptedModel } from './scripted-model.ts'

/** The model of whoever's key is in the environment, or one that follows a script. */
export function chooseModel(): { readonly name: string; readonly model: BaseChatModel } {
  const chosen = chosenModel()
  if (chosen === undefined) return { name: scriptedName, model: scriptedModel() }
  const { provider, name, model } = chosen
  return {
    name,
    model: provider === 'anthropic' ? new ChatAnthropic({ model }) : new ChatOpenAI({ model }),
  }
}
