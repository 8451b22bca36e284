/** What the conformance statement says of Query/Retrieve, made of the tables that the code runs on. */
import { attributeOf, tagOf } from '../../../archive/dicom/dictionary.ts'
import { type SearchLevel, searchable } from '../../../archive/search.ts'
import { counted, levelTable } from '../../../gateway/dimse/find-keys.ts'
import { roots } from '../../../gateway/dimse/query-retrieve.ts'
import { hexStatus, status } from '../../../gateway/dimse/status.ts'

const written = (hex: string): string => `(${hex.slice(0, 4)},${hex.slice(4)})`

export const modelRows = roots.flatMap(({ name, levels, FIND, MOVE, GET }) =>
  [
    ['FIND', FIND],
    ['MOVE', MOVE],
    ['GET', GET],
  ].map(([service, uid]) => [`${name} – ${service}`, uid!, levels.map((level) => levelTable[level].value).join(', ')]),
)

const levels: readonly SearchLevel[] = ['patient', 'study', 'series', 'instance']

/** Each attribute at the level where it begins to be a key. */
export const keyRows = levels.flatMap((level, depth) => {
  const above = depth === 0 ? new Set<string>() : new Set(searchable(levels[depth - 1]!).keys())
  const own = [...searchable(level)].filter(([keyword]) => !above.has(keyword))
  const matched = own.map(([keyword, { vr }]): [string, string, string] => [
    attributeOf(tagOf(keyword)!)!.tag,
    vr,
    keyword === levelTable[level].uniqueKey ? 'unique key' : 'matched',
  ])
  const returned = counted[level]
    .filter((tag) => !matched.some(([known]) => known === tag))
    .map((tag): [string, string, string] => [tag, attributeOf(Number.parseInt(tag, 16))!.vr, 'returned'])
  return [...matched, ...returned]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([tag, vr, use]) => [levelTable[level].value, `${attributeOf(Number.parseInt(tag, 16))!.keyword} ${written(tag)}`, vr, use])
})

export const queryStatusRows: readonly (readonly [string, string, string])[] = (
  [
    [status.pending, 'C-FIND', 'one result; every key was supported'],
    [status.pendingWithWarning, 'C-FIND', 'one result; an optional key was not supported: it was neither matched nor returned'],
    [status.pending, 'C-MOVE, C-GET', 'a sub-operation has ended, or takes more than ten seconds; with the four counts'],
    [status.success, 'all', 'complete; without results too'],
    [
      status.suboperationsIncomplete,
      'C-MOVE, C-GET',
      'complete, but some failed or warned; Failed SOP Instance UID List, and ErrorComment says why the first did',
    ],
    [
      status.outOfResources,
      'C-FIND',
      'more results than are given, which came before; or the search takes too long, or the index does not answer',
    ],
    [status.matchesNotCounted, 'C-MOVE, C-GET', 'more instances than one request may have'],
    [
      status.suboperationsNotPerformed,
      'C-MOVE, C-GET',
      'none could be sent: the destination cannot be reached, refuses, or takes none of them',
    ],
    [status.moveDestinationUnknown, 'C-MOVE', 'Move Destination is not registered, is switched off, may not retrieve, or has no address'],
    [
      status.identifierDoesNotMatch,
      'all',
      'no or another level, a unique key is missing or has a wildcard, a PatientID is that of several patients; Offending Element',
    ],
    [status.cannotUnderstand, 'all', 'the identifier cannot be read, or a value is none of its attribute'],
    [status.cancelled, 'all', 'C-CANCEL; of C-MOVE and C-GET with what remains'],
  ] as const
).map(([code, service, when]) => [hexStatus(code), service, when])
