/** The coordinator's wall (reading.md §6.5): the county on one screen, readable from three metres. No name of a patient comes near it. */
import { findInstitution, type Place } from '../../storage/index/institutions.ts'
import type { Index } from '../../storage/index/postgres.ts'
import { transaction } from '../../storage/index/query.ts'
import {
  type DutyRow,
  listDuties,
  type RosterPerson,
  replaceDuties,
  rosterPeople,
  type Shift,
} from '../../storage/index/statistics/roster.ts'
import {
  type AlarmRow,
  type QueueRow,
  type ReaderRow,
  type SiteRow,
  wallAlarms,
  wallQueue,
  wallReaders,
  wallSites,
} from '../../storage/index/statistics/wallboard.ts'
import { type Asker, demand, may } from '../access.ts'
import { auditIn } from '../audit.ts'
import { BadRequest, Forbidden } from '../errors.ts'
import { addDays, periodOf, today } from './period.ts'

export type Link = 'live' | 'quiet' | 'silent' | 'never'
export type Presence = 'reading' | 'reviewing' | 'idle' | 'away'

/** The state of a line by the age of its last sign of life: machines that store verify now and then, boxes speak every minute. */
const liveMs = 15 * 60_000
const quietMs = 4 * 3_600_000
/** Whoever has not touched the page for so long is not at the desk. */
const deskMs = 10 * 60_000

export interface Wallboard {
  readonly at: Date
  readonly centre: string
  /** Where the centre stands on the map. */
  readonly place: Place | null
  readonly alarms: Omit<AlarmRow, 'now'>
  readonly sites: readonly (SiteRow & { readonly link: Link })[]
  readonly queue: readonly QueueRow[]
  readonly readers: readonly (Omit<ReaderRow, 'lastSeenAt'> & { readonly presence: Presence })[]
  readonly roster: readonly DutyRow[]
  readonly verbs: readonly ('roster' | 'assign')[]
}

const latest = (...times: readonly (Date | null)[]): number => Math.max(...times.map((time) => time?.getTime() ?? 0))

export function linkOf({ lastArrivalAt, lastSeenAt }: Pick<SiteRow, 'lastArrivalAt' | 'lastSeenAt'>, now: Date): Link {
  const last = latest(lastArrivalAt, lastSeenAt)
  if (last === 0) return 'never'
  const age = now.getTime() - last
  return age <= liveMs ? 'live' : age <= quietMs ? 'quiet' : 'silent'
}

export function presenceOf(
  { reading, reviewing, lastSeenAt }: Pick<ReaderRow, 'reading' | 'reviewing' | 'lastSeenAt'>,
  now: Date,
): Presence {
  if (reviewing > 0) return 'reviewing'
  if (reading > 0) return 'reading'
  return lastSeenAt !== null && now.getTime() - lastSeenAt.getTime() <= deskMs ? 'idle' : 'away'
}

/** Whoever works in the room where it hangs. @throws Forbidden */
export function demandWall(asker: Asker): void {
  const sees = (['coordinate', 'direct', 'quality', 'administer', 'read'] as const).some((permission) => may(asker, permission))
  if (!asker.institution.readingCentre || !sees) throw new Forbidden('The wallboard hangs in the reading centre')
}

/** @throws Forbidden */
export async function wallboard({ index: { pool } }: { readonly index: Index }, asker: Asker): Promise<Wallboard> {
  demandWall(asker)
  const centre = asker.institution.id
  const [own, { now, ...alarms }, sites, queue, readers] = await Promise.all([
    findInstitution(pool, asker.institution.code),
    wallAlarms(pool, centre),
    wallSites(pool, centre),
    wallQueue(pool, centre),
    wallReaders(pool, centre),
  ])
  const day = today(now)
  return {
    at: now,
    centre: asker.institution.name,
    place: own?.place ?? null,
    alarms,
    sites: sites.map((site) => ({ ...site, link: linkOf(site, now) })),
    queue,
    readers: readers.map(({ lastSeenAt, ...reader }) => ({ ...reader, presence: presenceOf({ ...reader, lastSeenAt }, now) })),
    roster: await listDuties(pool, centre, day, addDays(day, 1)),
    verbs: may(asker, 'coordinate') ? ['roster', 'assign'] : [],
  }
}

/** @throws Forbidden, BadRequest */
export async function roster(
  { index: { pool }, clock }: { readonly index: Index; readonly clock: () => Date },
  asker: Asker,
  from: string | undefined,
  to: string | undefined,
): Promise<{ items: DutyRow[]; people: RosterPerson[] }> {
  demandWall(asker)
  const day = today(clock())
  const period = periodOf(from ?? day, to ?? addDays(from ?? day, 13), clock())
  const [items, people] = await Promise.all([
    listDuties(pool, asker.institution.id, period.from, period.to),
    rosterPeople(pool, asker.institution.id),
  ])
  return { items, people }
}

/** The people of one shift. @throws Forbidden, BadRequest */
export async function saveDuty(
  { index }: { readonly index: Index },
  asker: Asker,
  { day, shift, usernames }: { readonly day: string; readonly shift: Shift; readonly usernames: readonly string[] },
): Promise<void> {
  demand(asker, 'coordinate')
  demandWall(asker)
  await transaction(index.pool, async (client) => {
    const found = await replaceDuties(client, asker.institution.id, day, shift, usernames)
    if (found !== new Set(usernames).size) throw new BadRequest('usernames: each must be a person of the centre')
    await auditIn(client, asker, { action: 'roster-change', object: `roster/${day}/${shift}`, detail: { usernames } })
  })
}
