/** Statements of the follower that turns arriving studies into workitems, and of the clocks that move them. */
import { type Queryable, query } from '../query.ts'
import { centreOfStudy } from './studies.ts'

export interface Arrival {
  readonly studyPk: number
  readonly StudyInstanceUID: string
  /** The reading centre, where a rule sends the study to one; null: it is read where it was taken. */
  readonly centre: number | null
  readonly urgency: number | null
  readonly workitem: {
    readonly id: number
    readonly state: string
    readonly newImages: boolean
    readonly readyChange: number | null
  } | null
  /** Number of the last change in this batch that was an image we have not authored; null: there was none. */
  readonly lastImage: number | null
}

/** Locks the studies behind a batch of changes against whoever supplements them or matches them with an order: what is read after it stands. */
export const lockArrivals = async (on: Queryable, changes: readonly number[]): Promise<void> => {
  await query(
    on,
    `select from study where study_pk in (select study_pk from change where number = any($1)) order by study_pk for no key update`,
    [changes],
  )
}

/** The studies behind a batch of changes, with what is needed to make or mark their workitems. */
export const arrivalsOf = (on: Queryable, changes: readonly number[]): Promise<Arrival[]> =>
  query<Arrival>(
    on,
    `with image as (
       select c.study_pk, max(c.number) as number from change c join instance n on n.sop_instance_uid = c.ref
       where c.number = any($1) and n.via <> 'authored' group by c.study_pk
     )
     select s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", image.number as "lastImage", p.urgency,
       ${centreOfStudy} as centre,
       case when w.id is not null then
         jsonb_build_object('id', w.id, 'state', w.state, 'newImages', w.new_images, 'readyChange', w.ready_change) end as workitem
     from image join study s on s.study_pk = image.study_pk
       left join study_reading d on d.study_pk = s.study_pk left join workitem w on w.id = d.workitem_id left join study_supplement p on p.study_pk = s.study_pk
     order by s.study_pk`,
    [changes],
  )

/** Workitems that were cancelled with the rejection of their whole study, and whose study has new images since; a Rejection Note is none. */
export async function retaken(on: Queryable, changes: readonly number[]): Promise<number[]> {
  const rows = await query<{ id: number }>(
    on,
    `select distinct w.id from change c join instance n on n.sop_instance_uid = c.ref join workitem w on w.study_pk = c.study_pk
     where c.number = any ($1) and n.via <> 'authored' and n.sop_class_uid <> '1.2.840.10008.5.1.4.1.1.88.59' and w.state = 'CANCELED'
       and (select e.verb from workitem_event e where e.workitem_id = w.id order by e.number desc limit 1) = 'reject'
     order by w.id`,
    [changes],
  )
  return rows.map(({ id }) => id)
}

/** Undefined when another gateway was first. */
export async function insertWorkitem(on: Queryable, studyPk: number, centre: number, urgency: number): Promise<number | undefined> {
  const rows = await query<{ id: number }>(
    on,
    `insert into workitem (study_pk, centre_id, state, urgency, first_byte_at)
     select $1, $2, 'UPLOADING', $3, s.first_received_at from study s where s.study_pk = $1
       and not exists (select from workitem w where w.study_pk = $1) on conflict do nothing returning id`,
    [studyPk, centre, urgency],
  )
  return rows[0]?.id
}

/** Images came after READY. False when the badge was up already. */
export async function raiseNewImages(on: Queryable, workitem: number, lastImage: number): Promise<boolean> {
  const rows = await query(
    on,
    `update workitem set new_images = true where id = $1 and not new_images and ready_change is not null and ready_change < $2 returning id`,
    [workitem, lastImage],
  )
  return rows.length === 1
}

/** Claims and reviews whose lease has run out. */
export async function expiredLeases(on: Queryable, limit: number): Promise<number[]> {
  const rows = await query<{ id: number }>(
    on,
    `select id from workitem where lease_until < now() and state in ('CLAIMED', 'REVIEWING') order by lease_until limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}

/**
 * Studies still arriving (the shortest rule of any machine is asked first, it costs nothing) that have been quiet for as long as
 * the slowest of the machines that sent them asks for. While a machine says that the exam is under way (MPPS) it may rest for half an hour between series.
 */
export async function quietWorkitems(on: Queryable, defaultQuietSeconds: number, limit: number): Promise<number[]> {
  const rows = await query<{ id: number }>(
    on,
    `select w.id from workitem w join study_totals t on t.study_pk = w.study_pk
     where w.state = 'UPLOADING' and t.last_received_at < now() - make_interval(secs => least($1, (select min(quiet_seconds) from ae)))
       and t.last_received_at < now() - make_interval(secs => coalesce(
       (select max(ae.quiet_seconds) from (select distinct n.ae_title from instance n where n.study_pk = w.study_pk) sender
          join ae on ae.title = sender.ae_title), $1))
       and not (t.last_received_at > now() - interval '30 minutes' and exists (
         select from performed_step p join study s on p.study_instance_uids @> array[s.study_instance_uid] and p.institution_id = s.institution_id
         where s.study_pk = w.study_pk and p.state = 'IN PROGRESS'))
     order by w.created_at limit $2`,
    [defaultQuietSeconds, limit],
  )
  return rows.map(({ id }) => id)
}
