import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', cli: 'src/cli/main.ts' },
  format: 'esm',
  target: 'node22',
  dts: { entry: { index: 'src/index.ts' } },
  clean: true,
  // An optional dependency, loaded by `valetkey dev` alone.
  external: ['@valetkey/emulator'],
})
