import type { NextConfig } from 'next'

const config: NextConfig = {
  poweredByHeader: false,
  devIndicators: false,
  // The repository's own check covers this folder.
  typescript: { ignoreBuildErrors: true },
  headers: async () => [
    {
      source: '/:path*',
      headers: [
        // A page with buttons that connect accounts is shown in nobody's frame.
        { key: 'content-security-policy', value: "frame-ancestors 'none'; base-uri 'none'" },
        { key: 'referrer-policy', value: 'same-origin' },
        { key: 'x-content-type-options', value: 'nosniff' },
      ],
    },
  ],
}

export default config
