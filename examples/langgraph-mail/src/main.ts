import { play, secondsSince } from '@valetkey-examples/backstage/play'
import { bold, say } from '@valetkey-examples/backstage/terminal'
import { chooseModel } from './choose-model.ts'
import { tellStory } from './demo/story.ts'
import { startWorld } from './demo/world.ts'

const startedAt = performance.now()
const world = await startWorld()

await play(() => {
  console.log(`\n${bold('An agent that sends mail, and is a new process at every turn')}\n`)
  say('emulator', `${world.emulator.url}  stands for Google and for your login system`)
  say('vault', world.issuer)
  say('app', `${world.appUrl}  this process; the model is ${chooseModel().name}`)
  say('user', `${world.user}, logged in at the emulator`)
  say('started', `in ${secondsSince(startedAt)}`)
  return tellStory(world)
}, world)
