/** Studies as the imaging room's board and the ward see them: what has arrived, where its reading stands, what came back. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'
import { asksFor, type Found, foundStudies, Values } from './found.ts'
import type { PersonRef } from './workitem-list.ts'

export interface StudyRow {
  readonly studyPk: number
  readonly StudyInstanceUID: string
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  /** Its numbers from before a match or a merge, between backslashes. */
  readonly formerPatientIDs: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  readonly PatientAge: string | null
  readonly institutionId: number
  readonly institutionName: string
  readonly modalities: string[]
  readonly StudyDescription: string | null
  readonly AccessionNumber: string | null
  readonly StudyDate: string | null
  readonly receivedAt: Date
  readonly lastReceivedAt: Date
  /** Without the documents that we added. */
  readonly instances: number
  readonly bytes: number
  readonly readAtCounty: boolean
  /** Seconds without a new image after which it is sent by itself. */
  readonly quietSeconds: number | null
  readonly workitemId: number | null
  readonly state: string | null
  readonly urgency: number | null
  readonly readyAt: Date | null
  readonly dueAt: Date | null
  readonly assignee: PersonRef | null
  readonly reportId: number | null
  readonly finalAt: Date | null
}

/** The reading centre that a study goes to: one that may see it by grant; a centre's own goes there when its machine's rule says so. */
export const centreOfStudy = `coalesce(
  (select a.institution_id from study_access a join institution i on i.institution_id = a.institution_id
   where a.study_pk = s.study_pk and a.reason = 'grant' and i.reading_centre order by a.institution_id limit 1),
  (select s.institution_id from institution i where i.institution_id = s.institution_id and i.reading_centre
     and exists (select from instance n join ae on ae.title = n.ae_title where n.study_pk = s.study_pk and ae.read_at_county)))`

const columns = `s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", s.patient_name as "PatientName",
  nullif(p.patient_name, '') as "supplementName", s.patient_id as "PatientID", s.former_patient_ids as "formerPatientIDs",
  s.patient_sex as "PatientSex", s.patient_birth_date as "PatientBirthDate",
  s.json::jsonb -> '00101010' -> 'Value' ->> 0 as "PatientAge", i.institution_id as "institutionId", i.name as "institutionName", t.modalities,
  s.study_description as "StudyDescription", s.accession_number as "AccessionNumber", s.study_date as "StudyDate",
  s.first_received_at as "receivedAt", t.last_received_at as "lastReceivedAt", t.instances - doc.stored as instances, t.bytes,
  case when w.id is null then ${centreOfStudy} is not null else true end as "readAtCounty",
  case when w.state = 'UPLOADING' then
    (select max(ae.quiet_seconds) from (select distinct n.ae_title from instance n where n.study_pk = s.study_pk) sender
       join ae on ae.title = sender.ae_title) end as "quietSeconds",
  w.id as "workitemId", w.state, w.urgency, w.ready_at as "readyAt", w.due_at as "dueAt",
  case when h.id is not null then jsonb_build_object('username', h.username, 'displayName', h.display_name) end as assignee,
  r.id as "reportId", r.signed_at as "finalAt"`

const tablesOf = (studies: string) => `${studies} s
  join study_totals t on t.study_pk = s.study_pk
  join institution i on i.institution_id = s.institution_id
  left join study_supplement p on p.study_pk = s.study_pk
  left join study_reading d on d.study_pk = s.study_pk
  left join workitem w on w.id = d.workitem_id
  left join account h on h.id = w.assignee_id
  left join lateral (
    select report.id, report.signed_at from standing_report st join report on report.id = st.report_id
    where st.workitem_id = coalesce(w.joined_into, w.id)
  ) r on true
  left join lateral (
    select count(*) as stored from report join report_document d on d.report_id = report.id
    where report.study_pk = s.study_pk and d.stored_at is not null and d.rejected_at is null
  ) doc on true`

const inScope = `exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any($1))`

export interface StudySearch extends Found {
  readonly scope: Scope
  /** Only what this institution owns; null: all that the scope may see. */
  readonly owner: number | null
  /** By the time of the first image. */
  readonly from: Date | null
  readonly to: Date | null
  readonly limit: number
}

