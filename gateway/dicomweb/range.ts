/** One byte range of a representation: RFC 9110 §14. Several ranges at once are answered with the whole, which §14.2 allows. */
import type { Context } from 'koa'
import type { ByteRange } from '../../archive/frame-ranges.ts'

/** @returns the range, undefined for the whole, or 'unsatisfiable' (416). */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return undefined
  const [first, last] = [match[1]!, match[2]!]
  if (first === '') {
    const suffix = Math.min(Number(last), size)
    return suffix === 0 ? 'unsatisfiable' : { start: size - suffix, end: size - 1 }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined // not a range at all
  if (start >= size) return 'unsatisfiable'
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) }
}

/**
 * Sets the headers of a representation that can be had in ranges, and says which bytes to send: undefined for none, after 416.
 * `If-Range` with another tag than the present one asks for the whole (RFC 9110 §13.1.5).
 */
export function rangeOf(ctx: Context, size: number): ByteRange | undefined {
  ctx.set('Accept-Ranges', 'bytes')
  const stale = ctx.get('If-Range') !== '' && ctx.get('If-Range') !== ctx.response.get('ETag')
  const range = ctx.method === 'GET' && !stale ? parseRange(ctx.get('Range'), size) : undefined
  if (range === 'unsatisfiable') {
    ctx.set('Content-Range', `bytes */${size}`)
    ctx.status = 416
    return undefined
  }
  const sent = range ?? { start: 0, end: size - 1 }
  ctx.status = range === undefined ? 200 : 206
  if (range !== undefined) ctx.set('Content-Range', `bytes ${sent.start}-${sent.end}/${size}`)
  ctx.length = sent.end - sent.start + 1
  return sent
}
