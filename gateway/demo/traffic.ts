/**
 * Three townships of the demonstration county keep sending: every few minutes a machine stores the study of somebody new, and its technologist says why
 * it was taken. What a machine sends follows from its place in time, so a program that was stopped and started goes on, and never sends one study twice
 * with another content.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { ctStudy, drStudy, type Instance, type StudyOptions, uidOf } from '../../test-images/index.ts'
import { demoPassword, people, townships } from './county.ts'
import { passerBy } from './passers-by.ts'
import { type Called, sendByDIMSE } from './send.ts'
import { signIn } from './web.ts'

export interface Lane {
  readonly AETitle: string
  readonly institution: 'QS' | 'LX' | 'BS'
  readonly everyMinutes: number
  readonly pictures: (options: StudyOptions) => AsyncGenerator<Instance>
  readonly reasons: readonly Reason[]
}

interface Reason {
  readonly clinicalInformation: string
  readonly urgency: number
}

const reason = (clinicalInformation: string, urgency = 3): Reason => ({ clinicalInformation, urgency })

export const lanes: readonly Lane[] = [
  {
    AETitle: 'QS_DR',
    institution: 'QS',
    everyMinutes: 6,
    pictures: (options) => drStudy({ ...options, scale: 1 }),
    reasons: [
      reason('咳嗽、咳痰 5 天。'),
      reason('发热 3 天,体温 38.6 ℃。'),
      reason('入院常规检查。', 2),
      reason('胸痛、气促 2 小时。', 1),
      reason('体检。', 4),
    ],
  },
  {
    AETitle: 'LX_DR',
    institution: 'LX',
    everyMinutes: 8,
    pictures: (options) => drStudy({ ...options, scale: 1, characterSet: 'GBK as ISO_IR 100' }),
    reasons: [reason('慢性咳嗽,加重 1 周。'), reason('术前检查。', 2), reason('体检。', 4), reason('摔伤后左侧胸痛。', 1)],
  },
  {
    AETitle: 'BS_CT',
    institution: 'BS',
    everyMinutes: 10,
    pictures: (options) => ctStudy({ ...options, region: 'head', thick: 16, thin: 0 }),
    reasons: [
      reason('头晕 1 周。'),
      reason('头部外伤后 1 小时,无昏迷。', 1),
      reason('反复头痛 1 月。'),
      reason('言语不清、右侧肢体无力 1 小时。', 0),
    ],
  },
]

/** A demonstration that nobody stops sends so many studies, then rests: it is not to fill a disk. */
const mostStudies = 100

export interface TrafficTools {
  readonly origin: string
  readonly dicom: Called
  readonly clock: () => Date
  readonly log: Pick<Logger, 'warn'>
}

/** Begins with the next turn of each machine; a study that could not be sent is logged and left out. */
export function keepSending(tools: TrafficTools): { close(): Promise<void> } {
  const ending = new AbortController()
  let left = mostStudies
  const running = lanes.map(async (lane) => {
    const interval = lane.everyMinutes * 60_000
    while (left > 0) {
      const turn = Math.floor(tools.clock().getTime() / interval) + 1
      await sleep(turn * interval - tools.clock().getTime(), undefined, { signal: ending.signal })
      left -= 1
      await sendOne(tools, lane, turn).catch((error: unknown) =>
        tools.log.warn({ err: error }, `${lane.AETitle} of the demo county did not send`),
      )
    }
  })
  return {
    async close() {
      ending.abort()
      await Promise.allSettled(running)
    },
  }
}

/** One study of a machine: who, when and why follow from the number of its turn. */
export async function sendOne({ origin, dicom }: Pick<TrafficTools, 'origin' | 'dicom'>, lane: Lane, turn: number): Promise<void> {
  const at = new Date(turn * lane.everyMinutes * 60_000)
  const seed = `${lane.AETitle}/${turn}`
  const patient = passerBy(seed, at)
  const [StudyDate, StudyTime] = clockOnTheWall(at)
  const { name: InstitutionName } = townships.find(({ code }) => code === lane.institution)!
  const pictures = lane.pictures({ seed, patient, StudyDate, StudyTime, InstitutionName, StationName: lane.AETitle })
  await sendByDIMSE(dicom, lane.AETitle, pictures)
  const technologist = await signIn(origin, people[lane.institution].username, demoPassword)
  await technologist.send('PUT', `/api/studies/${uidOf(seed, 'study')}/supplement`, lane.reasons[turn % lane.reasons.length])
}

const two = (number: number): string => String(number).padStart(2, '0')

const clockOnTheWall = (at: Date): [string, string] => [
  `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`,
  `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`,
]
