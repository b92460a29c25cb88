import type { NextConfig } from 'next'

const config: NextConfig = {
  // The types are checked with those of the bench.
  typescript: { ignoreBuildErrors: true },
}

export default config
