/** `Warning: 299 <service>: <text>`, PS3.18 §8.3.4, §10.5.3. A header carries visible ASCII of bounded length only. */
import type { Context } from 'koa'

const mostWarnings = 10
const longestWarning = 300

export function warn(ctx: Context, service: string, sentences: readonly string[]): void {
  const shown = sentences.slice(0, mostWarnings)
  if (sentences.length > mostWarnings) shown.push(`${sentences.length - mostWarnings} further warnings are in the response only`)
  if (shown.length > 0)
    ctx.append(
      'Warning',
      shown.map((sentence) => `299 ${service}: ${headerText(sentence)}`),
    )
}

/** Commas part header values, so a sentence keeps none. */
const headerText = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]/g, '?')
    .replaceAll(',', ';')
    .slice(0, longestWarning)
