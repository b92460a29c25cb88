import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', middleware: 'src/middleware.ts' },
  format: 'esm',
  target: 'node22',
  dts: true,
  clean: true,
})
