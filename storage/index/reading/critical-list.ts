/** Critical values as people see them: notices, the register, the ten-minute figure. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'
import type { FindingRow, PersonRef, Told } from './critical.ts'

export interface CriticalRow {
  readonly id: number
  readonly workitem: number
  readonly StudyInstanceUID: string
  readonly institutionId: number
  readonly institutionName: string
  readonly centre: number
  readonly treating: readonly number[]
  readonly modalities: string[]
  readonly StudyDescription: string | null
  readonly AccessionNumber: string | null
  readonly StudyDate: string | null
  readonly department: string | null
  readonly ward: string
  readonly bed: string
  readonly requester: string | null
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  readonly PatientAge: string | null
  readonly told: Told
  readonly finding: FindingRow | null
  readonly text: string
  readonly suspected: boolean
  readonly raisedBy: PersonRef & { readonly id: number }
  readonly raisedAt: Date
  readonly state: string
  readonly level: number
  readonly nextEscalationAt: Date | null
  readonly generation: number
  readonly acknowledged: {
    readonly by: PersonRef
    readonly name: string
    readonly at: string
    readonly via: 'portal' | 'phone'
    readonly readBack: string
    readonly confirmed: { readonly by: PersonRef; readonly at: string } | null
  } | null
  readonly action: { readonly by: PersonRef; readonly at: string; readonly text: string } | null
  readonly ended: { readonly by: PersonRef; readonly at: string; readonly reason: string | null } | null
  readonly notices: readonly {
    readonly channel: 'portal' | 'webhook' | 'phone'
    readonly about: string
    readonly level: number
    readonly recipients: readonly { readonly name: string; readonly duty: string; readonly phone: string }[]
    readonly by: string | null
    readonly at: string
    readonly answer: string | null
    readonly deliveredAt: string | null
    readonly failed: boolean
  }[]
}

const person = (alias: string) => `jsonb_build_object('username', ${alias}.username, 'displayName', ${alias}.display_name)`

const columns = `c.id, c.workitem_id as workitem, s.study_instance_uid as "StudyInstanceUID", c.institution_id as "institutionId",
  i.name as "institutionName", c.centre_id as centre,
  array(select a.institution_id from study_access a where a.study_pk = c.study_pk and (a.reason <> 'grant' or a.institution_id = c.institution_id) order by 1) as treating,
  t.modalities, s.study_description as "StudyDescription", s.accession_number as "AccessionNumber", s.study_date as "StudyDate",
  nullif(p.department, '') as department, coalesce(p.ward, '') as ward, coalesce(p.bed, '') as bed, nullif(p.requester, '') as requester, s.patient_name as "PatientName",
  nullif(p.patient_name, '') as "supplementName", s.patient_id as "PatientID", s.patient_sex as "PatientSex", s.patient_birth_date as "PatientBirthDate",
  s.json::jsonb -> '00101010' -> 'Value' ->> 0 as "PatientAge", c.told, c.finding, c.text, c.suspected,
  ${person('raiser')} || jsonb_build_object('id', raiser.id) as "raisedBy", c.raised_at as "raisedAt", c.state, c.level,
  c.next_escalation_at as "nextEscalationAt", c.generation,
  case when c.acknowledged_at is not null then jsonb_build_object('by', ${person('acknowledger')}, 'name', c.acknowledged_name, 'at', c.acknowledged_at,
    'via', c.acknowledged_via, 'readBack', c.read_back,
    'confirmed', case when c.confirmed_at is not null then jsonb_build_object('by', ${person('confirmer')}, 'at', c.confirmed_at) end) end as acknowledged,
  case when c.acted_at is not null then jsonb_build_object('by', ${person('doer')}, 'at', c.acted_at, 'text', c.action) end as action,
  case when c.ended_at is not null then jsonb_build_object('by', ${person('ender')}, 'at', c.ended_at, 'reason', c.ended_reason) end as ended,
  coalesce((select jsonb_agg(jsonb_build_object('channel', n.channel, 'about', n.about, 'level', n.level, 'by', caller.display_name, 'at', n.at,
      'recipients', n.recipients, 'answer', n.answer, 'deliveredAt', n.delivered_at, 'failed', n.failure is not null and n.delivered_at is null) order by n.id)
    from (select * from critical_notice m where m.critical_id = c.id order by m.id desc limit 100) n left join account caller on caller.id = n.by_id), '[]') as notices`

const tables = `critical_value c
  join study s on s.study_pk = c.study_pk
  join study_totals t on t.study_pk = c.study_pk
  join institution i on i.institution_id = c.institution_id
  join account raiser on raiser.id = c.raised_by
  left join study_supplement p on p.study_pk = c.study_pk
  left join account acknowledger on acknowledger.id = c.acknowledged_by
  left join account confirmer on confirmer.id = c.confirmed_by
  left join account doer on doer.id = c.acted_by
  left join account ender on ender.id = c.ended_by`

const inScope = `exists (select from study_access a where a.study_pk = c.study_pk and a.institution_id = any($1))`

export interface CriticalSearch {
  readonly scope: Scope
  readonly states: readonly string[] | null
  readonly institution: number | null
  readonly from: Date | null
  readonly to: Date | null
  readonly workitem?: number
  /** Only what was raised before this one. */
  readonly before: number | null
  readonly limit: number
}

