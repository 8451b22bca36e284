/** Who reads at a centre, and what each has in hand. */
import { type Queryable, query } from '../query.ts'

export interface ReaderRow {
  readonly username: string
  readonly displayName: string
  readonly roles: string[]
  readonly here: boolean
  readonly writing: number
  readonly reviewing: number
  readonly reserved: number
}

/** Whoever asked for something within the last minutes is here; the portal asks every minute. */
const hereMinutes = 5

export const readersOf = (on: Queryable, centre: number, roles: readonly string[]): Promise<ReaderRow[]> =>
  query<ReaderRow & { [column: string]: unknown }>(
    on,
    `with hand as (
       select coalesce(w.assignee_id, w.reserved_for) as account,
         count(*) filter (where w.assignee_id is not null and w.state in ('CLAIMED', 'QUERIED', 'REWORK')) as writing,
         count(*) filter (where w.assignee_id is not null and w.state = 'REVIEWING') as reviewing,
         count(*) filter (where w.assignee_id is null and w.state = 'READY' and coalesce(w.reserved_until > now(), true)) as reserved
       from workitem w
       where w.centre_id = $1 and w.state not in ('FINAL', 'AMENDED', 'RETRACTED', 'CANCELED') and coalesce(w.assignee_id, w.reserved_for) is not null
       group by 1)
     select a.username, a.display_name as "displayName", a.roles,
       exists (select from session s where s.account_id = a.id and s.last_seen > now() - make_interval(mins => ${hereMinutes}) and s.expires_at > now()) as here,
       coalesce(hand.writing, 0)::int as writing, coalesce(hand.reviewing, 0)::int as reviewing, coalesce(hand.reserved, 0)::int as reserved
     from account a left join hand on hand.account = a.id
     where a.institution_id = $1 and a.kind = 'person' and a.enabled and a.roles && $2
     order by here desc, a.display_name limit 200`,
    [centre, roles],
  )
