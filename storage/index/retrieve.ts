/**
 * Retrieve: where the bytes of instances, frames and bulk data stand, and their prepared metadata. What the scope does not show is not found.
 *
 * Long answers are read in pages by key, so that no connection is held while a slow reader takes them.
 */
import type pg from 'pg'
import { query } from './query.ts'
import type { BulkValue, MetadataFragment, OverlayStep, PixelLayout, Scope } from './records.ts'

/** A study, a series of it, or an instance of that. */
export interface UIDs {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID?: string
  readonly SOPInstanceUID?: string
  /** Of an instance with all three UIDs: which of its versions, from 2 on in the order in which they were kept. Absent: the current one. */
  readonly version?: number
}

/** One instance, or a version of it. */
export type InstanceUIDs = Required<Omit<UIDs, 'version'>> & Pick<UIDs, 'version'>

export interface InstanceRow {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  readonly SOPClassUID: string
  readonly TransferSyntaxUID: string
  readonly objectKey: string
  readonly objectSize: number
  readonly fileSHA256: Uint8Array
  /** First byte after File Meta. */
  readonly datasetOffset: number
  /** Without its frame table (null here); `frameOf` has that. */
  readonly pixels: PixelLayout | null
  /** Of a further version; it is addressed by the UIDs of the current one. */
  readonly version?: number
  /** What is corrected in its study and series, in order; absent for nearly all, and for further versions. */
  readonly overlay?: Overlay
  /** Asked for without what is laid over it. */
  readonly asReceived?: true
}

/** What is laid over instances on their way out. */
export interface Overlay {
  /** Another one whenever the steps are others. */
  readonly key: string
  readonly steps: readonly OverlayStep[]
}

export interface StudyRow {
  readonly studyPk: number
  readonly StudyInstanceUID: string
  /** The owner. */
  readonly institution: number
  readonly person: number
  readonly revision: number
  readonly series: number
  readonly instances: number
  readonly bytes: number
  readonly lastReceivedAt: Date
}

export async function findStudy(pool: pg.Pool, scope: Scope, StudyInstanceUID: string): Promise<StudyRow | undefined> {
  const [row] = await query<StudyRow & { [column: string]: unknown }>(
    pool,
    `select s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", s.institution_id as institution, p.person_pk as person, t.revision,
       t.series, t.instances, t.bytes, t.last_received_at as "lastReceivedAt"
     from study s join study_totals t using (study_pk) join patient p using (patient_pk)
     where s.study_instance_uid = $2 and ${inScope}`,
    [scope, StudyInstanceUID],
    'find-study',
  )
  return row
}

/** The person whose study this is. */
export async function personOf(pool: pg.Pool, scope: Scope, StudyInstanceUID: string): Promise<number | undefined> {
  const [row] = await query<{ person: number }>(
    pool,
    `select p.person_pk as person from study s join patient p using (patient_pk) where s.study_instance_uid = $2 and ${inScope}`,
    [scope, StudyInstanceUID],
    'person-of',
  )
  return row?.person
}

/** Of every statement on study `s` whose first value is the scope. */
const inScope = 'exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any ($1::int[]))'

/**
 * Series and instances of one resource. The first four values are scope and UIDs. A text for each level: with `$4 is null or …` a plan that is kept
 * cannot use the index of the UID, and walks through a whole series to find one frame. `also` joins more.
 */
const resource = (uids: UIDs, also = ''): string =>
  `from study s join series e using (study_pk) join instance i on i.study_pk = s.study_pk and i.series_pk = e.series_pk ${also}
   where ${inScope} and s.study_instance_uid = $2
     and ${uids.SeriesInstanceUID === undefined ? '$3::text is null' : 'e.series_instance_uid = $3'}
     and ${uids.SOPInstanceUID === undefined ? '$4::text is null' : 'i.sop_instance_uid = $4'}`

/** The level of a resource, for the name of its statement. */
const levelOf = ({ SeriesInstanceUID, SOPInstanceUID }: UIDs): string =>
  `${SeriesInstanceUID === undefined ? 'study' : 'series'}${SOPInstanceUID === undefined ? '' : '-instance'}`

