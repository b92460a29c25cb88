import { createDecipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto'

import { expect, test } from 'vitest'

import { sealBox } from './sealed-box.ts'

test('R18: message key and commitment are the halves of one HMAC-SHA512 over label, salt and associated data', () => {
  const root = randomBytes(32)
  const associatedData = new Uint8Array(randomBytes(40))
  const header = Uint8Array.of(1, 2, 3)

  const sealed = sealBox(
    { key: createSecretKey(root), label: 'vk1', associatedData },
    {
      header,
      plaintext: Buffer.from('a token'),
      randomBytes: (length) => new Uint8Array(randomBytes(length)),
    },
  )

  const box = Buffer.from(sealed).subarray(header.length)
  const [salt, nonce, commitment] = [
    box.subarray(0, 32),
    box.subarray(32, 44),
    box.subarray(44, 76),
  ]
  const derived = createHmac('sha512', root)
    .update(Buffer.concat([Buffer.from('vk1'), salt, associatedData]))
    .digest()
  expect(commitment).toEqual(derived.subarray(32))
  const decipher = createDecipheriv('aes-256-gcm', derived.subarray(0, 32), nonce)
  decipher.setAAD(associatedData)
  decipher.setAuthTag(box.subarray(-16))
  const opened = Buffer.concat([decipher.update(box.subarray(76, -16)), decipher.final()])
  expect(opened.toString()).toBe('a token')
})
