/** The text being written. One row a workitem with a version tag; what it was before it changed hands stays in `draft_version`. */
import type { KeyImage } from '../key-objects.ts'
import { type Queryable, query } from '../query.ts'
import { imagesSince } from './openings.ts'

/** 正常 · 肯定 · 符合 · 可能 · 不除外: how sure the diagnosis is worded (reading.md §4). */
export type Wording = 'normal' | 'affirmative' | 'consistent' | 'possible' | 'not-excluded'

/** A `type`, not an interface: it is signed as JSON. */
export type ImageGrade = {
  /** 甲乙丙丁 for radiographs, levels 0 (best) to 3 for CT and MR. */
  readonly grade: '甲' | '乙' | '丙' | '丁' | 0 | 1 | 2 | 3
  /** What was looked at, where somebody said it; true: as it should be. */
  readonly dims: {
    readonly coverage?: boolean
    readonly position?: boolean
    readonly centreLine?: boolean
    readonly artifact?: 'none' | 'motion' | 'device' | 'foreign'
  }
}

export type { KeyImage } from '../key-objects.ts'

export interface DraftText {
  readonly technique: string
  readonly comparison: string
  readonly findings: string
  readonly impression: string
  readonly advice: string
  readonly remark: string
  readonly polarity: 'negative' | 'positive' | null
  readonly wording: Wording | null
  readonly grade: ImageGrade | null
  readonly keyImages: readonly KeyImage[]
}

/** What nobody has written yet. */
export const emptyDraft: DraftText = {
  technique: '',
  comparison: '',
  findings: '',
  impression: '',
  advice: '',
  remark: '',
  polarity: null,
  wording: null,
  grade: null,
  keyImages: [],
}

interface Person {
  readonly username: string
  readonly displayName: string
}

export interface DraftRow extends DraftText {
  readonly rev: number
  readonly savedAt: Date
  readonly author: Person
  readonly authorId: number
}

/** The columns of a text, as both tables have them. */
const text = 'technique, comparison, findings, impression, advice, remark, polarity, wording, grade, key_images'

const columns = `d.technique, d.comparison, d.findings, d.impression, d.advice, d.remark, d.polarity, d.wording, d.grade,
  d.key_images as "keyImages", d.rev, d.saved_at as "savedAt", d.author_id as "authorId",
  jsonb_build_object('username', a.username, 'displayName', a.display_name) as author`

export async function findDraft(on: Queryable, workitem: number): Promise<DraftRow | undefined> {
  const rows = await query<DraftRow>(on, `select ${columns} from draft d join account a on a.id = d.author_id where d.workitem_id = $1`, [
    workitem,
  ])
  return rows[0]
}

/**
 * The caller holds the workitem's lock and has compared the version tag. Another grade than before is one for the images as they are now; `gradeOf` earlier ones,
 * whoever chose it then, when it comes from a report.
 */
export async function saveDraft(
  on: Queryable,
  workitem: number,
  author: number,
  draft: DraftText,
  gradeOf: 'now' | 'earlier' = 'now',
): Promise<{ rev: number; savedAt: Date }> {
  const [row] = await query<{ rev: number; savedAt: Date }>(
    on,
    `insert into draft as d (workitem_id, rev, author_id, ${text}, graded_change)
     select $1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, case when $11::jsonb is null then null when $13 then last else 0 end from feed
     on conflict (workitem_id) do update set rev = d.rev + 1, author_id = $2, saved_at = now(), technique = $3, comparison = $4, findings = $5,
       impression = $6, advice = $7, remark = $8, polarity = $9, wording = $10, grade = excluded.grade, key_images = $12,
       graded_change = case when d.grade = excluded.grade then d.graded_change else excluded.graded_change end
     returning rev, saved_at as "savedAt"`,
    [
      workitem,
      author,
      draft.technique,
      draft.comparison,
      draft.findings,
      draft.impression,
      draft.advice,
      draft.remark,
      draft.polarity,
      draft.wording,
      draft.grade === null ? null : JSON.stringify(draft.grade),
      JSON.stringify(draft.keyImages),
      gradeOf === 'now',
    ],
  )
  return row!
}

