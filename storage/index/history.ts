/**
 * Figures of earlier years: what another system counted before this one stood, taken over as rows of figures alone. There is no study, no task and no
 * patient behind such a row, so nothing opens it; lists behind figures say that it is a figure alone.
 */
import { type Queryable, query } from './query.ts'

export interface PastReading {
  readonly institution: number
  readonly centre: number
  readonly modality: string
  readonly urgency: number
  readonly studyEndAt: Date
  readonly firstByteAt: Date
  readonly readyAt: Date
  readonly claimedAt: Date
  readonly submittedAt: Date
  readonly finalAt: Date
  readonly deliveredAt: Date
  readonly openedAt: Date | null
  readonly dueAt: Date
  readonly pausedSeconds: number
  readonly author: number
  readonly reviewer: number
  readonly polarity: 'negative' | 'positive'
  readonly wording: string
  readonly grade: string
  readonly returnReasons: readonly string[]
  readonly corrections: number
  readonly addenda: number
  readonly criticalAt: Date | null
  readonly criticalInTime: boolean
}

/** So many travel in one statement. */
const batch = 5_000

/** All of them or, when something breaks, those of the batches before: the caller has a transaction. */
export async function insertPastReadings(on: Queryable, readings: Iterable<PastReading>): Promise<number> {
  let waiting: PastReading[] = []
  let inserted = 0
  for (const reading of readings) {
    waiting.push(reading)
    if (waiting.length < batch) continue
    inserted += await insert(on, waiting)
    waiting = []
  }
  return inserted + (await insert(on, waiting))
}

async function insert(on: Queryable, readings: readonly PastReading[]): Promise<number> {
  if (readings.length === 0) return 0
  await query(
    on,
    `insert into reading_fact (institution_id, centre_id, modality, urgency, study_end_at, first_byte_at, ready_at, claimed_at, submitted_at, final_at,
       delivered_at, opened_at, due_at, paused_seconds, author_id, reviewer_id, same_person, polarity, wording, grade, returns, return_reasons, corrections,
       addenda, retracted, canceled, critical_at, critical_raised_at, critical_acknowledged_at)
     select "institution", "centre", "modality", "urgency", "studyEndAt", "firstByteAt", "readyAt", "claimedAt", "submittedAt", "finalAt",
       "deliveredAt", "openedAt", "dueAt", "pausedSeconds", "author", "reviewer", "author" = "reviewer", "polarity", "wording", "grade",
       cardinality("returnReasons"), "returnReasons", "corrections", "addenda", false, false, "criticalAt",
       array_remove(array["criticalAt"], null), case when "criticalAt" is null then '{}' else array[case when "criticalInTime" then "criticalAt" end] end
     from jsonb_to_recordset($1::jsonb) as r ("institution" int, "centre" int, "modality" text, "urgency" smallint, "studyEndAt" timestamptz,
       "firstByteAt" timestamptz, "readyAt" timestamptz, "claimedAt" timestamptz, "submittedAt" timestamptz, "finalAt" timestamptz,
       "deliveredAt" timestamptz, "openedAt" timestamptz, "dueAt" timestamptz, "pausedSeconds" int, "author" int, "reviewer" int, "polarity" text,
       "wording" text, "grade" text, "returnReasons" text[], "corrections" int, "addenda" int, "criticalAt" timestamptz, "criticalInTime" boolean)`,
    [JSON.stringify(readings)],
  )
  return readings.length
}

/** How many rows were taken over for a centre. */
export async function countPastReadings(on: Queryable, centre: number): Promise<number> {
  const [row] = await query<{ n: number }>(on, `select count(*) as n from reading_fact where centre_id = $1 and workitem_id is null`, [
    centre,
  ])
  return row?.n ?? 0
}

/** A task that is READY and not yet late has waited since before the program began, and has been due for so long. */
export async function hasWaited(on: Queryable, StudyInstanceUID: string, minutes: { waited: number; late: number }): Promise<void> {
  await query(
    on,
    `with late as (
       update workitem w set ready_at = now() - make_interval(mins => $2), due_at = now() - make_interval(mins => $3),
         created_at = least(w.created_at, now() - make_interval(mins => $2 + 2)),
         first_byte_at = least(w.first_byte_at, now() - make_interval(mins => $2 + 2)),
         study_end_at = least(w.study_end_at, now() - make_interval(mins => $2 + 4))
       from study s where s.study_pk = w.study_pk and s.study_instance_uid = $1 and w.state = 'READY' and w.due_at > now()
       returning w.id, w.study_pk
     )
     select append_changes(array['workitem'], array[late.study_pk], array[late.id::text]) from late`,
    [StudyInstanceUID, minutes.waited, minutes.late],
  )
}
