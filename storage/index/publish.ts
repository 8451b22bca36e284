/**
 * Publishing: instances whose bytes are safe become visible, many in one transaction. The rules are in migrations/0005-publish.sql.
 *
 * A batch travels as JSON lists of its studies, series and instances, each study and series named once, and one byte string that holds all
 * compressed metadata and frame tables end to end.
 */
import type pg from 'pg'
import { IndexUnavailable, OutcomeUnknown } from '../errors.ts'
import { indexedAttributes, type Level } from './attributes.ts'
import { named } from './query.ts'
import type { InstanceRecord, Outcome, Published, SearchValues } from './records.ts'

/**
 * Publishes a batch in one statement, which is a transaction of its own: all of it, or nothing. Publishing the same record (object key) again is
 * harmless and gives the same outcome, with `change` null.
 *
 * @throws OutcomeUnknown when the connection broke after the statement was sent, or no answer came in time: it may have been committed, or may be yet.
 * @throws IndexUnavailable when it was never sent.
 */
export async function publishInstances(
  pool: pg.Pool,
  epoch: number,
  batch: readonly InstanceRecord[],
  answerWithinMs = 30_000,
): Promise<Published[]> {
  const { studies, series, instances, bytes } = arrange(batch)
  const values = [epoch, jsonOf(studies), jsonOf(series), jsonOf(instances), bytes]
  const client = await pool.connect().catch((error: unknown) => {
    throw named(error)
  })
  let broken: Error | undefined
  // pg reports a broken connection to the query and as an event; the event alone would end the process.
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  try {
    const asked: pg.QueryConfig & { query_timeout: number } = { name: 'publish', text: statement, values, query_timeout: answerWithinMs }
    const { rows } = await client.query<{ outcome: Outcome; change: number | null }>(asked)
    return batch.map(({ SOPClassUID, SOPInstanceUID, SeriesInstanceUID, StudyInstanceUID }, at) => ({
      ...rows[at]!,
      SOPClassUID,
      SOPInstanceUID,
      SeriesInstanceUID,
      StudyInstanceUID,
    }))
  } catch (cause) {
    const error = named(cause)
    if (!(error instanceof IndexUnavailable)) throw error
    broken ??= error
    throw new OutcomeUnknown('the connection to the database broke while instances were being published', { cause })
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

const statement = 'select outcome, change from publish($1, $2, $3, $4, $5) order by position'

/** Which columns of a level are filled from `values`. */
const columnsOf = (...levels: Level[]): readonly string[] =>
  indexedAttributes.flatMap(({ level, column }) => (column !== undefined && levels.includes(level) ? [column] : []))
const studyColumns = columnsOf('patient', 'study')
const seriesColumns = columnsOf('series')
const instanceColumns = columnsOf('instance')
/** What an instance says of its patient, which may contradict its study. */
const patientColumns = ['patient_id', 'patient_name', 'patient_sex', 'patient_birth_date']

function arrange(batch: readonly InstanceRecord[]) {
  const studies = new Map<string, object & { position: number }>()
  const series = new Map<string, object & { position: number }>()
  const instances: object[] = []
  const bytes: Uint8Array[] = []
  let at = 0
  const append = (piece: Uint8Array): number => {
    const start = at
    bytes.push(piece)
    at += piece.length
    return start
  }

  for (const record of batch) {
    const { values, source, metadata, pixels, characterSet } = record
    const studyKey = JSON.stringify([
      record.StudyInstanceUID,
      source.institution,
      source.grants,
      ...patientColumns.map((name) => values[name]),
    ])
    const study = entry(studies, studyKey, () => ({
      study_instance_uid: record.StudyInstanceUID,
      institution_id: source.institution,
      grants: source.grants,
      values: pick(values, studyColumns),
      json: record.json.study,
      name_keys: record.nameKeys,
      received_at: record.receivedAt,
    }))
    const seriesOf = entry(series, `${study.position}/${record.SeriesInstanceUID}`, () => ({
      study: study.position,
      series_instance_uid: record.SeriesInstanceUID,
      values: pick(values, seriesColumns),
      json: record.json.series,
    }))
    const { frameTable = null, ...layout } = pixels ?? {}
    instances.push({
      position: instances.length + 1,
      study: study.position,
      series: seriesOf.position,
      sop_instance_uid: record.SOPInstanceUID,
      sop_class_uid: record.SOPClassUID,
      values: pick(values, instanceColumns),
      json: record.json.instance,
      transfer_syntax_uid: record.TransferSyntaxUID,
      dataset_sha256: hex(record.datasetSHA256),
      file_sha256: hex(record.fileSHA256),
      dataset_offset: record.datasetOffset,
      object_key: record.objectKey,
      object_size: record.objectSize,
      pixels: pixels === null ? null : layout,
      bulk:
        record.bulk.length === 0
          ? null
          : Object.fromEntries(record.bulk.map(({ path, vr, offset, length }) => [path, [vr, offset, length]])),
      metadata_at: append(metadata.deflated),
      metadata_bytes: metadata.deflated.length,
      crc32: metadata.crc32,
      length: metadata.length,
      frames_at: frameTable === null ? 0 : append(frameTable),
      frames_bytes: frameTable === null ? 0 : frameTable.length,
      via: source.via,
      ae_title: source.AETitle,
      account_id: source.account,
      received_at: record.receivedAt,
      declared_character_set: characterSet.declared,
      used_character_set: characterSet.used,
      character_set_repaired: characterSet.repaired,
    })
  }
  return { studies: [...studies.values()], series: [...series.values()], instances, bytes: Buffer.concat(bytes, at) }
}

function entry<T extends object>(entries: Map<string, T & { position: number }>, key: string, make: () => T): T & { position: number } {
  const known = entries.get(key)
  if (known !== undefined) return known
  const made = { position: entries.size + 1, ...make() }
  entries.set(key, made)
  return made
}

function pick(values: SearchValues, columns: readonly string[]): SearchValues {
  const picked: Record<string, string> = {}
  for (const column of columns) {
    const value = values[column]
    if (value !== null && value !== undefined && value !== '') picked[column] = value
  }
  return picked
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')

/** JSON that PostgreSQL takes: it knows neither U+0000 nor half a surrogate pair, and one such value must not fail its neighbours. */
function jsonOf(value: unknown): string {
  const text = JSON.stringify(value)
  if (!/\\u(0000|d[89a-f])/.test(text)) return text
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'string' ? part.replaceAll('\0', '').replace(/\p{Cs}/gu, '\uFFFD') : part,
  )
}
