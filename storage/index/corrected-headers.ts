/** Corrected instances: what is needed to make one, and what was prepared of it (migrations/0091-corrected-headers.sql). */
import { type Queryable, query } from './query.ts'
import type { MetadataFragment } from './records.ts'
import type { InstanceRow } from './retrieve.ts'

/** What was prepared; `objectKey` null: the instance goes out as it is, or has to be made on the way. */
export interface PreparedHeader {
  readonly objectKey: string | null
  readonly headerSize: number | null
  readonly tailAt: number | null
  /** False: nothing in this instance is another. */
  readonly isChanged: boolean
}

export interface CorrectionSource {
  readonly metadata: MetadataFragment
  /** path → [vr, offset, length] of the values left out. */
  readonly bulk: Readonly<Record<string, readonly [string, number, number]>> | null
  /** Who sent it. */
  readonly AETitle: string | null
  /** Assumed for undeclared text when it was stored. */
  readonly fallbackCharacterSet: string | null
  readonly prepared: PreparedHeader | null
}

/** Of an instance that the asker was shown already, by the key of its object. */
export async function correctionSource(on: Queryable, objectKey: string, overlayKey: string): Promise<CorrectionSource | undefined> {
  const [row] = await query<{
    deflated: Uint8Array
    crc32: number
    length: number
    bulk: CorrectionSource['bulk']
    AETitle: string | null
    fallbackCharacterSet: string | null
    prepared: PreparedHeader | null
  }>(
    on,
    `select m.deflated, m.crc32, m.length, m.bulk, i.ae_title as "AETitle",
       case when i.character_set_repaired and i.declared_character_set is null then a.fallback_character_set end as "fallbackCharacterSet",
       case when h.overlay_key is not null then jsonb_build_object('objectKey', h.object_key, 'headerSize', h.header_size, 'tailAt', h.tail_at,
         'isChanged', h.dataset_sha256 is not null) end as prepared
     from instance i join instance_metadata m using (instance_pk) left join ae a on a.title = i.ae_title
       left join corrected_header h on h.sop_instance_uid = i.sop_instance_uid and h.source_object_key = i.object_key and h.overlay_key = $2
     where i.object_key = $1`,
    [objectKey, overlayKey],
    'correction-source',
  )
  if (row === undefined) return undefined
  const { deflated, crc32, length, ...rest } = row
  return { ...rest, metadata: { deflated, crc32, length } }
}

/** Which of these studies have anything laid over them? */
export async function correctedAmong(on: Queryable, studyPks: readonly number[]): Promise<number[]> {
  if (studyPks.length === 0) return []
  const rows = await query<{ pk: number }>(
    on,
    `select s.study_pk as pk from study s where s.study_pk = any ($1)
       and (s.overlay is not null or exists (select from series e where e.study_pk = s.study_pk and e.overlay is not null)) order by 1`,
    [studyPks],
  )
  return rows.map(({ pk }) => pk)
}

/** Instances of a study whose corrected header is not prepared yet, and the code of the institution whose they are. */
export async function unpreparedInstances(
  on: Queryable,
  studyPk: number,
  limit: number,
): Promise<{ readonly row: InstanceRow; readonly institutionCode: string }[]> {
  const rows = await query<
    Omit<InstanceRow, 'pixels'> & { institutionCode: string; pixels: InstanceRow['pixels']; [column: string]: unknown }
  >(
    on,
    `select s.study_instance_uid as "StudyInstanceUID", e.series_instance_uid as "SeriesInstanceUID", i.sop_instance_uid as "SOPInstanceUID",
       i.sop_class_uid as "SOPClassUID", i.transfer_syntax_uid as "TransferSyntaxUID", i.object_key as "objectKey", i.object_size as "objectSize",
       i.file_sha256 as "fileSHA256", i.dataset_offset as "datasetOffset", i.pixels, o.overlay, n.code as "institutionCode"
     from study s join series e using (study_pk) join instance i on i.study_pk = s.study_pk and i.series_pk = e.series_pk
       join institution n on n.institution_id = i.institution_id
       cross join lateral (select overlay_of(s.overlay, e.overlay) as overlay) o
     where s.study_pk = $1 and o.overlay is not null and not exists (
       select from corrected_header h where h.sop_instance_uid = i.sop_instance_uid and h.source_object_key = i.object_key
         and h.overlay_key = o.overlay ->> 'key')
     order by i.instance_pk limit $2`,
    [studyPk, limit],
  )
  return rows.map(({ institutionCode, pixels, ...row }) => ({
    institutionCode,
    row: { ...row, pixels: pixels === null ? null : { ...pixels, frameTable: null } },
  }))
}

export interface NewHeader {
  readonly row: InstanceRow
  readonly objectKey: string | null
  readonly headerSize: number | null
  readonly tailAt: number | null
  readonly datasetSHA256: Uint8Array | null
}

/** False: another gateway was faster, the object is of no use. Copies of it that came back before are no conflict any more. */
export async function insertHeader(on: Queryable, { row, objectKey, headerSize, tailAt, datasetSHA256 }: NewHeader): Promise<boolean> {
  const inserted = await query(
    on,
    `with made as (
       insert into corrected_header (sop_instance_uid, source_object_key, overlay_key, object_key, header_size, tail_at, transfer_syntax_uid, dataset_sha256)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning sop_instance_uid
     ), own as (
       update version set decided_at = now(), decision = 'own-copy'
       where sop_instance_uid = $1 and transfer_syntax_uid = $7 and dataset_sha256 = $8 and kind = 'conflict' and decided_at is null
       returning version_pk
     ), closed as (
       update identity_question set decided_at = now(), decision = 'own-copy', reason = ''
       where kind = 'conflict' and detail = $1 and decided_at is null and exists (select from own) and not exists (
         select from version v where v.sop_instance_uid = $1 and v.kind = 'conflict' and v.decided_at is null
           and v.version_pk not in (select version_pk from own))
     )
     select sop_instance_uid from made`,
    [row.SOPInstanceUID, row.objectKey, row.overlay!.key, objectKey, headerSize, tailAt, row.TransferSyntaxUID, datasetSHA256],
  )
  return inserted.length === 1
}

/** Headers that nobody will ask for again: of another overlay than stands, or of an instance that is not there. What they are known by is kept. */
export const supersededHeaders = (on: Queryable, studyPks: readonly number[], limit: number): Promise<{ objectKey: string }[]> =>
  query<{ objectKey: string; [column: string]: unknown }>(
    on,
    `select h.object_key as "objectKey" from study s join series e using (study_pk)
       join instance i on i.study_pk = s.study_pk and i.series_pk = e.series_pk
       join corrected_header h on h.sop_instance_uid = i.sop_instance_uid and h.object_key is not null
     where s.study_pk = any ($1) and (h.source_object_key <> i.object_key or h.overlay_key is distinct from overlay_of(s.overlay, e.overlay) ->> 'key') limit $2`,
    [studyPks, limit],
  )

/** Headers of instances that are not there any more: rejected, purged, or another version stands. */
export const orphanedHeaders = (on: Queryable, limit: number): Promise<{ objectKey: string }[]> =>
  query<{ objectKey: string; [column: string]: unknown }>(
    on,
    `select h.object_key as "objectKey" from corrected_header h
     where h.object_key is not null and not exists (select from instance i where i.sop_instance_uid = h.sop_instance_uid and i.object_key = h.source_object_key)
     limit $1`,
    [limit],
  )

export const forgetHeader = async (on: Queryable, objectKey: string): Promise<void> => {
  await query(on, 'update corrected_header set object_key = null, header_size = null, tail_at = null where object_key = $1', [objectKey])
}
