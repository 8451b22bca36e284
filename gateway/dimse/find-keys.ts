/**
 * From the identifier of a C-FIND to a search, and from its results to the identifiers of the answers. PS3.4 §C.2.2.1 (kinds of keys), §C.2.2.2 (matching),
 * §C.4.1.1.3 (what is returned), §C.4.1.2.2 and §C.4.1.3.2 (hierarchical and relational).
 */
import type { AttributeJSON, DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { attributeOf, tagOf } from '../../archive/dicom/dictionary.ts'
import { patientAndStudyTags, seriesTags } from '../../archive/dicom/information-entities.ts'
import { matchOf } from '../../archive/matching.ts'
import { type ItemKey, type Key, type SearchLevel, type SearchRequest, searchable } from '../../archive/search.ts'
import { IdentifierMismatch, textOfKey } from './identifier.ts'
import type { QueryOptions } from './query-negotiation.ts'
import type { Root } from './query-retrieve.ts'

const tag = (keyword: string): string => tagOf(keyword)!.toString(16).toUpperCase().padStart(8, '0')

/** PS3.4 Tables C.6-1 ff.: the value of Query/Retrieve Level (0008,0052), and the unique key. */
export const levelTable: Readonly<Record<SearchLevel, { readonly value: string; readonly uniqueKey: string; readonly tag: string }>> = {
  patient: { value: 'PATIENT', uniqueKey: 'PatientID', tag: tag('PatientID') },
  study: { value: 'STUDY', uniqueKey: 'StudyInstanceUID', tag: tag('StudyInstanceUID') },
  series: { value: 'SERIES', uniqueKey: 'SeriesInstanceUID', tag: tag('SeriesInstanceUID') },
  instance: { value: 'IMAGE', uniqueKey: 'SOPInstanceUID', tag: tag('SOPInstanceUID') },
}

const QueryRetrieveLevel = '00080052'
const RetrieveAETitle = '00080054'
const InstanceAvailability = '00080056'
const TimezoneOffsetFromUTC = '00080201'
const Modality = '00080060'
/** Not keys: they say how the identifier is to be read, or are put into every answer. */
const notKeys: ReadonlySet<string> = new Set(['00080005', QueryRetrieveLevel, '00080053', RetrieveAETitle, InstanceAvailability])

/** Counted by the index, at their level and below (PS3.4 Tables C.6-1 to C.6-3); returned, not matched. */
export const counted: Readonly<Record<SearchLevel, readonly string[]>> = {
  patient: ['00201200', '00201202', '00201204'],
  study: ['00080061', '00080062', '00201206', '00201208'],
  series: ['00201209'],
  instance: [],
}

/** The level of an identifier. @throws IdentifierMismatch */
export function levelOf(keys: DicomJSON, root: Root): SearchLevel {
  const value = textOfKey(keys[QueryRetrieveLevel] ?? { vr: 'CS' })
    .trim()
    .toUpperCase()
  const level = root.levels.find((one) => levelTable[one].value === value)
  if (level === undefined) {
    const known = root.levels.map((one) => levelTable[one].value).join(', ')
    throw new IdentifierMismatch(Number.parseInt(QueryRetrieveLevel, 16), value === '' ? 'is missing' : `is not one of ${known}`)
  }
  return level
}

const isGiven = (key: AttributeJSON | undefined): boolean => key !== undefined && !/^[*\\]*$/.test(textOfKey(key))

/**
 * Without relational queries the unique keys of the levels above must be given. One is let pass: a patient's, where the study is named, since a study has
 * one patient. @throws IdentifierMismatch
 */
export function demandUpperKeys(keys: DicomJSON, root: Root, level: SearchLevel, { relational }: Pick<QueryOptions, 'relational'>): void {
  if (relational) return
  for (const above of root.levels.slice(0, root.levels.indexOf(level))) {
    const { tag } = levelTable[above]
    if (isGiven(keys[tag]) || (above === 'patient' && isGiven(keys[levelTable.study.tag]))) continue
    throw new IdentifierMismatch(Number.parseInt(tag, 16), 'is missing; relational queries were not negotiated')
  }
}

export interface FindQuery {
  readonly level: SearchLevel
  readonly request: Omit<SearchRequest, 'limit' | 'after'>
  /** Whether every key can be matched and returned: 0xFF00, else 0xFF01. */
  readonly supported: boolean
  /** One result as the identifier of an answer. */
  answer(result: DicomJSON, AETitle: string): DicomJSON
}

/** @throws IdentifierMismatch, BadRequest for a value that its attribute cannot have */
export function findQuery(keys: DicomJSON, root: Root, options: QueryOptions): FindQuery {
  const level = levelOf(keys, root)
  demandUpperKeys(keys, root, level, options)
  const matches: Key[] = []
  const returned = new Map<string, AttributeJSON>()
  let supported = true
  for (const [key, attribute] of Object.entries(keys)) {
    if (notKeys.has(key)) continue
    const known = attributeOf(Number.parseInt(key, 16))
    const keyword = known?.keyword ?? key
    if (known && (known.vr === 'SQ') !== (attribute.vr === 'SQ'))
      throw new IdentifierMismatch(Number.parseInt(key, 16), `has VR ${attribute.vr}, not ${known.vr}`)
    if (isReturnable(key, keyword, level)) returned.set(key, attribute)
    else supported = false
    // The offset is not asked for: it says how to read the other keys.
    if (key === TimezoneOffsetFromUTC && options.timezone) continue
    const match = matchOfKey(key, attribute, options)
    if (match === undefined) continue
    const target = searchedBy(key, keyword, level)
    if (target === undefined) supported = false
    else matches.push({ keyword: target, match })
    if (target !== keyword) supported = false
  }
  const unique = root.levels.slice(0, root.levels.indexOf(level) + 1).map((one) => levelTable[one].tag)
  const zone = options.timezone ? textOfKey(keys[TimezoneOffsetFromUTC] ?? { vr: 'SH' }) : ''
  return {
    level,
    supported,
    request: {
      matches,
      offset: 0,
      order: [],
      include: new Set([...returned.keys(), ...unique]),
      separateDateTime: !options.combinedDateTime,
      ...(/^[+-]\d{4}$/.test(zone) && { zone }),
    },
    answer: (result, AETitle) => ({
      ...Object.fromEntries([...returned].map(([key, asked]) => [key, projected(asked, result[key])])),
      ...Object.fromEntries(unique.map((key) => [key, result[key] ?? { vr: key === levelTable.patient.tag ? 'LO' : 'UI' }])),
      ...(options.timezone && result[TimezoneOffsetFromUTC] && { [TimezoneOffsetFromUTC]: result[TimezoneOffsetFromUTC] }),
      [QueryRetrieveLevel]: { vr: 'CS', Value: [levelTable[level].value] },
      [RetrieveAETitle]: { vr: 'AE', Value: [AETitle] },
      ...(result[InstanceAvailability] && { [InstanceAvailability]: result[InstanceAvailability] }),
    }),
  }
}

const depthOf: readonly SearchLevel[] = ['patient', 'study', 'series', 'instance']
const upTo = (level: SearchLevel): readonly SearchLevel[] => depthOf.slice(0, depthOf.indexOf(level) + 1)

/** Whether answers of this level can carry the attribute: from the index, or from the metadata of their first instance. */
function isReturnable(key: string, keyword: string, level: SearchLevel): boolean {
  if (searchable(level).has(keyword) || upTo(level).some((one) => counted[one].includes(key))) return true
  if (level === 'instance') return attributeOf(Number.parseInt(key, 16)) !== undefined
  return level !== 'patient' && (patientAndStudyTags.has(key) || (level === 'series' && seriesTags.has(key)))
}

/** By what of the index a key is matched. Modality is no key of a study; whoever asks for one by it means that one of its series has it. */
function searchedBy(key: string, keyword: string, level: SearchLevel): string | undefined {
  if (searchable(level).has(keyword)) return keyword
  return key === Modality && level === 'study' ? 'ModalitiesInStudy' : undefined
}

/** Keys that one item of a sequence may ask by, and items within items: each is a condition of its own. */
const mostItemKeys = 50
const deepestItem = 6

/** Undefined for universal matching: no value, or only wildcards. A sequence matches by what is given in its one item (PS3.4 §C.2.2.2.6). */
function matchOfKey(key: string, attribute: AttributeJSON, options: QueryOptions, depth = 0): Key['match'] | undefined {
  if (attribute.vr === 'SQ') {
    const item = (attribute.Value?.[0] ?? {}) as DicomJSON
    const keys = Object.entries(item).flatMap(([tag, inner]): ItemKey[] => {
      const match = matchOfKey(tag, inner, options, depth + 1)
      return match === undefined ? [] : [{ tag, vr: inner.vr, match }]
    })
    if (keys.length > mostItemKeys || depth >= deepestItem) throw new IdentifierMismatch(Number.parseInt(key, 16), 'asks for too much')
    return keys.length === 0 ? undefined : { kind: 'items', keys }
  }
  const keyword = attributeOf(Number.parseInt(key, 16))?.keyword ?? key
  if (attribute.InlineBinary !== undefined || attribute.vr === 'AT') return undefined
  return matchOf(keyword, attribute.vr, textOfKey(attribute), {
    fuzzymatching: options.fuzzyNames,
    emptyvaluematching: options.emptyValues,
    multiplevaluematching: options.multipleValues,
  })
}

/** What is there of what was asked for: of a sequence the attributes of its item, all of them where it has none; zero-length where there is no value. */
export function projected(asked: AttributeJSON, found: AttributeJSON | undefined): AttributeJSON {
  if (found === undefined) return { vr: asked.vr }
  if (asked.vr !== 'SQ' || found.vr !== 'SQ') return found
  const item = (asked.Value?.[0] ?? {}) as DicomJSON
  if (Object.keys(item).length === 0) return found
  const items = (found.Value ?? []) as readonly DicomJSON[]
  return {
    vr: 'SQ',
    Value: items.map((one) => Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, projected(inner, one[key])]))),
  }
}
