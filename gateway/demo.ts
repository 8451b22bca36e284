/**
 * The demonstration county, played through the same doors as everybody's: its townships send synthetic studies by C-STORE and STOW-RS, its doctors
 * work through the portal's JSON. Whatever stands already is left as it is, so a run that broke off is simply played again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Accounts } from '../archive/accounts.ts'
import { Conflict } from '../archive/errors.ts'
import type { State } from '../archive/reading/workflow/machine.ts'
import { upsertAE } from '../storage/index/ae.ts'
import { hasWaited } from '../storage/index/history.ts'
import { upsertInstitution } from '../storage/index/institutions.ts'
import type { Index } from '../storage/index/postgres.ts'
import { type Entry, type Instance, manifest } from '../test-images/index.ts'
import { centre, demoPassword, demoPIN, machines, people, townships } from './demo/county.ts'
import { drawLand } from './demo/land.ts'
import { enterOrders } from './demo/orders.ts'
import { tellPastYear } from './demo/past-year.ts'
import { takeSecondLook } from './demo/second-look.ts'
import { type Called, sendByDIMSE } from './demo/send.ts'
import { type Chapter, reworkComment, type Supplement, story } from './demo/story.ts'
import { DemoNotPlayed, type Session, signIn } from './demo/web.ts'
import type { DemoAccount } from './reading/tools.ts'

export type { DemoAccount }

export interface DemoTools {
  readonly index: Index
  readonly accounts: Accounts
  /** Where the archive answers: `http://127.0.0.1:8080`. */
  readonly origin: string
  readonly dicom: Called
  readonly clock: () => Date
}

/** What is printed at the end of the start and offered on the sign-in page: in the order in which a newcomer tries them. */
export const demoAccounts: readonly DemoAccount[] = [
  people.author,
  people.colleague,
  people.reviewer,
  people.QS,
  people.LX,
  people.BS,
  people.XQ,
  people.ward,
  people.wardOfLX,
  people.chief,
  people.coordinator,
  people.quality,
  people.administrator,
].map(({ username, displayName, role, institution }) => ({
  username,
  displayName,
  role,
  institution: [centre, ...townships].find(({ code }) => code === institution)!.name,
  password: demoPassword,
}))

/**
 * Returns when every study is stored and every chapter of the story is where it should be.
 * @throws DemoNotPlayed, with what did not happen; the rest of the program goes on.
 */
export async function playDemoCounty(tools: DemoTools): Promise<void> {
  await settle(tools)
  await tellPastYear(tools)
  await drawLand(tools)
  const enter = (person: { username: string }) => signIn(tools.origin, person.username, demoPassword)
  /** A doctor, in a signing session. */
  const enterToSign = async (person: { username: string }): Promise<Session> => {
    const session = await enter(person)
    await session.send('PUT', '/api/account/pin', { password: demoPassword, pin: demoPIN })
    await session.send('POST', '/api/signing-session', { pin: demoPIN })
    return session
  }
  const townshipSessions = await Promise.all(
    townships.map(async ({ code }) => [code, await enter(people[code as Entry['institution']])] as const),
  )
  const technologists = new Map(townshipSessions)
  const began = await beginning(technologists, tools.clock)
  await send(
    tools,
    technologists,
    began,
    story.filter(({ afterOrders }) => afterOrders !== true),
  )
  await enterOrders(technologists, (study) => manifest.find(({ name }) => name === study)!.expected.StudyInstanceUID)
  await send(
    tools,
    technologists,
    began,
    story.filter(({ afterOrders }) => afterOrders === true),
  )
  const [author, colleague, reviewer] = await Promise.all([
    enterToSign(people.author),
    enterToSign(people.colleague),
    enterToSign(people.reviewer),
  ])
  for (const chapter of story) {
    const technologist = technologists.get(entryOf(chapter).institution)!
    await tell({ technologist, author, colleague, reviewer }, chapter)
    if (chapter.suspected !== undefined) await suspect(technologist, chapter)
    if (chapter.overdue !== undefined) await hasWaited(tools.index.pool, entryOf(chapter).expected.StudyInstanceUID, chapter.overdue)
  }
  const [chief, coordinator, quality, ward] = await Promise.all([people.chief, people.coordinator, people.quality, people.ward].map(enter))
  const onDuty = (...staff: readonly { readonly username: string }[]) => staff.map(({ username }) => username)
  await takeSecondLook({ chief: chief!, coordinator: coordinator!, quality: quality!, author, ward: ward! }, tools.clock(), {
    day: onDuty(people.author, people.reviewer),
    evening: onDuty(people.colleague),
    night: onDuty(people.chief),
  })
}

/** All machines at once, each its studies one after another, as on a busy morning. */
async function send(
  tools: DemoTools,
  technologists: ReadonlyMap<string, Session>,
  began: Date,
  chapters: readonly Chapter[],
): Promise<void> {
  const lanes = new Map<string, Chapter[]>()
  for (const chapter of chapters) {
    const lane = chapter.AETitle ?? chapter.study
    lanes.set(lane, [...(lanes.get(lane) ?? []), chapter])
  }
  await Promise.all(
    [...lanes.values()].map(async (lane) => {
      for (const chapter of lane) {
        const entry = entryOf(chapter)
        const technologist = technologists.get(entry.institution)!
        if (!(await isComplete(technologist, entry))) await deliver(tools, technologist, chapter, entry, began)
      }
    }),
  )
}

