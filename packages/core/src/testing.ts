export { type FakeTokens, withFakeToken } from './with-fake-token.ts'
