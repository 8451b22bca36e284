/**
 * Subscriptions and the reports that wait for their subscribers. An AE title belongs to an institution: two institutions that use the same title never
 * hear of each other. What is delivered is decided when the event happens, and once more, by scope, when it is sent.
 */
import { type Queryable, query } from '../query.ts'
import type { UPSKey } from './search.ts'
import type { Dataset } from './workitems.ts'

export interface Subscriber {
  readonly institution: number
  readonly AETitle: string
}

/** The institutions that may see a step. */
const seenBy = (institution: string) =>
  `(u.study_pk is null and u.institution_id = ${institution}
    or u.study_pk is not null and exists (select from study_access a where a.study_pk = u.study_pk and a.institution_id = ${institution}))`

/** Subscribes to one step, or changes the lock of the subscription. */
export const subscribe = async (on: Queryable, upsPk: number, { institution, AETitle }: Subscriber, lock: boolean): Promise<void> => {
  await query(
    on,
    `insert into ups_subscription (ups_pk, institution_id, ae_title, deletion_lock) values ($1, $2, $3, $4)
     on conflict (ups_pk, institution_id, ae_title) do update set deletion_lock = $4, at = now()`,
    [upsPk, institution, AETitle, lock],
  )
}

export async function unsubscribe(on: Queryable, upsPk: number, { institution, AETitle }: Subscriber): Promise<boolean> {
  const rows = await query(
    on,
    `delete from ups_subscription where ups_pk = $1 and institution_id = $2 and ae_title = $3 returning ups_pk as "upsPk"`,
    [upsPk, institution, AETitle],
  )
  return rows.length > 0
}

/** Subscribes to the worklist, whole or filtered. */
export const subscribeGlobally = async (
  on: Queryable,
  { institution, AETitle }: Subscriber,
  lock: boolean,
  filter: readonly UPSKey[] | undefined,
): Promise<void> => {
  await query(
    on,
    `insert into ups_subscriber (institution_id, ae_title, filtered, deletion_lock, filter) values ($1, $2, $3, $4, $5)
     on conflict (institution_id, ae_title, filtered) do update set deletion_lock = $4, filter = $5, at = now()`,
    [institution, AETitle, filter !== undefined, lock, filter === undefined ? null : JSON.stringify(filter)],
  )
}

/** Ends a subscription to the worklist; those to single steps stay. */
export async function suspend(on: Queryable, { institution, AETitle }: Subscriber, filtered: boolean): Promise<boolean> {
  const rows = await query(
    on,
    `delete from ups_subscriber where institution_id = $1 and ae_title = $2 and filtered = $3 returning ae_title as title`,
    [institution, AETitle, filtered],
  )
  return rows.length > 0
}

/** Ends all subscriptions to single steps, and forgets what waits. */
export async function unsubscribeAll(on: Queryable, { institution, AETitle }: Subscriber): Promise<number> {
  const rows = await query(on, `delete from ups_subscription where institution_id = $1 and ae_title = $2 returning ups_pk as "upsPk"`, [
    institution,
    AETitle,
  ])
  await query(on, `delete from ups_delivery where institution_id = $1 and ae_title = $2`, [institution, AETitle])
  return rows.length
}

/** Subscribers that an institution has, of any kind. */
export async function countSubscribers(on: Queryable, institution: number): Promise<number> {
  const [row] = await query<{ n: number }>(
    on,
    `select count(*) as n from (
       select ae_title from ups_subscriber where institution_id = $1 union select ae_title from ups_subscription where institution_id = $1) titles`,
    [institution],
  )
  return row!.n
}

export async function isSubscriber(on: Queryable, { institution, AETitle }: Subscriber): Promise<boolean> {
  const [row] = await query<{ known: boolean }>(
    on,
    `select exists (select from ups_subscriber where institution_id = $1 and ae_title = $2)
       or exists (select from ups_subscription where institution_id = $1 and ae_title = $2) as known`,
    [institution, AETitle],
  )
  return row!.known
}

/** Whether anybody would hear of a step. */
export async function hasSubscribers(on: Queryable, upsPk: number): Promise<boolean> {
  const [row] = await query<{ any: boolean }>(on, `select exists (select from ups_subscription where ups_pk = $1) as any`, [upsPk])
  return row!.any
}

/** To every step that the subscriber sees, is not subscribed to, and is among those given (all where absent). Answers their keys. */
export async function subscribeToAll(
  on: Queryable,
  { institution, AETitle }: Subscriber,
  lock: boolean,
  among?: readonly number[],
): Promise<number[]> {
  const rows = await query<{ upsPk: number }>(
    on,
    `insert into ups_subscription (ups_pk, institution_id, ae_title, deletion_lock)
     select u.ups_pk, $1, $2, $3 from ups u where u.gone_at is null and ${seenBy('$1')} and ($4::bigint[] is null or u.ups_pk = any($4))
     on conflict do nothing returning ups_pk as "upsPk"`,
    [institution, AETitle, lock, among ?? null],
  )
  return rows.map(({ upsPk }) => upsPk)
}

