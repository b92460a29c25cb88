import type { useChat } from '@ai-sdk/react'
import type { useStream as useLangGraphStream } from '@langchain/langgraph-sdk/react'
import type { useStream as useLangChainStream } from '@langchain/react'
import {
  ConnectAccount,
  type ConnectAccountProps,
  ConnectedAccounts,
  type InterruptSource,
  type ResumableInterrupt,
  useInterrupts,
} from '@valetkey/react'
import { type InferUITools, tool, type UIMessage } from 'ai'
import type { useChat as useChatV5 } from 'ai-react-v5'
import type { useChat as useChatV6 } from 'ai-react-v6'
import { type ComponentProps, createElement } from 'react'
import { expect, expectTypeOf, test } from 'vitest'
import * as z from 'zod'

// The compiler is what judges most of this file: `tsc -p .`, which is part of the gate.

const tools = {
  events: tool({
    inputSchema: z.object({ date: z.string() }),
    execute: async ({ date }) => ({ titles: [date] }),
  }),
}
type Message = UIMessage<
  { sentAt: number },
  { weather: { degrees: number } },
  InferUITools<typeof tools>
>

interface State extends Record<string, unknown> {
  readonly count: number
}

test('S5, #258: takes the chats of AI SDK 7, 6 and 5 with the types of their tools, without a cast', () => {
  expectTypeOf<ReturnType<typeof useChat<Message>>>().toExtend<InterruptSource>()
  expectTypeOf<ReturnType<typeof useChat>>().toExtend<InterruptSource>()
  expectTypeOf<ReturnType<typeof useChatV6>>().toExtend<InterruptSource>()
  expectTypeOf<ReturnType<typeof useChatV5>>().toExtend<InterruptSource>()
})

test('takes the streams of LangGraph and of LangChain, typed by their state', () => {
  expectTypeOf<ReturnType<typeof useLangGraphStream<State>>>().toExtend<InterruptSource>()
  expectTypeOf<ReturnType<typeof useLangChainStream<State>>>().toExtend<InterruptSource>()
})

test('gives entries that are resumed and declined without anything to pass', () => {
  expectTypeOf(useInterrupts).returns.toEqualTypeOf<readonly ResumableInterrupt[]>()
  expectTypeOf<ResumableInterrupt['resume']>().toEqualTypeOf<() => void>()
  expectTypeOf<ResumableInterrupt['decline']>().toEqualTypeOf<() => void>()
})

test('gives a component of the app the props of the element that it stands for', () => {
  const components: ConnectAccountProps['components'] = {
    link: (props) => {
      expectTypeOf(props.href).toEqualTypeOf<string | undefined>()
      return createElement('a', props)
    },
    decline: (props) => {
      expectTypeOf(props.type).toEqualTypeOf<'button' | 'reset' | 'submit' | undefined>()
      return createElement('button', props)
    },
  }
  expect(Object.keys(components)).toEqual(['link', 'decline'])
})

test('refuses what is no chat and no option', () => {
  // @ts-expect-error messages alone cannot be resumed
  expectTypeOf(useInterrupts).toBeCallableWith({ messages: [] })

  expectTypeOf<ComponentProps<typeof ConnectAccount>>().not.toExtend<{ pending?: undefined }>()
  // @ts-expect-error there is always something pending
  expect(createElement(ConnectAccount, {}).type).toBe(ConnectAccount)
  // @ts-expect-error no such mode
  const modes: ConnectAccountProps['mode'][] = ['popup', 'redirect', 'iframe']
  expect(modes).toHaveLength(3)
  // @ts-expect-error no such slot
  const slots: ConnectAccountProps['classNames'] = { header: 'bold' }
  expect(Object.keys(slots ?? {})).toEqual(['header'])
  // @ts-expect-error a path is a string
  expect(createElement(ConnectedAccounts, { basePath: 7 }).type).toBe(ConnectedAccounts)
})