const valuesOf = (scope: Scope, { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: UIDs): unknown[] => [
  scope,
  StudyInstanceUID,
  SeriesInstanceUID ?? null,
  SOPInstanceUID ?? null,
]

const instanceColumns = `s.study_instance_uid as "StudyInstanceUID", e.series_instance_uid as "SeriesInstanceUID",
  i.sop_instance_uid as "SOPInstanceUID", i.sop_class_uid as "SOPClassUID", i.transfer_syntax_uid as "TransferSyntaxUID", i.object_key as "objectKey",
  i.object_size as "objectSize", i.file_sha256 as "fileSHA256", i.dataset_offset as "datasetOffset", i.pixels, overlay_of(s.overlay, e.overlay) as overlay`

interface Keyed extends pg.QueryResultRow {
  readonly place: string[]
}

/** A series of usual length in one page: each page costs reading and sorting all that follows. */
const pageSize = 500

/** Rows by pages in the order of SeriesNumber and InstanceNumber; the next page is asked for while this one is being taken. */
async function* paged<Row extends Keyed>(ask: (after: string[] | null, limit: number) => Promise<Row[]>): AsyncGenerator<Row> {
  let page = ask(null, pageSize)
  for (;;) {
    const rows = await page
    const last = rows.at(-1)
    const isLast = rows.length < pageSize || last === undefined
    if (!isLast) {
      page = ask(last.place, pageSize)
      // It is awaited at the next turn, if there is one.
      page.catch(() => {})
    }
    yield* rows
    if (isLast) return
  }
}

/** `$5` is the place of the last row of the page before, or null. */
const place = 'array[e.series_order, e.series_pk, i.instance_order, i.instance_pk]::bigint[]'
const following = `and ($5::bigint[] is null or (e.series_order, e.series_pk, i.instance_order, i.instance_pk)
    > (($5::bigint[])[1], ($5::bigint[])[2], ($5::bigint[])[3], ($5::bigint[])[4]))
  order by e.series_order, e.series_pk, i.instance_order, i.instance_pk limit $6`

/** The current instances of a study, series or instance, or a version of one; none when there is none in the scope. */
export async function* instancesOf(pool: pg.Pool, scope: Scope, uids: UIDs): AsyncGenerator<InstanceRow> {
  if (uids.version !== undefined) {
    const found = await versionOf(pool, scope, uids)
    if (found !== undefined) yield instanceOf(found.instance)
    return
  }
  const text = `select ${instanceColumns}, ${place} as place ${resource(uids)} ${following}`
  const pages = paged<Queried & Keyed>((after, limit) =>
    query(pool, text, [...valuesOf(scope, uids), after, limit], `instances-of-${levelOf(uids)}`),
  )
  for await (const row of pages) yield instanceOf(row)
}

/** As it is asked for. */
type Queried = Omit<InstanceRow, 'overlay'> & { readonly overlay?: Overlay | null }

function instanceOf({ place: _, overlay, ...row }: Queried & Partial<Keyed>): InstanceRow {
  return {
    ...row,
    pixels: row.pixels === null ? null : { ...row.pixels, frameTable: null },
    ...(overlay == null ? {} : { overlay }),
  } as InstanceRow
}

/** A fragment, and where the instance itself stands: a fragment of length 0 (its JSON passed the limit) has to be made from there. */
export interface MetadataRow
  extends MetadataFragment,
    Pick<InstanceRow, 'SeriesInstanceUID' | 'SOPInstanceUID' | 'TransferSyntaxUID' | 'objectKey'> {
  readonly overlay?: Overlay | null
  /** Who sent it. */
  readonly AETitle?: string | null
}

/**
 * The metadata of the current instances; undefined when there is none in the scope. `revision` changes whenever the answer would: it is the ETag, taken
 * before the first fragment, so that at worst newer metadata goes out under an older revision.
 */
export async function metadataOf(
  pool: pg.Pool,
  scope: Scope,
  uids: UIDs,
): Promise<{ revision: string; fragments: AsyncIterable<MetadataRow> } | undefined> {
  if (uids.version !== undefined) {
    const version = await versionOf(pool, scope, uids)
    return version && { revision: version.revision, fragments: only({ ...version.instance, ...version.metadata }) }
  }
  const [found] = await query<{ revision: string }>(
    pool,
    `select ${uids.SeriesInstanceUID === undefined ? `s.study_pk || '-' || t.revision` : `e.series_pk || '-' || et.revision`} as revision
     from study s join study_totals t using (study_pk) join series e using (study_pk) join series_totals et using (series_pk)
     where ${inScope} and s.study_instance_uid = $2
       and ${uids.SeriesInstanceUID === undefined ? '$3::text is null' : 'e.series_instance_uid = $3'}
       and ${uids.SOPInstanceUID === undefined ? '$4::text is null' : 'exists (select from instance i where i.sop_instance_uid = $4 and i.series_pk = e.series_pk and i.study_pk = s.study_pk)'}
     limit 1`,
    valuesOf(scope, uids),
    `revision-of-${levelOf(uids)}`,
  )
  if (found === undefined) return undefined
  const text = `select m.deflated, m.crc32, m.length, e.series_instance_uid as "SeriesInstanceUID", i.sop_instance_uid as "SOPInstanceUID",
      i.transfer_syntax_uid as "TransferSyntaxUID", i.object_key as "objectKey", i.ae_title as "AETitle", overlay_of(s.overlay, e.overlay) as overlay, ${place} as place
    ${resource(uids, 'join instance_metadata m using (instance_pk)')} ${following}`
  const fragments = paged<MetadataRow & Keyed>((after, limit) =>
    query(pool, text, [...valuesOf(scope, uids), after, limit], `metadata-of-${levelOf(uids)}`),
  )
  return { revision: found.revision, fragments }
}

async function* only<T>(item: T): AsyncGenerator<T> {
  yield item
}

/** Bytes of one entry of a packed frame table (archive/dicom/frame-table.ts). */
const frameEntryBytes = 16

/**
 * The instance with its layout: with the whole frame table or, when a frame (from 1) is named, with its one entry, read as a slice of a value that is
 * stored out of line and uncompressed (0.2 ms whatever the length of the table).
 */
export async function frameOf(pool: pg.Pool, scope: Scope, uids: InstanceUIDs, frame?: number): Promise<InstanceRow | undefined> {
  // Versions are rare and small in number: the table comes whole.
  if (uids.version !== undefined) {
    const version = await versionOf(pool, scope, uids)
    return version && (frame === undefined ? version.instance : withEntry(version.instance, frame))
  }
  const [row] = await query<Queried & { frameTable: Uint8Array | null; [column: string]: unknown }>(
    pool,
    `select ${instanceColumns},
       case when $5::int is null then f.frame_table else substring(f.frame_table from $5 for ${frameEntryBytes}) end as "frameTable"
     ${resource(uids, 'left join instance_frames f using (instance_pk)')}`,
    [...valuesOf(scope, uids), frame === undefined ? null : Math.min((frame - 1) * frameEntryBytes + 1, 2 ** 31 - 1 - frameEntryBytes)],
    'frame-of',
  )
  if (row === undefined) return undefined
  const { frameTable, ...instance } = row
  return { ...instanceOf(instance), pixels: instance.pixels === null ? null : { ...instance.pixels, frameTable } }
}

function withEntry(instance: InstanceRow, frame: number): InstanceRow {
  const { pixels } = instance
  if (pixels === null || pixels.frameTable === null) return instance
  const start = (frame - 1) * frameEntryBytes
  return { ...instance, pixels: { ...pixels, frameTable: pixels.frameTable.subarray(start, start + frameEntryBytes) } }
}

/** One value that was left out of the metadata, with the instance it stands in. */
export async function bulkOf(
  pool: pg.Pool,
  scope: Scope,
  uids: InstanceUIDs,
  path: string,
): Promise<{ instance: InstanceRow; value: BulkValue } | undefined> {
  if (uids.version !== undefined) {
    const version = await versionOf(pool, scope, uids)
    const place = version?.bulk?.[path]
    return version && place && { instance: instanceOf(version.instance), value: bulkValueOf(path, place) }
  }
  const [row] = await query<Queried & { found: BulkPlace | null; [column: string]: unknown }>(
    pool,
    `select ${instanceColumns}, m.bulk -> $5 as found ${resource(uids, 'join instance_metadata m using (instance_pk)')}`,
    [...valuesOf(scope, uids), path],
    'bulk-of',
  )
  if (row?.found == null) return undefined
  const { found, ...instance } = row
  return { instance: instanceOf(instance), value: bulkValueOf(path, found) }
}

/** As it is kept: VR, offset, length. */
type BulkPlace = readonly [string, number, number]

const bulkValueOf = (path: string, [vr, offset, length]: BulkPlace): BulkValue => ({ path, vr, offset, length })

interface Version {
  /** With its frame table. */
  readonly instance: InstanceRow
  readonly metadata: MetadataFragment
  readonly bulk: Readonly<Record<string, BulkPlace>> | null
  readonly revision: string
}

interface VersionRow extends pg.QueryResultRow, Pick<InstanceRow, 'StudyInstanceUID' | 'SeriesInstanceUID' | 'SOPInstanceUID'> {
  readonly version_pk: number
  readonly object_key: string
  readonly transfer_syntax_uid: string
  /** What `publish` was told of it. */
  readonly told: {
    readonly sop_class_uid: string
    readonly object_size: number
    readonly file_sha256: string
    readonly dataset_offset: number
    readonly pixels: Omit<PixelLayout, 'frameTable'> | null
    readonly crc32: number
    readonly length: number
    readonly bulk: Readonly<Record<string, BulkPlace>> | null
  }
  readonly deflated: Uint8Array
  readonly frame_table: Uint8Array | null
}

/**
 * Of a version `v`. Where its sender has no access to the study itself it exists for nobody there: a UID used twice must not show one institution's
 * images to another.
 */
export const versionIsShown = `v.kind <> 'held'
  and exists (select from study_access b where b.study_pk = v.study_pk and b.institution_id = v.institution_id)`

/** What was kept besides the instance of these UIDs. */
async function versionOf(pool: pg.Pool, scope: Scope, uids: UIDs): Promise<Version | undefined> {
  const { version = 1 } = uids
  const [row] = await query<VersionRow>(
    pool,
    `select s.study_instance_uid as "StudyInstanceUID", e.series_instance_uid as "SeriesInstanceUID", i.sop_instance_uid as "SOPInstanceUID",
       v.version_pk, v.object_key, v.transfer_syntax_uid, v.record -> 'instance' as told, v.deflated, v.frame_table
     ${resource(uids, 'join version v on v.sop_instance_uid = i.sop_instance_uid and v.study_pk = s.study_pk')} and ${versionIsShown}
     order by v.version_pk offset $5 limit 1`,
    [...valuesOf(scope, uids), version - 2],
    'version-of',
  )
  if (row === undefined) return undefined
  const { told, frame_table: frameTable, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = row
  return {
    instance: {
      StudyInstanceUID,
      SeriesInstanceUID,
      SOPInstanceUID,
      SOPClassUID: told.sop_class_uid,
      TransferSyntaxUID: row.transfer_syntax_uid,
      objectKey: row.object_key,
      objectSize: told.object_size,
      fileSHA256: Buffer.from(told.file_sha256, 'hex'),
      datasetOffset: told.dataset_offset,
      pixels: told.pixels && { ...told.pixels, frameTable },
      version,
    },
    metadata: { deflated: row.deflated, crc32: told.crc32, length: told.length },
    bulk: told.bulk,
    // Another content may stand in its place after a decision.
    revision: `version-${row.version_pk}-${row.object_key.slice(-12)}`,
  }
}
