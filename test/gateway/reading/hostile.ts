/** What an attacker, a broken program or a wild paste puts where a value belongs. */
import { z } from 'zod'

/** Where in a body, and what kind of value its route looks for there. */
export interface Place {
  readonly path: readonly string[]
  readonly kind: 'text' | 'number' | 'list' | 'object' | 'other'
}

interface Shape {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Shape>>
  readonly additionalProperties?: Shape | boolean
  readonly items?: Shape
  readonly anyOf?: readonly Shape[]
  readonly enum?: readonly unknown[]
}

export const shapeOf = (schema: z.ZodType): Shape => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape

/** Every place of a body of this shape. Into a list goes its first item, into a record the name that no record should have. */
export function placesOf(shape: Shape, path: readonly string[] = []): Place[] {
  const within = [
    ...Object.entries(shape.properties ?? {}),
    ...(shape.items === undefined ? [] : [['0', shape.items] as const]),
    ...(typeof shape.additionalProperties === 'object' ? [['constructor', shape.additionalProperties] as const] : []),
  ].flatMap(([name, inner]) => placesOf(inner, [...path, name]))
  const others = (shape.anyOf ?? []).flatMap((inner) => placesOf(inner, path))
  if (others.length > 0) return [...others, ...within]
  if (shape.enum !== undefined) return [{ path, kind: 'other' }, ...within]
  switch (shape.type) {
    case 'string':
      return [{ path, kind: 'text' }]
    case 'number':
    case 'integer':
      return [{ path, kind: 'number' }]
    case 'array':
      return [{ path, kind: 'list' }, ...within]
    case 'object':
      return [{ path, kind: 'object' }, ...within]
    default:
      return [{ path, kind: 'other' }, ...within]
  }
}

const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

/** As JSON text, since some of it is no value of ours. */
export const hostileJSON: Readonly<Record<Place['kind'], readonly string[]>> = {
  text: [
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\u202e张三\\u2066\\u0007"',
    '"999999-12-31"',
    '"+275760-09-14T00:00:00.000Z"',
    '"99999999999999999999"',
    `"${'长'.repeat(60_000)}"`,
  ],
  number: ['1e308', '-0', '9007199254740993', '2147483648', '"NaN"'],
  list: [`[${'0,'.repeat(99_999)}0]`, '[["a\\u0000b"]]'],
  object: ['{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}', '[]', '"a"', deep(10_000)],
  other: ['null', '{}', '"a\\u0000b"', '1e308', deep(10_000)],
}

export const hostileParameters: readonly string[] = [
  'a%00b',
  '%ED%A0%80%zz',
  '0000-00-00',
  '999999-12-31',
  '%2B275760-09-14T00:00:00.000Z',
  '1e308',
  '2147483648',
  '99999999999999999999',
  '__proto__',
  'a'.repeat(5_000),
]

/** The body as JSON text with another value at the place. */
export function withValue(body: unknown, path: readonly string[], json: string): string {
  const mark = '\u0001here\u0001'
  const put = (inner: unknown, [name, ...rest]: readonly string[]): unknown => {
    if (name === undefined) return mark
    if (name === '0') return [put(Array.isArray(inner) ? inner[0] : undefined, rest)]
    const object = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Record<string, unknown>) : {}
    return { ...object, [name]: put(Object.hasOwn(object, name) ? object[name] : undefined, rest) }
  }
  return JSON.stringify(put(body, path)).replace(JSON.stringify(mark), () => json)
}