/** Newest arrivals first: the page from the indexes, then what its rows show. */
export function listStudies(on: Queryable, search: StudySearch): Promise<StudyRow[]> {
  const { scope, owner, from, to, limit } = search
  const values = new Values()
  values.bind(scope)
  const found = asksFor(search) ? `found as materialized (${foundStudies(values, search)}),` : ''
  const conditions = [
    inScope,
    ...(owner === null ? [] : [`s.institution_id = ${values.bind(owner)}`]),
    ...(from === null ? [] : [`s.first_received_at >= ${values.bind(from)}`]),
    ...(to === null ? [] : [`s.first_received_at < ${values.bind(to)}`]),
    ...(found === '' ? [] : ['s.study_pk in (select study_pk from found)']),
  ]
  const by = 's.first_received_at desc, s.study_pk desc'
  return query<StudyRow>(
    on,
    `with ${found} page as materialized (
       select s.* from study s where ${conditions.join(' and ')} order by ${by} limit ${values.bind(limit)}
     )
     select ${columns} from ${tablesOf('page')} order by ${by}`,
    values.list,
  )
}

export async function findStudyRow(on: Queryable, scope: Scope, StudyInstanceUID: string): Promise<StudyRow | undefined> {
  const rows = await query<StudyRow>(on, `select ${columns} from ${tablesOf('study')} where ${inScope} and s.study_instance_uid = $2`, [
    scope,
    StudyInstanceUID,
  ])
  return rows[0]
}

export interface Arriving {
  readonly studyPk: number
  /** What came within the last seconds; 0: nothing did. */
  readonly bytesPerSecond: number
  /** As its machine has listed them (MPPS); null: it has not. */
  readonly expectedInstances: number | null
}

/** A slow line brings an image in less than this. */
const speedSeconds = 20

/** How fast the images of studies come that are still arriving. */
export const arrivingOf = (on: Queryable, studyPks: readonly number[]): Promise<Arriving[]> =>
  query<Arriving & { [column: string]: unknown }>(
    on,
    `select s.study_pk as "studyPk",
       (select coalesce(sum(n.object_size), 0)::float8 / ${speedSeconds} from instance n
        where n.study_pk = s.study_pk and n.received_at > now() - interval '${speedSeconds} seconds') as "bytesPerSecond",
       (select nullif(count(*), 0)::int from performed_step p join performed_instance i on i.step_id = p.id
        where p.study_instance_uids @> array[s.study_instance_uid] and p.institution_id = s.institution_id) as "expectedInstances"
     from study s where s.study_pk = any($1)`,
    [studyPks],
  )

/** All studies of the person whose study this is that the scope may see, newest first; empty when it may not see the study itself. */
export const timelineOf = (on: Queryable, scope: Scope, StudyInstanceUID: string, limit = 200): Promise<StudyRow[]> =>
  query<StudyRow>(
    on,
    `with person as materialized (
       select mine.person_pk from study s join patient mine on mine.patient_pk = s.patient_pk
       where s.study_instance_uid = $2 and ${inScope}
     ), page as materialized (
       select s.* from person join patient theirs on theirs.person_pk = person.person_pk join study s on s.patient_pk = theirs.patient_pk
       where ${inScope} order by s.study_date desc nulls last, s.study_time desc nulls last, s.study_pk desc limit $3
     )
     select ${columns} from ${tablesOf('page')} order by s.study_date desc nulls last, s.study_time desc nulls last, s.study_pk desc`,
    [scope, StudyInstanceUID, limit],
  )

export interface SeriesRow {
  readonly SeriesInstanceUID: string
  readonly Modality: string | null
  readonly SeriesDescription: string | null
  readonly SeriesNumber: string | null
  readonly instances: readonly { readonly SOPInstanceUID: string; readonly frames: number }[]
}

/** The series of a study that have pictures, in order, with their instances. */
export const pictureSeries = (on: Queryable, studyPk: number): Promise<SeriesRow[]> =>
  query<SeriesRow>(
    on,
    `select r.series_instance_uid as "SeriesInstanceUID", r.modality as "Modality", r.series_description as "SeriesDescription",
       r.series_number as "SeriesNumber",
       jsonb_agg(jsonb_build_object('SOPInstanceUID', n.sop_instance_uid, 'frames', (n.pixels ->> 'NumberOfFrames')::int)
         order by n.instance_order, n.instance_pk) as instances
     from series r join instance n on n.series_pk = r.series_pk
     where r.study_pk = $1 and n.pixels ->> 'kind' <> 'video' and n.pixels ->> 'unavailable' is null
     group by r.series_pk order by r.series_order, r.series_pk`,
    [studyPk],
  )
