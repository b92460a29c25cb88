import { parseArgs } from 'node:util'
import { DemoFailure } from '@valetkey-examples/backstage/check'
import { processLog, untilSignal } from '@valetkey-examples/backstage/processes'
import { bold, green, red, say } from '@valetkey-examples/backstage/terminal'
import { chooseModel } from '../lib/choose-model.ts'
import { tellStory } from './story.ts'
import { startWorld } from './world.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    check: { type: 'boolean', default: false },
  },
})

const stopped = values.check ? undefined : untilSignal()
console.log(`\n${bold('Porter, a chat that asks before it looks')}\n`)
const world = await startWorld({
  port: Number(values.port ?? (values.check ? 0 : 3000)),
  model: values.check ? 'scripted' : 'as the environment says',
})
try {
  say('emulator', `${world.emulator.url}  stands for Google, Slack and GitHub`)
  say('vault', world.issuer)
  if (values.check) {
    say('chat', world.url)
    await tellStory(world)
    console.log(`\n${green('All of it is so.')}\n`)
  } else {
    say('model', chooseModel().name)
    say('chat', bold(world.url))
    console.log(
      `\n   Open it, log in with any of the providers, and ask. Ctrl-C stops everything.\n`,
    )
    await stopped
  }
} catch (error) {
  console.error(`\n${red(error instanceof DemoFailure ? error.message : 'The demo broke:')}`)
  if (!(error instanceof DemoFailure)) console.error(error)
  console.error(processLog())
  process.exitCode = 1
} finally {
  await world.stop()
}
process.exit()
