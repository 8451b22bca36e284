/** The Worklist Service as a whole: what follows the reading workflow, the transactions over HTTP, the event channels. Closing ends them in reverse. */
import type Router from '@koa/router'
import type { Middleware } from 'koa'
import type { Logger } from 'pino'
import type { Accounts } from '../../../archive/accounts.ts'
import type { Audit } from '../../../archive/audit.ts'
import { followChanges } from '../../../archive/changes.ts'
import type { ReadingTools } from '../../../archive/reading/tools.ts'
import { Channels, sweepUPS } from '../../../archive/ups/channels.ts'
import { followReading, upsConsumer } from '../../../archive/ups/follow-reading.ts'
import { every } from '../../timers.ts'
import { type EventChannelDoor, eventChannels } from './event-channel.ts'
import { worklistRouter } from './routes.ts'

export interface WorklistOptions {
  readonly reading: ReadingTools
  readonly accounts: Pick<Accounts, 'isAlive' | 'isEnabled'>
  readonly audit: Pick<Audit, 'view'>
  readonly clock: () => Date
  readonly publicPath: string
  /** Puts `ctx.state.asker`. */
  readonly recognise: Middleware
  readonly log: Logger
}

export interface WorklistService {
  readonly router: Router
  readonly upgrade: EventChannelDoor['upgrade']
  close(): Promise<void>
}

export async function openWorklist({
  reading,
  accounts,
  audit,
  clock,
  publicPath,
  recognise,
  log,
}: WorklistOptions): Promise<WorklistService> {
  const { index } = reading
  const say = (sentence: string) => log.info(sentence)
  const tools = { reading, clock }
  const channels = new Channels(index, say)
  const following = followChanges({ index, consumer: upsConsumer, handle: (changes) => followReading(tools, changes), log: say })
  const sweeping = every(600_000, 'sweeping the worklist', log, () => sweepUPS(index))
  const door = eventChannels({ channels, accounts, recognise, log })
  await channels.restarted()
  return {
    router: worklistRouter({ ...tools, channels, audit, publicPath }),
    upgrade: door.upgrade,
    async close() {
      await sweeping.close()
      await following.close()
      await channels.close()
      door.close()
    },
  }
}
