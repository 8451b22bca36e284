/** `[左/右]`, `【有/无】`, `{大小}`, `____`: what a template leaves open. */
import { type LintSubject, type Problem, textFields } from './lint.ts'

const open = /\[[^[\]\n]{0,60}\]|【[^【】\n]{0,60}】|\{[^{}\n]{0,60}\}|_{2,}|＿{2,}/g

export const placeholders = ({ draft }: LintSubject): Problem[] =>
  textFields.flatMap((field) =>
    [...draft[field].matchAll(open)].map((match) => ({
      where: { field, start: match.index, end: match.index + match[0].length },
      values: { word: match[0] },
    })),
  )
