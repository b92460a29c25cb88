import type { JWK } from 'jose'

/**
 * Public keys that belong to nobody: their private halves were never kept. A signature is verified with one of them
 * where there is no key to verify it with, so that the time does not tell which clients exist (RV-24).
 */
export const DECOY_KEYS: readonly Readonly<JWK>[] = [
  {
    kty: 'RSA',
    n: 'o2cO_LpyuXdumBmQpKMZRqIXICxRuTj8hLhLZ77Zt8WIOIwTAev1jJh2J3p2iyAqbuJRHPqSFChx1yueGiE89ydxkbGNj0Y0OB9Zddv_WiXSfGakBd2PCVBrct-APAtlJ35qXKRWNz44cQcnKMHvN5i6tg1JUYMM1VJ6b1m0DfR-byvKWOMZLcyL5AvOOsq24GU6vsEDd5OkLNOZlW2mE6Lcpb1-qciDLOVpyqobC1OonCTTyY2n9LPWE_RDeSHCoZF2TIqIp7q6WQdQ04NkxStvjICB28p8EzRI6Q6NQe2z56QPp0AnHVkVBS3gk5bwYWUatjUnJm3ybnMjFJyyqQ',
    e: 'AQAB',
  },
  {
    kty: 'EC',
    crv: 'P-256',
    x: '-gvowrYf13ncjjyi0Wo2ahxa0sNJG4FAfWT6GNM1nfo',
    y: 'bRcjPUsxpbUFOrgmZO1q4H17B661rai7fsqoZrE1X4w',
  },
  { kty: 'OKP', crv: 'Ed25519', x: 'KZZgdPgJj-hRGRFezrHWBpQ3JHNWotp83aV-bwwhJgc' },
]
