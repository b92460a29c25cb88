import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'e2e',
    // Whole processes and a browser: a busy machine needs longer than the default.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxConcurrency: 3,
  },
})
