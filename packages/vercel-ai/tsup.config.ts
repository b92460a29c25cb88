import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', interrupts: 'src/interrupts.ts' },
  format: 'esm',
  target: 'node22',
  dts: true,
  clean: true,
})