const entryOf = ({ study }: Chapter): Entry => manifest.find(({ name }) => name === study)!

/** Institutions, people and machines: made, or brought up to date. */
async function settle({ index: { pool }, accounts }: DemoTools): Promise<void> {
  const county = await upsertInstitution(pool, centre)
  const ids = new Map([[centre.code, county.id]])
  for (const township of townships) ids.set(township.code, (await upsertInstitution(pool, { ...township, parent: county.id })).id)
  for (const { institution, ...machine } of machines) await upsertAE(pool, { ...machine, institution: ids.get(institution)! })
  await Promise.all(
    Object.values(people).map(async ({ username, displayName, role, institution }) => {
      const account = { username, displayName, roles: [role], institution: ids.get(institution)!, password: demoPassword, demo: true }
      await accounts.create(account).catch((error: unknown) => {
        if (!(error instanceof Conflict)) throw error
      })
    }),
  )
}

interface StoredStudy {
  readonly '00080020'?: { readonly Value?: readonly string[] }
  readonly '00080030'?: { readonly Value?: readonly string[] }
  readonly '00201208'?: { readonly Value?: readonly number[] }
}

const findStudy = async (session: Session, StudyInstanceUID: string): Promise<StoredStudy | undefined> =>
  ((await session.get<readonly StoredStudy[] | undefined>(`/dicomweb/studies?StudyInstanceUID=${StudyInstanceUID}`)) ?? [])[0]

const isComplete = async (session: Session, { expected }: Entry): Promise<boolean> =>
  ((await findStudy(session, expected.StudyInstanceUID))?.['00201208']?.Value?.[0] ?? 0) >= expected.instances

/** When the story begins: now, or, after a run that broke off, when that one did; the same instances must come with the same bytes. */
async function beginning(technologists: ReadonlyMap<string, Session>, clock: () => Date): Promise<Date> {
  for (const chapter of story) {
    const { institution, expected } = entryOf(chapter)
    const stored = await findStudy(technologists.get(institution)!, expected.StudyInstanceUID)
    const [date, time] = [stored?.['00080020']?.Value?.[0], stored?.['00080030']?.Value?.[0]]
    if (date === undefined || time === undefined) continue
    const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6, 8)].map(Number)
    const [hour, minute, second] = [time.slice(0, 2), time.slice(2, 4), time.slice(4, 6)].map(Number)
    return new Date(year!, month! - 1, day!, hour!, minute! + chapter.minutesAgo, second!)
  }
  return clock()
}

const digits = (...numbers: number[]): string => numbers.map((number) => String(number).padStart(2, '0')).join('')

/** The study, taken so many minutes before the beginning, by the clock on the machine's wall. */
function picturesOf({ AETitle, minutesAgo }: Chapter, { institution, instances }: Entry, began: Date): AsyncGenerator<Instance> {
  const taken = new Date(began)
  taken.setMinutes(taken.getMinutes() - minutesAgo)
  return instances({
    StudyDate: digits(taken.getFullYear(), taken.getMonth() + 1, taken.getDate()),
    StudyTime: digits(taken.getHours(), taken.getMinutes(), taken.getSeconds()),
    ...(AETitle !== undefined && { StationName: AETitle, InstitutionName: townshipName(institution, AETitle) }),
  })
}

/** The machine without Chinese writes the name of its hospital in pinyin. */
const townshipName = (code: string, AETitle: string): string =>
  AETitle === 'BS_DR' && code === 'BS' ? 'BAISHA TOWNSHIP HOSPITAL' : townships.find((township) => township.code === code)!.name

async function deliver(tools: DemoTools, technologist: Session, chapter: Chapter, entry: Entry, began: Date): Promise<void> {
  const pictures = picturesOf(chapter, entry, began)
  if (chapter.AETitle === undefined) return technologist.store(pictures)
  await sendByDIMSE(tools.dicom, chapter.AETitle, pictures)
}

interface Cast {
  readonly technologist: Session
  readonly author: Session
  readonly colleague: Session
  readonly reviewer: Session
}

interface SeenWorkitem {
  readonly id: string
  readonly state: State
  readonly StudyInstanceUID: string
}

/** The straight way. `REWORK` and `RETURNED` are ends of their own that leave it. */
const order: readonly State[] = ['UPLOADING', 'READY', 'CLAIMED', 'SUBMITTED', 'REVIEWING', 'FINAL']
const leavesFrom: Partial<Record<State, State>> = { REWORK: 'REVIEWING', RETURNED: 'READY' }