/** Newest first. */
export const listCriticals = (on: Queryable, search: CriticalSearch): Promise<CriticalRow[]> =>
  query<CriticalRow>(
    on,
    `with page as materialized (
       select * from critical_value c where ${inScope} and ($2::text[] is null or c.state = any($2)) and ($3::int is null or c.institution_id = $3)
         and ($4::timestamptz is null or c.raised_at >= $4) and ($5::timestamptz is null or c.raised_at < $5) and ($6::bigint is null or c.id < $6)
         and ($8::bigint is null or c.workitem_id = $8)
       order by c.id desc limit $7
     ) select ${columns} from ${tables.replace('critical_value c', 'page c')} order by c.id desc`,
    [search.scope, search.states, search.institution, search.from, search.to, search.before, search.limit, search.workitem ?? null],
  )

export async function findCritical(on: Queryable, scope: Scope, id: number): Promise<CriticalRow | undefined> {
  const rows = await query<CriticalRow>(on, `select ${columns} from ${tables} where ${inScope} and c.id = $2`, [scope, id])
  return rows[0]
}

export interface FigureRow {
  readonly institution: { readonly id: number; readonly name: string }
  readonly raised: number
  readonly acknowledged: number
  readonly within: number
  /** Seconds from the raising to the repetition. */
  readonly median: number | null
  readonly longest: number | null
}

/** Who answered in time, by institution; a withdrawn one was never owed an answer. */
export const criticalFigures = (
  on: Queryable,
  { scope, from, to, withinSeconds }: { readonly scope: Scope; readonly from: Date; readonly to: Date; readonly withinSeconds: number },
): Promise<FigureRow[]> =>
  query<FigureRow>(
    on,
    `with told as (
       select c.institution_id, extract(epoch from c.acknowledged_at - c.raised_at)::float8 as seconds from critical_value c
       where ${inScope} and c.raised_at >= $2 and c.raised_at < $3 and c.state <> 'WITHDRAWN'
     )
     select jsonb_build_object('id', i.institution_id, 'name', i.name) as institution, count(*)::int as raised, count(told.seconds)::int as acknowledged,
       (count(*) filter (where told.seconds <= $4))::int as within, percentile_cont(0.5) within group (order by told.seconds) as median,
       max(told.seconds) as longest
     from told join institution i using (institution_id) group by i.institution_id, i.name order by i.name`,
    [scope, from, to, withinSeconds],
  )