/** A new step, to whoever is subscribed to the whole worklist and may see it. */
export const subscribeSubscribers = async (on: Queryable, upsPk: number): Promise<void> => {
  await query(
    on,
    `insert into ups_subscription (ups_pk, institution_id, ae_title, deletion_lock)
     select u.ups_pk, s.institution_id, s.ae_title, s.deletion_lock from ups u join ups_subscriber s on ${seenBy('s.institution_id')}
     where u.ups_pk = $1 and not s.filtered on conflict do nothing`,
    [upsPk],
  )
}

export interface FilteredSubscriber extends Subscriber {
  readonly lock: boolean
  readonly filter: readonly UPSKey[]
}

/** Whose filters a step is to be tried by. */
export const filteredSubscribers = (on: Queryable, upsPk: number): Promise<FilteredSubscriber[]> =>
  query<FilteredSubscriber & { [column: string]: unknown }>(
    on,
    `select s.institution_id as institution, s.ae_title as "AETitle", s.deletion_lock as lock, s.filter
     from ups u join ups_subscriber s on ${seenBy('s.institution_id')}
     where u.ups_pk = $1 and s.filtered
       and not exists (select from ups_subscription t where t.ups_pk = u.ups_pk and t.institution_id = s.institution_id and t.ae_title = s.ae_title)`,
    [upsPk],
  )

export interface NewUPSEvent {
  readonly type: number
  readonly information: Dataset
}

/** Adds events of a step, for all its subscribers or for one. */
export async function insertUPSEvents(on: Queryable, upsPk: number, events: readonly NewUPSEvent[], only?: Subscriber): Promise<void> {
  for (const { type, information } of events) {
    await query(
      on,
      `with happened as (insert into ups_event (ups_pk, type, information) values ($1, $2, $3) returning number)
       insert into ups_delivery (institution_id, ae_title, number)
       select s.institution_id, s.ae_title, happened.number from ups_subscription s, happened
       where s.ups_pk = $1 and ($4::int is null or s.institution_id = $4 and s.ae_title = $5)`,
      [upsPk, type, information, only?.institution ?? null, only?.AETitle ?? null],
    )
  }
}

/** The initial State Report of many steps, to one subscriber. */
export const insertInitialReports = async (
  on: Queryable,
  upsPks: readonly number[],
  { institution, AETitle }: Subscriber,
): Promise<void> => {
  await query(
    on,
    `with happened as (
       insert into ups_event (ups_pk, type, information)
       select u.ups_pk, 1, jsonb_strip_nulls(jsonb_build_object('00404041', u.dataset -> '00404041',
         '00741000', jsonb_build_object('vr', 'CS', 'Value', jsonb_build_array(u.state)))) from ups u where u.ups_pk = any($1) order by 1 returning number)
     insert into ups_delivery (institution_id, ae_title, number) select $2, $3, number from happened`,
    [upsPks, institution, AETitle],
  )
}

/** An event about the archive itself, to every subscriber there is. */
export const insertSCPEvent = async (on: Queryable, { type, information }: NewUPSEvent): Promise<void> => {
  await query(
    on,
    `with happened as (insert into ups_event (ups_pk, type, information) values (null, $1, $2) returning number)
     insert into ups_delivery (institution_id, ae_title, number)
     select t.institution_id, t.ae_title, happened.number from happened,
       (select institution_id, ae_title from ups_subscriber union select institution_id, ae_title from ups_subscription) t`,
    [type, information],
  )
}

export interface Delivery {
  readonly number: number
  readonly SOPInstanceUID: string | null
  readonly type: number
  readonly information: Dataset
}

/** What waits for a subscriber, oldest first. What the institution may no longer see is passed over. */
export const waitingDeliveries = (on: Queryable, { institution, AETitle }: Subscriber, limit: number): Promise<Delivery[]> =>
  query<Delivery & { [column: string]: unknown }>(
    on,
    `select d.number, u.sop_instance_uid as "SOPInstanceUID", e.type, e.information
     from ups_delivery d join ups_event e using (number) left join ups u on u.ups_pk = e.ups_pk
     where d.institution_id = $1 and d.ae_title = $2 and (e.ups_pk is null or ${seenBy('$1')}) order by d.number limit $3`,
    [institution, AETitle, limit],
  )

/** They were sent. */
export const forgetDeliveries = async (on: Queryable, { institution, AETitle }: Subscriber, numbers: readonly number[]): Promise<void> => {
  await query(on, `delete from ups_delivery where institution_id = $1 and ae_title = $2 and number = any($3)`, [
    institution,
    AETitle,
    numbers,
  ])
}

/** What nobody fetched in time: older than so many hours, or beyond so many of one subscriber. Events that wait for nobody go. */
export async function sweepDeliveries(on: Queryable, hours: number, most: number): Promise<void> {
  await query(on, `delete from ups_event where at < now() - make_interval(hours => $1)`, [hours])
  await query(
    on,
    `delete from ups_delivery d using (
       select institution_id, ae_title, number, row_number() over (partition by institution_id, ae_title order by number desc) as place from ups_delivery) old
     where old.place > $1 and d.institution_id = old.institution_id and d.ae_title = old.ae_title and d.number = old.number`,
    [most],
  )
  await query(
    on,
    `delete from ups_event e where not exists (select from ups_delivery d where d.number = e.number) and at < now() - interval '1 minute'`,
  )
}
