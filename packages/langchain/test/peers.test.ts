import core from '@langchain/core/package.json' with { type: 'json' }
import { GraphInterrupt } from '@langchain/langgraph'
import langgraph from '@langchain/langgraph/package.json' with { type: 'json' }
import { expect, test } from 'vitest'

test('runs on the versions that are meant', () => {
  const isLowest = process.env['LANGCHAIN_PEERS'] === 'lowest'
  const expected = isLowest
    ? { core: '1.1.48', langgraph: '1.0.0' }
    : { core: '1.4.0', langgraph: '1.7.3' }

  expect({ core: core.version, langgraph: langgraph.version }).toEqual(expected)
  expect(new GraphInterrupt([])).toBeInstanceOf(Error)
})
