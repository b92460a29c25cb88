import { type Client, mayUseGrant, type GrantType } from '../domain/client.ts'
import { failed, passed, type Verdict } from '../domain/diagnosis.ts'

/** Whether there is such a client, and whether it may exchange tokens at all. */
export function diagnoseClient(
  client: Client | undefined,
  { grant }: { readonly grant: GrantType },
): readonly Verdict[] {
  if (client === undefined) {
    return [
      failed(
        'client',
        'There is no client with this id.',
        'Register it (`valetkey clients add`), or give the id that it has.',
      ),
    ]
  }
  return [
    passed('client', `It is ${JSON.stringify(client.name)}.`),
    checkAuthentication(client),
    mayUseGrant(client, grant)
      ? passed('grant', `It may use ${grant}.`)
      : failed(
          'grant',
          `Its grants do not hold ${grant}.`,
          `Add ${grant} to the client's grants, or leave them out for the default.`,
        ),
  ]
}

function checkAuthentication(client: Client): Verdict {
  const { authentication } = client
  const check = 'client_authentication'
  if (authentication.method === 'none') {
    return failed(
      check,
      'It is a public client, and those get no provider tokens.',
      'Let a backend with a secret or keys make the exchange.',
    )
  }
  if (authentication.method === 'client_secret' && authentication.secretHashes.length === 0) {
    return failed(
      check,
      'None of its secrets is live any more.',
      'Make a new one: `valetkey clients rotate-secret`.',
    )
  }
  return passed(check, `It proves itself by ${authentication.method}.`)
}
