/** What a study is to one person of a ward: why it is open to them, and whether they have read the report that stands. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

export interface WardReading {
  readonly access: 'owner' | 'grant' | 'care' | 'break-glass'
  readonly until: Date | null
  readonly department: string
  readonly ward: string
  readonly bed: string
  readonly report: {
    readonly status: string
    readonly version: number
    readonly positive: boolean
    readonly impression: string
    readonly unread: boolean
    readonly amended: boolean
  } | null
  /** The version that they read last, when it is not the one that stands. */
  readonly amendedFrom: { readonly id: string; readonly version: number; readonly readAt: string } | null
}

/** By study. The caller has checked the scope. */
export async function readingOf(
  on: Queryable,
  scope: Scope,
  username: string,
  studyPks: readonly number[],
): Promise<ReadonlyMap<number, WardReading>> {
  if (studyPks.length === 0) return new Map()
  const rows = await query<WardReading & { readonly studyPk: number }>(
    on,
    `select s.study_pk as "studyPk", a.reason as access, a.until, coalesce(p.department, '') as department, coalesce(p.ward, '') as ward,
       coalesce(p.bed, '') as bed,
       case when r.id is not null then jsonb_build_object('status', r.kind, 'version', r.version, 'positive', r.content::jsonb ->> 'polarity' = 'positive',
         'impression', left(r.content::jsonb ->> 'impression', 120), 'unread', mine.at is null, 'amended', mine.at is null and earlier.id is not null) end as report,
       case when earlier.id is not null and mine.at is null
         then jsonb_build_object('id', earlier.id::text, 'version', earlier.version, 'readAt', earlier.at) end as "amendedFrom"
     from study s
       left join lateral (select x.reason, x.until from study_access x where x.study_pk = s.study_pk and x.institution_id = any($1)
         order by x.until is null desc, x.until desc limit 1) a on true
       left join study_supplement p on p.study_pk = s.study_pk
       left join workitem w on w.study_pk = s.study_pk
       left join standing_report st on st.workitem_id = coalesce(w.joined_into, w.id)
       left join report r on r.id = st.report_id
       left join lateral (select min(d.at) as at from report_delivery d where d.report_id = r.id and d.recipient = $2 and d.channel <> 'dicom') mine on true
       left join lateral (
         select o.id, o.version, d.at from report o join report_delivery d on d.report_id = o.id and d.recipient = $2 and d.channel <> 'dicom'
         where o.workitem_id = coalesce(w.joined_into, w.id) and o.id is distinct from r.id order by o.version desc, d.id desc limit 1
       ) earlier on true
     where s.study_pk = any($3)`,
    [scope, username, studyPks],
  )
  return new Map(rows.map(({ studyPk, ...reading }) => [studyPk, reading]))
}
