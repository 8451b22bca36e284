/** Media types with their parameters as they stand in Content-Type and Accept: RFC 9110 §8.3, §12.5.1 and PS3.18 §8.7. */

export interface MediaType {
  /** `type/subtype` in lower case; either may be `*`. */
  readonly name: string
  /** Names in lower case, values unquoted. */
  readonly parameters: ReadonlyMap<string, string>
}

/** A header of many kilobytes is no honest one; what is behind this is not read. */
const longestHeader = 8192

/**
 * The media types of a comma-separated list. Clients leave the quotes out where RFC 9110 wants them
 * (`type=application/octet-stream`), so a parameter's value is whatever stands before the next `;` or `,` outside quotes.
 */
export function parseMediaTypes(header: string): MediaType[] {
  const list: MediaType[] = []
  for (const item of splitOutsideQuotes(header.slice(0, longestHeader), ',')) {
    const [name, ...parameters] = splitOutsideQuotes(item, ';')
    if (!/^[\w.+*-]+\/[\w.+*-]+$/.test(name!)) continue
    list.push({ name: name!.toLowerCase(), parameters: new Map(parameters.flatMap(parseParameter)) })
  }
  return list
}

/** The one media type of a Content-Type header. */
export function parseMediaType(header: string | undefined): MediaType | undefined {
  return header === undefined ? undefined : parseMediaTypes(header)[0]
}

function parseParameter(text: string): [string, string][] {
  const equals = text.indexOf('=')
  if (equals < 1) return []
  const value = text.slice(equals + 1).trim()
  const quoted = /^"(.*)"$/s.exec(value)
  return [[text.slice(0, equals).trim().toLowerCase(), quoted ? quoted[1]!.replace(/\\(.)/gs, '$1') : value]]
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const pieces: string[] = []
  let start = 0
  let quoted = false
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i]
    if (quoted && character === '\\') i += 1
    else if (character === '"') quoted = !quoted
    else if (!quoted && character === separator) {
      pieces.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  pieces.push(text.slice(start).trim())
  return pieces
}
