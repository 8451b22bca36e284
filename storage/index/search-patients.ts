/**
 * Search for patients: PS3.4 §C.6.1.1 (Patient Root). A patient is found by what any of the studies inside the scope says of them, is shown as the newest
 * of those does, and is counted by all of them. Newest patient first.
 */
import type pg from 'pg'
import { matching } from './matching.ts'
import { type Page, run, type Search, type Statement, Values } from './search.ts'

export interface PatientRow {
  readonly patientPk: number
  /** As received, one for each name that studies have for the patient. */
  readonly PatientNames: readonly (string | null)[]
  /** DICOM JSON object as text of the newest study that matches: what it says of its patient stands in it. */
  readonly json: string
  readonly NumberOfPatientRelatedStudies: number
  readonly NumberOfPatientRelatedSeries: number
  readonly NumberOfPatientRelatedInstances: number
}

const maxRecheckedPages = 20

/** Of `search`, `person`, `matches` of patient attributes, `limit`, `offset`, `after` and `recheck` count. @throws IndexTimeout */
export async function searchPatients(pool: pg.Pool, search: Search): Promise<Page<PatientRow>> {
  const { scope, limit, offset, recheck } = search
  if (scope.length === 0 || limit <= 0) return { rows: [], more: false }
  const size = offset + limit + 1
  const stands = (row: PatientRow) => recheck === undefined || row.PatientNames.some((name) => recheck(name ?? ''))
  const hits: PatientRow[] = []
  let looked = search.after
  for (let page = 0; page < maxRecheckedPages; page += 1) {
    const rows = await run<PatientRow & pg.QueryResultRow>(
      pool,
      statement({ ...search, limit: size }, looked?.[0] ?? null),
      search.timeoutMs,
    )
    hits.push(...rows.filter(stands))
    const found = hits.slice(offset, offset + limit)
    if (hits.length >= size) return { rows: found, more: true, next: [String(found.at(-1)!.patientPk)] }
    if (rows.length < size) return { rows: found, more: false }
    looked = [String(rows.at(-1)!.patientPk)]
  }
  return { rows: hits.slice(offset, offset + limit), more: true, ...(looked === undefined ? {} : { next: looked }) }
}

/** How many there are, whatever `limit` and `offset` say. */
export async function countPatients(pool: pg.Pool, search: Search): Promise<number> {
  const { scope, recheck } = search
  if (scope.length === 0) return 0
  const values = new Values()
  const from = visible(search, values)
  const text =
    recheck === undefined
      ? `select null as "patientPk", null as name, count(distinct s.patient_pk)::bigint as n ${from}`
      : `select s.patient_pk as "patientPk", s.patient_name as name, 1::bigint as n ${from} group by s.patient_pk, s.patient_name`
  type Counted = { patientPk: number | null; name: string | null; n: number }
  const rows = await run<Counted>(pool, { text, values: values.list }, search.timeoutMs)
  if (recheck === undefined) return rows[0]?.n ?? 0
  return new Set(rows.filter(({ name }) => recheck(name ?? '')).map(({ patientPk }) => patientPk)).size
}

/** The studies inside the scope that match. */
function visible(search: Search, { bind }: Values): string {
  const conditions = [
    `a.institution_id = any (${bind(search.scope)}::int[])`,
    ...(search.person === undefined ? [] : [`p.person_pk = ${bind(search.person)}`]),
    ...matching(search.matches, bind, search),
  ]
  const person = search.person === undefined ? '' : 'join patient p on p.patient_pk = s.patient_pk'
  return `from study_access a join study s on s.study_pk = a.study_pk ${person} where ${conditions.join(' and ')}`
}

function statement(search: Search, after: string | null): Statement {
  const values = new Values()
  const from = visible(search, values)
  const scope = values.bind(search.scope)
  return {
    text: `with hit as (
        select s.patient_pk, array_agg(distinct s.patient_name) as names,
          (array_agg(s.study_pk order by a.study_date desc, a.study_time desc, s.study_pk desc))[1] as newest
        ${from} and (${values.bind(after)}::bigint is null or s.patient_pk < ${values.bind(after)}::bigint)
        group by s.patient_pk order by s.patient_pk desc limit ${values.bind(search.limit)})
      select hit.patient_pk as "patientPk", hit.names as "PatientNames", n.json, c.studies as "NumberOfPatientRelatedStudies",
        c.series as "NumberOfPatientRelatedSeries", c.instances as "NumberOfPatientRelatedInstances"
      from hit join study n on n.study_pk = hit.newest,
        lateral (select count(*)::int as studies, coalesce(sum(t.series), 0)::int as series, coalesce(sum(t.instances), 0)::int as instances
          from study s join study_totals t using (study_pk)
          where s.patient_pk = hit.patient_pk
            and exists (select from study_access b where b.study_pk = s.study_pk and b.institution_id = any (${scope}::int[]))) c
      order by hit.patient_pk desc`,
    values: values.list,
  }
}
