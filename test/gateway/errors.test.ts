/** What went wrong, in each peer's words: the first class that fits decides. */
import { describe, expect, test } from 'vitest'
import * as archiveErrors from '../../archive/errors.ts'
import { NotRenderable, PixelsNotDecoded, RendererBusy } from '../../archive/rendered/errors.ts'
import { failureOf, refusalOf, sentenceOf } from '../../gateway/errors.ts'

describe('a picture that could not be made', () => {
  test('because all workers are busy: 503, ask again', () => {
    expect(failureOf(new RendererBusy('64 pictures wait'))).toMatchObject({ http: 503, code: 'renderer-busy', tell: false })
  })

  test('because the pixels are damaged: 422, and the sentence says how', () => {
    const error = new PixelsNotDecoded('The code stream ends within frame 3')
    expect(failureOf(error)).toMatchObject({ http: 422, code: 'pixels-not-decoded' })
    expect(sentenceOf(error)).toBe('The code stream ends within frame 3')
  })

  test('because there is none of such an instance: 406', () => {
    expect(failureOf(new NotRenderable('The instance is a video')).http).toBe(406)
  })
})

test('every error of the archive has an entry of its own, or the reason for having none', () => {
  // The root stands for all; the last is met at the start only, and told at the console.
  const general = new Set(['ArchiveError', 'ObjectNotFound', 'IndexUnsuitable'])
  for (const [name, errorClass] of Object.entries(archiveErrors)) {
    if (!general.has(name)) expect(failureOf(new errorClass('')).code, name).not.toMatch(/^(not-done|internal)$/)
  }
})

test('what nobody expected is told to nobody', () => {
  const error = new TypeError('x is undefined at /home/archive/secret.ts')
  expect(failureOf(error)).toMatchObject({ http: 500, dimse: 0x0110, code: 'internal' })
  expect(sentenceOf(error)).not.toContain('secret')
})

test.each([
  [415, 'media-type'],
  [413, 'limit-exceeded'],
  [400, 'bad-request'],
])('a request that a parser refuses with %i is no internal error', (status, code) => {
  expect(refusalOf(status)).toMatchObject({ code })
})
