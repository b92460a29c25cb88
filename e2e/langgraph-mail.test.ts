import { expect, test } from 'vitest'
import { expectNothingRunning, runDemo, titlesIn } from './src/run-demo.ts'

test('the mail agent tells its story to the end, over five processes, and leaves nothing running', async () => {
  const { status, output, errors } = await runDemo('langgraph-mail')

  expect(errors).toBe('')
  expect(status).toBe(0)
  expect(titlesIn(output)).toEqual([
    'The agent shall send a mail: nothing is connected, so the run pauses',
    'Going on without connecting: a word is no account',
    'The user connects Google',
    'Another process goes on with the same call; now the tool has its own question',
    'The user says "send", and a further process sends the mail, once',
    'No token is in the checkpoints',
  ])
  expect(output).not.toContain('✗')
  expect(output.match(/✓/g)?.length).toBe(17)
  await expectNothingRunning(output)
})

test('the mail agent fails where its story does not come true, and leaves nothing running', async () => {
  const { status, output, errors } = await runDemo('langgraph-mail', {
    // A model that cannot be reached: the first process fails.
    environment: { OPENAI_API_KEY: 'none', OPENAI_BASE_URL: 'http://127.0.0.1:9' },
  })

  expect(status).toBe(1)
  expect(errors).toContain('The demo broke')
  expect(output).not.toContain('All of it is so')
  await expectNothingRunning(output)
})
