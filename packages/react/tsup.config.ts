import { defineConfig } from 'tsup'

export default defineConfig({
  entry: { index: 'src/index.ts', styles: 'src/styles.css' },
  format: 'esm',
  target: 'es2022',
  dts: { entry: { index: 'src/index.ts' } },
  clean: true,
  // Directives of the sources are lost when they are bundled into one.
  banner: { js: "'use client'" },
})
