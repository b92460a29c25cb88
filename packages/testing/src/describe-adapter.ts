import { afterAll, beforeAll, describe } from 'vitest'
import type { AdapterDriver } from './adapter-driver.ts'
import { type AdapterStage, createStage } from './adapter-stage.ts'
import { testErrors } from './test-errors.ts'
import { testInterrupts } from './test-interrupts.ts'
import { testIsolation } from './test-isolation.ts'
import { testSecrecy } from './test-secrecy.ts'
import { testTools } from './test-tools.ts'
import { startTestVault, type TestVault } from './start-test-vault.ts'

/**
 * What every adapter promises, against a real vault, a real emulator and the real framework:
 * tokens reach tools and nothing else, and what the user must do arrives in the framework's own form.
 */
export function describeAdapter(driver: AdapterDriver): void {
  describe(`${driver.name}`, () => {
    let vault: TestVault | undefined
    beforeAll(async () => {
      vault = await startTestVault()
    })
    afterAll(async () => {
      await vault?.close()
    })
    const stage = (): AdapterStage => {
      if (vault === undefined) throw new Error('The vault has not started')
      return createStage(driver, vault)
    }
    testTools(stage)
    testErrors(stage)
    testInterrupts(stage)
    testIsolation(stage)
    testSecrecy(stage)
  })
}
