/**
 * The parameters of a query string. PS3.18 §8.3.1: percent-encoded UTF-8. `URLSearchParams` would turn text in another encoding (GBK from an old page)
 * into replacement characters that silently match nothing; here it is refused.
 */
import { BadRequest } from '../../archive/errors.ts'

const mostParameters = 200

export function queryParameters(text: string): (readonly [name: string, value: string])[] {
  const parameters = text.split('&').filter((parameter) => parameter !== '')
  if (parameters.length > mostParameters) throw new BadRequest(`The query has more than ${mostParameters} parameters`)
  return parameters.map((parameter) => {
    const equals = parameter.indexOf('=')
    return equals < 0 ? [decoded(parameter), ''] : [decoded(parameter.slice(0, equals)), decoded(parameter.slice(equals + 1))]
  })
}

/** `+` is a space, as forms and URLSearchParams write it; a plus sign comes as %2B. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw new BadRequest(`The query is not percent-encoded UTF-8: ${text.slice(0, 60)}`, { cause })
  }
}
