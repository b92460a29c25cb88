import { chooseModel } from './choose-model.ts'
import { DemoFailure } from '@valetkey-examples/backstage/check'
import { tellStory } from './demo/story.ts'
import { bold, dim, green, red, say } from '@valetkey-examples/backstage/terminal'
import { startWorld } from './demo/world.ts'
import { options } from './options.ts'

const STANDS_FOR = { vault: 'Google and GitHub', external: 'Google and for your login system' }
const LOGS_IN = { vault: 'not logged in yet', external: 'logged in at the emulator' }

const startedAt = performance.now()
const world = await startWorld(options)

try {
  const today = new Date((await world.emulator.now()) * 1000).toISOString().slice(0, 10)
  const { name, model, isScripted } = chooseModel(today)
  console.log(
    `\n${bold('An agent that reads your calendar, and never holds your refresh token')}\n`,
  )
  say('emulator', `${world.emulator.url}  stands for ${STANDS_FOR[options.issuer]}`)
  say('vault', world.issuer)
  say('agent', `${world.app.url}  this process; the model is ${name}`)
  say('user', `${world.user}, ${LOGS_IN[options.issuer]}`)
  say('started', `in ${seconds(startedAt)}`)

  const steps = tellStory({ world, model, isScripted, today, ...options })
  for (const [index, { title, run }] of steps.entries()) {
    console.log(`\n${bold(`${index + 1}  ${title}`)}`)
    const beganAt = performance.now()
    await run()
    console.log(`   ${dim(seconds(beganAt))}`)
  }
  console.log(`\n${green('All of it is so.')} ${dim(seconds(startedAt))}\n`)
} catch (error) {
  console.error(`\n${red(error instanceof DemoFailure ? error.message : 'The demo broke:')}`)
  if (!(error instanceof DemoFailure)) console.error(error)
  console.error(world.processLog())
  process.exitCode = 1
} finally {
  await world.stop()
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(2)} s`
}
