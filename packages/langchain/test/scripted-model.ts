import type { AdapterCall } from '@valetkey-internal/testing'
import { FakeToolCallingModel } from 'langchain'

/** LangChain's own fake: makes these calls in its first step, and repeats all it was told in its second. */
export function scriptedModel(calls: readonly AdapterCall[]): FakeToolCallingModel {
  const toolCalls = calls.map(({ id, tool, input }) => ({ id, name: tool, args: { ...input } }))
  return new FakeToolCallingModel({ toolCalls: [toolCalls, []] })
}
