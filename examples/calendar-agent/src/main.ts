import { play, secondsSince } from '@valetkey-examples/backstage/play'
import { bold, say } from '@valetkey-examples/backstage/terminal'
import { chooseModel } from './choose-model.ts'
import { tellStory } from './demo/story.ts'
import { startWorld } from './demo/world.ts'
import { options } from './options.ts'

const STANDS_FOR = { vault: 'Google and GitHub', external: 'Google and for your login system' }
const LOGS_IN = { vault: 'not logged in yet', external: 'logged in at the emulator' }

const startedAt = performance.now()
const world = await startWorld(options)

await play(async () => {
  const today = new Date((await world.emulator.now()) * 1000).toISOString().slice(0, 10)
  const { name, model, isScripted } = chooseModel(today)
  console.log(
    `\n${bold('An agent that reads your calendar, and never holds your refresh token')}\n`,
  )
  say('emulator', `${world.emulator.url}  stands for ${STANDS_FOR[options.issuer]}`)
  say('vault', world.issuer)
  say('agent', `${world.app.url}  this process; the model is ${name}`)
  say('user', `${world.user}, ${LOGS_IN[options.issuer]}`)
  say('started', `in ${secondsSince(startedAt)}`)
  return tellStory({ world, model, isScripted, today, ...options })
}, world)
