import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Real servers, keys and child processes: a busy machine needs longer than the default.
  test: { testTimeout: 30_000 },
})
