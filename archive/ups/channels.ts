/**
 * The open channels of this gateway and what goes through them: PS3.18 §8.10.5, §11.13. Reports wait in the index until they have been sent, so a channel that
 * was closed, a gateway that was restarted and a slow line lose nothing within the bounds of tools.ts; one that broke at the wrong moment may hear a report twice.
 */
import type { Index } from '../../storage/index/postgres.ts'
import {
  forgetDeliveries,
  insertSCPEvent,
  type Subscriber,
  sweepDeliveries,
  waitingDeliveries,
} from '../../storage/index/ups/subscriptions.ts'
import { deleteFinalUPS } from '../../storage/index/ups/workitems.ts'
import { watchChanges } from '../changes.ts'
import type { DicomJSON } from '../dicom/dicom-json.ts'
import { type EventType, messageOf, scpStatusChange } from './events.ts'
import { keepFinalDays, keepLockDays, keepReportHours, mostWaiting } from './tools.ts'

export interface Channel {
  readonly subscriber: Subscriber
  /** Resolves when the text has gone out; rejects when the line is broken or too slow. */
  send(text: string): Promise<void>
  close(reason: 'replaced' | 'closing'): void
}

/** So many reports are read at a time. */
const batch = 100

const keyOf = ({ institution, AETitle }: Subscriber): string => `${institution}/${AETitle}`

export class Channels {
  readonly #index: Index
  readonly #log: (sentence: string) => void
  readonly #open = new Map<string, { channel: Channel; sending: Promise<void>; again: boolean; messages: number }>()
  readonly #watching: { close(): Promise<void> }

  constructor(index: Index, log: (sentence: string) => void = () => {}) {
    this.#index = index
    this.#log = log
    this.#watching = watchChanges({
      index,
      handle: async (changes) => {
        if (changes.some(({ kind }) => kind === 'ups')) this.wake()
      },
      log,
    })
  }

  get size(): number {
    return this.#open.size
  }

  countOf(institution: number): number {
    return [...this.#open.values()].filter(({ channel }) => channel.subscriber.institution === institution).length
  }

  /** One channel a subscriber: whoever comes again after a broken line takes the place of the one that has not noticed yet. */
  open(channel: Channel): void {
    const key = keyOf(channel.subscriber)
    this.#open.get(key)?.channel.close('replaced')
    this.#open.set(key, { channel, sending: Promise.resolve(), again: false, messages: 0 })
    this.#pump(key)
  }

  closed(channel: Channel): void {
    const key = keyOf(channel.subscriber)
    if (this.#open.get(key)?.channel === channel) this.#open.delete(key)
  }

  /** Looks what waits for each open channel. */
  wake(): void {
    for (const key of this.#open.keys()) this.#pump(key)
  }

  /** One at a time for each channel, so that reports stay in order; a call meanwhile makes it look once more. */
  #pump(key: string): void {
    const entry = this.#open.get(key)
    if (entry === undefined) return
    if (entry.again) return
    entry.again = true
    entry.sending = entry.sending.then(async () => {
      entry.again = false
      try {
        await this.#sendAll(key, entry)
      } catch (error) {
        this.#log(`event reports wait: ${(error as Error).message}`)
      }
    })
  }

  async #sendAll(key: string, entry: { readonly channel: Channel; messages: number }): Promise<void> {
    const { channel } = entry
    while (this.#open.get(key)?.channel === channel) {
      const waiting = await waitingDeliveries(this.#index.pool, channel.subscriber, batch)
      const sent: number[] = []
      try {
        for (const { number, SOPInstanceUID, type, information } of waiting) {
          entry.messages += 1
          const message = messageOf(entry.messages, SOPInstanceUID, { type: type as EventType, information: information as DicomJSON })
          await channel.send(JSON.stringify(message))
          sent.push(number)
        }
      } finally {
        if (sent.length > 0) await forgetDeliveries(this.#index.pool, channel.subscriber, sent)
      }
      if (waiting.length < batch) return
    }
  }

  /** Told to every subscriber, open or not: PS3.4 §CC.2.4.3. */
  async restarted(): Promise<void> {
    await insertSCPEvent(this.#index.pool, scpStatusChange('RESTARTED'))
    this.wake()
  }

  async close(): Promise<void> {
    await this.#watching.close()
    const leaving = [...this.#open.values()]
    this.#open.clear()
    const goingDown = JSON.stringify(messageOf(0, null, scpStatusChange('GOING DOWN')))
    await Promise.all(
      leaving.map(async ({ channel, sending }) => {
        await sending
        await Promise.race([channel.send(goingDown).catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 1_000).unref())])
        channel.close('closing')
      }),
    )
  }
}

/** What has had its time: reports that nobody fetched, Workitems that ended long ago. Now and then, on any gateway. */
export async function sweepUPS({ pool }: Index): Promise<void> {
  await sweepDeliveries(pool, keepReportHours, mostWaiting)
  await deleteFinalUPS(pool, keepFinalDays, keepLockDays)
}
