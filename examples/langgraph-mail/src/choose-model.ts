import { ChatAnthropic } from '@langchain/anthropic'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { ChatOpenAI } from '@langchain/openai'
import { chosenModel, scriptedName } from '@valetkey-examples/backstage/chosen-model'
import { scriptedModel } from './scripted-model.ts'

/** Who watches a demo would rather see what is wrong than wait. */
const maxRetries = 1

/** The model of whoever's key is in the environment, or one that follows a script. */
export function chooseModel(): { readonly name: string; readonly model: BaseChatModel } {
  const chosen = chosenModel()
  if (chosen === undefined) return { name: scriptedName, model: scriptedModel() }
  const { provider, name, model } = chosen
  return {
    name,
    model:
      provider === 'anthropic'
        ? new ChatAnthropic({ model, maxRetries })
        : new ChatOpenAI({ model, maxRetries }),
  }
}
