/**
 * The cursor, an extension: where an answer ended, so that the next goes on behind it, however many studies have arrived in between. Opaque to who holds
 * it, and good for the query that it came from only; what may be seen is decided anew each time.
 */
import { createHash } from 'node:crypto'
import { BadRequest } from '../../archive/errors.ts'
import type { Place, SearchLevel, SearchRequest } from '../../archive/search.ts'

const longestCursor = 4096

/** The place as text. */
export function cursorOf(level: SearchLevel, request: SearchRequest, place: Place): string {
  return Buffer.from(JSON.stringify([digestOf(level, request), ...place])).toString('base64url')
}

/** @throws BadRequest when it is none, or of another query. */
export function placeOf(level: SearchLevel, request: SearchRequest, cursor: string): Place {
  const content = cursor.length <= longestCursor ? parsed(cursor) : undefined
  if (!Array.isArray(content) || !content.every((value) => value === null || typeof value === 'string'))
    throw new BadRequest('The cursor is not one that was given here')
  const [digest, ...place] = content as (string | null)[]
  if (digest !== digestOf(level, request)) throw new BadRequest('The cursor belongs to another query')
  return place
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

/** Of all that decides which results there are and in what order; not of how many are wanted and what of them is shown. */
function digestOf(level: SearchLevel, { person, StudyInstanceUID, SeriesInstanceUID, matches, order, zone }: SearchRequest): string {
  const query = [level, person, StudyInstanceUID, SeriesInstanceUID, matches, order, zone]
  return createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 22)
}