/** Whether images have come to the task, or to another study that is read in it, since the grade of its draft was chosen. */
export async function imagesSinceGrade(on: Queryable, workitem: number): Promise<boolean> {
  const [row] = await query<{ late: boolean }>(
    on,
    `select exists (select from draft d join workitem r on r.id = d.workitem_id or r.joined_into = d.workitem_id
       where d.workitem_id = $1 and d.grade is not null and ${imagesSince('r.study_pk', 'coalesce(d.graded_change, 0)')}) as late`,
    [workitem],
  )
  return row!.late
}

/** What is read together with the task from now on was not graded with it. */
export const gradeAnew = async (on: Queryable, workitem: number): Promise<void> => {
  await query(on, 'update draft set graded_change = 0 where workitem_id = $1 and grade is not null', [workitem])
}

/** Keeps the text as it stands, once a version; `why` is the verb that called for it. */
export const keepDraft = async (on: Queryable, workitem: number, why: string): Promise<void> => {
  await query(
    on,
    `insert into draft_version (workitem_id, rev, author_id, saved_at, kept_for, ${text})
     select workitem_id, rev, author_id, saved_at, $2, ${text} from draft where workitem_id = $1
     on conflict do nothing`,
    [workitem, why],
  )
}

/** Other images are read now: the grade and the key images were those of the ones before. The words stay. */
export const forgetImages = async (on: Queryable, workitem: number): Promise<void> => {
  await query(
    on,
    `update draft set rev = rev + 1, grade = null, graded_change = null, key_images = '[]'
     where workitem_id = $1 and (grade is not null or key_images <> '[]'::jsonb)`,
    [workitem],
  )
}

export interface DraftVersionRow extends DraftText {
  readonly rev: number
  readonly savedAt: Date
  readonly author: Person
  readonly keptFor: string
}

export const draftVersions = (on: Queryable, workitem: number): Promise<DraftVersionRow[]> =>
  query<DraftVersionRow>(
    on,
    `select ${columns}, d.kept_for as "keptFor" from draft_version d join account a on a.id = d.author_id where d.workitem_id = $1 order by d.rev`,
    [workitem],
  )

/** Of images that a report wants to show, those that no study of its task has (with such a frame). */
export async function imagesElsewhere(on: Queryable, workitem: number, images: readonly KeyImage[]): Promise<string[]> {
  if (images.length === 0) return []
  const rows = await query<{ uid: string }>(
    on,
    `select k.uid from unnest($2::text[], $3::text[], $4::int[], $5::text[]) as k (series, uid, frame, study)
     where not exists (select from workitem w join study s on s.study_pk = w.study_pk join instance n on n.study_pk = s.study_pk
         join series r on r.series_pk = n.series_pk
       where (w.id = $1 or w.joined_into = $1) and s.study_instance_uid = coalesce(k.study, s.study_instance_uid)
         and n.sop_instance_uid = k.uid and r.series_instance_uid = k.series and n.via <> 'authored'
         and k.frame between 1 and coalesce((n.pixels ->> 'NumberOfFrames')::int, 1))`,
    [
      workitem,
      images.map(({ SeriesInstanceUID }) => SeriesInstanceUID),
      images.map(({ SOPInstanceUID }) => SOPInstanceUID),
      images.map(({ frame }) => frame),
      images.map(({ StudyInstanceUID }) => StudyInstanceUID ?? null),
    ],
  )
  return rows.map(({ uid }) => uid)
}

/** A study is read by itself again: a report that is about others does not show its images. */
export const forgetImagesOf = async (on: Queryable, workitem: number, studyPk: number): Promise<void> => {
  await query(
    on,
    `update draft d set rev = d.rev + 1, key_images = kept.images
     from (select coalesce(jsonb_agg(k.image order by k.place), '[]') as images, count(*) as count
       from draft o, jsonb_array_elements(o.key_images) with ordinality k (image, place) where o.workitem_id = $1
         and not exists (select from instance n where n.study_pk = $2 and n.sop_instance_uid = k.image ->> 'SOPInstanceUID')) kept
     where d.workitem_id = $1 and jsonb_array_length(d.key_images) <> kept.count`,
    [workitem, studyPk],
  )
}
