import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    adapter: 'src/adapter.ts',
    index: 'src/index.ts',
    interrupts: 'src/interrupts.ts',
    testing: 'src/testing.ts',
  },
  format: 'esm',
  target: 'node22',
  dts: true,
  clean: true,
  noExternal: ['zod', 'zod/mini'],
})
