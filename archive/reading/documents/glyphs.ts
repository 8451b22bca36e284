/**
 * The two weights of Noto Sans SC that reports are printed in, and what to do with a character that they lack (𠮷 and other rare names): a second font
 * where one is configured (`FONT_FALLBACK`), else its code point in words, 〔U+20BB7〕, never a silent box.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Font } from 'fontkit'

const require = createRequire(import.meta.url)
const notoSansSC = (weight: string) => require.resolve(`@expo-google-fonts/noto-sans-sc/${weight}.ttf`)

export interface Fonts {
  readonly regular: Buffer
  readonly bold: Buffer
  readonly fallback: Buffer | undefined
  /** A piece of text and the font that has all of it. */
  split(text: string): readonly Run[]
  /** The characters that no configured font has, each once. */
  missing(text: string): readonly string[]
}

export interface Run {
  readonly text: string
  readonly fallback: boolean
}

/** 10 MB each: read once, when the first document is made, and with them the library that reads them. */
export function loadFonts(fallbackPath?: string): Fonts {
  const regular = readFileSync(notoSansSC('400Regular/NotoSansSC_400Regular'))
  const bold = readFileSync(notoSansSC('700Bold/NotoSansSC_700Bold'))
  const fallback = fallbackPath === undefined ? undefined : readFileSync(fallbackPath)
  const own = fontOf(regular)
  const second = fallback === undefined ? undefined : fontOf(fallback)
  const has = (font: Font | undefined, character: string) => font?.hasGlyphForCodePoint(character.codePointAt(0)!) ?? false

  const split = (text: string): Run[] => {
    const runs: { text: string; fallback: boolean }[] = []
    for (const character of printable(text)) {
      const inOwn = character === '\n' || has(own, character)
      const inSecond = !inOwn && has(second, character)
      const piece = inOwn || inSecond ? character : `〔U+${character.codePointAt(0)!.toString(16).toUpperCase()}〕`
      const last = runs.at(-1)
      if (last !== undefined && last.fallback === inSecond) last.text += piece
      else runs.push({ text: piece, fallback: inSecond })
    }
    return runs
  }
  const missing = (text: string): string[] => [
    ...new Set([...printable(text)].filter((character) => character !== '\n' && !has(own, character) && !has(second, character))),
  ]
  return { regular, bold, fallback, split, missing }
}

/** A collection (.ttc) would need a face by name; a fallback is one face in one file. */
function fontOf(bytes: Buffer): Font {
  const { create } = require('fontkit') as typeof import('fontkit')
  const font = create(bytes)
  if (!('hasGlyphForCodePoint' in font)) throw new TypeError('FONT_FALLBACK is a collection of fonts; name a file with a single one')
  return font
}

/** Composed, tabs as spaces, no control characters. */
const printable = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replaceAll('\t', '    ')
    .replace(/[\u0000-\u0009\u000b-\u001f\u007f\u200b\ufeff]/g, '')
