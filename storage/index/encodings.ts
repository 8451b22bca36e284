/** Instances that came in another transfer syntax than the one that stands: what is needed to compare them, and what came of it. */
import { type Queryable, query } from './query.ts'
import type { InstanceRow } from './retrieve.ts'

/** Two forms of one instance. */
export interface Encodings {
  readonly versionPk: number
  readonly studyPk: number
  readonly current: InstanceRow
  readonly other: InstanceRow
}

/** What of this instance has not been compared yet. */
export async function undecidedEncodings(on: Queryable, SOPInstanceUID: string): Promise<Encodings[]> {
  type Row = Omit<InstanceRow, 'fileSHA256' | 'overlay'> & { readonly overlay: InstanceRow['overlay'] | null; readonly fileSHA256: string }
  const rows = await query<{ versionPk: number; studyPk: number; current: Row; other: Row; [column: string]: unknown }>(
    on,
    `select v.version_pk as "versionPk", v.study_pk as "studyPk",
       named || jsonb_build_object('TransferSyntaxUID', i.transfer_syntax_uid, 'objectKey', i.object_key, 'objectSize', i.object_size,
         'fileSHA256', encode(i.file_sha256, 'hex'), 'datasetOffset', i.dataset_offset, 'pixels', i.pixels, 'overlay', overlay_of(s.overlay, e.overlay)) as current,
       named || jsonb_build_object('TransferSyntaxUID', v.transfer_syntax_uid, 'objectKey', v.object_key, 'objectSize', t -> 'object_size',
         'fileSHA256', t -> 'file_sha256', 'datasetOffset', t -> 'dataset_offset', 'pixels', t -> 'pixels') as other
     from version v join instance i on i.sop_instance_uid = v.sop_instance_uid join study s on s.study_pk = i.study_pk join series e on e.series_pk = i.series_pk
       cross join lateral (select v.record -> 'instance' as t) told
       cross join lateral (select jsonb_build_object('StudyInstanceUID', s.study_instance_uid, 'SeriesInstanceUID', e.series_instance_uid,
         'SOPInstanceUID', i.sop_instance_uid, 'SOPClassUID', i.sop_class_uid) as named) names
     where v.sop_instance_uid = $1 and v.kind = 'other-encoding' and v.decided_at is null order by v.version_pk`,
    [SOPInstanceUID],
  )
  const rowOf = ({ overlay, fileSHA256, pixels, ...row }: Row): InstanceRow => ({
    ...row,
    fileSHA256: Buffer.from(fileSHA256, 'hex'),
    pixels: pixels === null ? null : { ...pixels, frameTable: null },
    ...(overlay == null ? {} : { overlay }),
  })
  return rows.map(({ versionPk, studyPk, current, other }) => ({ versionPk, studyPk, current: rowOf(current), other: rowOf(other) }))
}

/** The same in another form: nobody has to be asked. */
export const closeEncoding = async (on: Queryable, versionPk: number): Promise<void> => {
  await query(on, `update version set decided_at = now(), decision = 'same' where version_pk = $1 and decided_at is null`, [versionPk])
}

/** They differ, or cannot be compared: a person is asked, once for each instance. */
export const askAboutEncoding = async (on: Queryable, studyPk: number, SOPInstanceUID: string): Promise<void> => {
  await query(on, `insert into identity_question (kind, study_pk, detail) values ('encoding', $1, $2) on conflict do nothing`, [
    studyPk,
    SOPInstanceUID,
  ])
}
