import { expect, test } from 'vitest'

import { createFaults } from './faults.ts'

const faults = (): ReturnType<typeof createFaults> => createFaults((id) => id === 'google')

test('strikes as often as planned, in the order planned', () => {
  const store = faults()
  store.add('google', { at: 'token', fault: { kind: 'truncated_body' }, times: 2 })
  store.add('google', { at: 'refresh', fault: { kind: 'odd_types' } })
  const struck = (): string | undefined => store.take('google', ['refresh', 'token'])?.fault.kind

  expect([struck(), struck(), struck(), struck()]).toEqual([
    'truncated_body',
    'truncated_body',
    'odd_types',
    undefined,
  ])
})

test('strikes only where it was planned', () => {
  const store = faults()
  store.add('google', { at: 'refresh', fault: { kind: 'odd_types' } })

  expect(store.take('google', ['token'])).toBeUndefined()
  expect(store.take('slack', ['refresh'])).toBeUndefined()
  expect(store.take('google', ['refresh', 'token'])?.fault.kind).toBe('odd_types')
})

test('lasts until it is taken back when it is planned for always', () => {
  const store = faults()
  const { id } = store.add('google', {
    at: 'api',
    fault: { kind: 'server_error' },
    times: 'always',
  })
  store.add('google', { at: 'token', fault: { kind: 'html' } })
  store.take('google', ['api'])

  expect(store.list('google')).toHaveLength(2)
  store.clear({ id })
  expect(store.list().map((plan) => plan.at)).toEqual(['token'])
  store.clear()
  expect(store.list()).toEqual([])
})

test('takes no plan for a provider that is not there', () => {
  expect(() => faults().add('slak', { at: 'token', fault: { kind: 'hold' } })).toThrow('"slak"')
})

test('lets held requests of one provider go on', async () => {
  const store = createFaults(() => true)
  store.add('google', { at: 'token', fault: { kind: 'hold' } })
  store.add('slack', { at: 'token', fault: { kind: 'hold' } })
  const google = store.take('google', ['token'])?.held()
  const slack = store.take('slack', ['token'])?.held()

  expect(store.release('google')).toBe(1)
  await google
  expect(store.release()).toBe(1)
  await slack
  expect(store.release()).toBe(0)
})
