import { parseArgs } from 'node:util'
import { play } from '@valetkey-examples/backstage/play'
import { untilSignal } from '@valetkey-examples/backstage/processes'
import { bold, say } from '@valetkey-examples/backstage/terminal'
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
say('emulator', `${world.emulator.url}  stands for Google, Slack and GitHub`)
say('vault', world.issuer)
say('chat', bold(world.url))

if (stopped === undefined) {
  await play(() => tellStory(world), world)
} else {
  say('model', chooseModel().name)
  console.log('\n   Open the chat, log in with any of the providers, and ask. Ctrl-C stops all.\n')
  await stopped
  await world.stop()
}
process.exit()
