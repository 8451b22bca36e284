/** Things side by side, attribute by attribute; what is not the same as in the first column is told by a sign, a word and a colour. */
import './comparison.css'
import type { ReactNode } from 'react'
import { attributeName, attributeText, type Likeness, likenessOf } from '../language/attributes.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { words } from '../language/words.ts'

const likenessWords = words({
  same: ['相同', 'same'],
  differs: ['不同', 'differs'],
  absent: ['未填', 'not given'],
  'other-script': ['文字不同，请核对', 'another script: check'],
  fits: ['年份相符（仅按年龄登记）', 'the year fits (only an age was entered)'],
})

const signs: Readonly<Record<Exclude<Likeness, 'absent'>, string>> = { same: '✓', differs: '≠', 'other-script': '?', fits: '≈' }

export interface ComparedColumn {
  readonly key: string
  readonly head: ReactNode
  readonly values: Readonly<Record<string, string>>
}

interface Props {
  /** Keywords, in the order they are read. */
  readonly attributes: readonly string[]
  /** The first is what the others are compared with. */
  readonly columns: readonly ComparedColumn[]
}

export function Comparison({ attributes, columns }: Props) {
  const { language } = useLanguage()
  const say = useWords(likenessWords)
  const [first] = columns
  return (
    <div className="comparison">
      <table>
        <thead>
          <tr>
            <td />
            {columns.map(({ key, head }) => (
              <th key={key} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {attributes.map((keyword) => (
            <tr key={keyword} data-attribute={keyword}>
              <th scope="row">{attributeName(keyword, language)}</th>
              {columns.map(({ key, values }, at) => {
                const text = attributeText(keyword, values[keyword] ?? '', language)
                const likeness = at > 0 ? likenessOf(keyword, first?.values[keyword] ?? '', values[keyword] ?? '') : undefined
                return (
                  <td key={key} className={likeness && `likeness-${likeness}`}>
                    <span className="compared">{text || <span className="quiet">{say('absent')}</span>}</span>
                    {likeness && likeness !== 'absent' && (
                      <span className="likeness">
                        <span aria-hidden="true">{signs[likeness]}</span> {say(likeness)}
                      </span>
                    )}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
