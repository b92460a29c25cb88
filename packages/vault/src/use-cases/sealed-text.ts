import { base64url, fromBase64url } from '../domain/base64url.ts'
import { isUnreadable } from '../domain/is-unreadable.ts'
import type { SealContext, Sealer } from '../ports/sealer.ts'

/** Text that travels sealed, in an address or a parameter: whoever has it can neither read it nor make one. */
export interface SealedText {
  seal(text: string, context: SealContext): Promise<string>
  /** `undefined` for what is not ours, or not of this context. */
  open(sealed: string, context: SealContext): Promise<string | undefined>
}

export function createSealedText({ sealer }: { readonly sealer: Sealer }): SealedText {
  return {
    seal: async (text, context) => base64url(await sealer.seal(text, context)),

    async open(sealed, context) {
      try {
        return await sealer.open(fromBase64url(sealed), context)
      } catch (error) {
        if (isUnreadable(error)) return undefined
        throw error
      }
    },
  }
}