/** Takes a study through the workflow as far as the story says; what is there already, or further on, is left. */
async function tell(cast: Cast, chapter: Chapter): Promise<void> {
  const { until, supplement } = chapter
  if (until === 'none') return
  const { StudyInstanceUID } = entryOf(chapter).expected
  let workitem = await arrived(cast.reviewer, StudyInstanceUID)
  if (workitem.state === 'UPLOADING' && supplement !== undefined) await supplementOnce(cast.technologist, StudyInstanceUID, supplement)
  const aim = order.indexOf(leavesFrom[until] ?? until)
  while (order.includes(workitem.state) && order.indexOf(workitem.state) < aim) workitem = await step(cast, chapter, workitem)
  if (until === 'REWORK' && workitem.state === 'REVIEWING') await verb(cast.reviewer, workitem, 'rework', { comment: reworkComment })
  if (until === 'RETURNED' && workitem.state === 'READY') await sendBack(cast[chapter.writer ?? 'author'], workitem, chapter)
  if (until === 'CLAIMED' && workitem.state === 'CLAIMED') await write(cast[chapter.writer ?? 'author'], workitem, chapter)
}

async function step(cast: Cast, chapter: Chapter, workitem: SeenWorkitem): Promise<SeenWorkitem> {
  const writer = cast[chapter.writer ?? 'author']
  switch (workitem.state) {
    case 'UPLOADING':
      return verb(cast.technologist, workitem, 'ready')
    case 'READY':
      return verb(writer, workitem, 'claim')
    case 'CLAIMED':
      await write(writer, workitem, chapter)
      await look(writer, workitem)
      return verb(writer, workitem, 'submit')
    case 'SUBMITTED':
      return verb(cast.reviewer, workitem, 'review')
    default:
      await look(cast.reviewer, workitem)
      return verb(cast.reviewer, workitem, 'sign')
  }
}

/** Whoever signs has the images on the screen. */
const look = (by: Session, { id, StudyInstanceUID }: SeenWorkitem): Promise<unknown> =>
  by.send('POST', `/api/workitems/${id}/opened`, { StudyInstanceUID, what: 'images' })

/** A retake is asked for, with an arrow on the first picture. */
async function sendBack(by: Session, { id, StudyInstanceUID }: SeenWorkitem, { returned }: Chapter): Promise<void> {
  const { reasons, comment, arrow } = returned!
  const [picture] = (await by.get<readonly { '00080018': { Value: readonly string[] } }[]>(
    `/dicomweb/studies/${StudyInstanceUID}/instances?limit=1`,
  ))!
  const annotation = { SOPInstanceUID: picture!['00080018'].Value[0], frame: 1, shapes: [{ kind: 'arrow', points: arrow }] }
  await by.send('POST', `/api/workitems/${id}/return`, { reasons, comment, annotation })
}

/** Said once: whoever has answered it since is not asked again. */
async function suspect(technologist: Session, { study, suspected }: Chapter): Promise<void> {
  const { StudyInstanceUID } = manifest.find(({ name }) => name === study)!.expected
  const { items } = await technologist.get<{ items: readonly { StudyInstanceUID: string; workitem: { id: string } | null }[] }>(
    '/api/board?limit=1000',
  )
  const workitem = items.find((item) => item.StudyInstanceUID === StudyInstanceUID)?.workitem?.id
  const known = await technologist.get<{ items: readonly object[] }>(`/api/critical?state=all&workitem=${workitem}`)
  if (known.items.length === 0) await technologist.send('POST', '/api/critical', { workitem, ...suspected, suspected: true })
}

async function supplementOnce(technologist: Session, StudyInstanceUID: string, supplement: Supplement): Promise<void> {
  const { items } = await technologist.get<{ items: readonly { StudyInstanceUID: string; supplement: unknown }[] }>('/api/board?limit=1000')
  const written = items.find((item) => item.StudyInstanceUID === StudyInstanceUID)?.supplement ?? null
  if (written === null) await technologist.send('PUT', `/api/studies/${StudyInstanceUID}/supplement`, supplement)
}

const verb = async (by: Session, { id }: SeenWorkitem, name: string, body: object = {}): Promise<SeenWorkitem> =>
  (await by.send<{ workitem: SeenWorkitem }>('POST', `/api/workitems/${id}/${name}`, body)).workitem

/** The first text only: a draft that somebody has typed in since stays theirs. */
async function write(by: Session, { id }: SeenWorkitem, { report }: Chapter): Promise<void> {
  const { draft } = await by.get<{ draft: unknown }>(`/api/workitems/${id}`)
  if (draft === null && report !== undefined) await by.send('PUT', `/api/workitems/${id}/draft`, report, { 'If-Match': '"0"' })
}

/** The workitem follows the images through the change feed: within a second, as a rule. */
async function arrived(reader: Session, StudyInstanceUID: string): Promise<SeenWorkitem> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { items } = await reader.get<{ items: readonly SeenWorkitem[] }>('/api/workitems?view=all&limit=500')
    const found = items.find((item) => item.StudyInstanceUID === StudyInstanceUID)
    if (found !== undefined) return found
    await sleep(100)
  }
  throw new DemoNotPlayed(`study ${StudyInstanceUID} did not become a workitem within 10 seconds`)
}
