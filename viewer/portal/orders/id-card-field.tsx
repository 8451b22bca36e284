/** The identity card number: checked while it is typed, by ISO 7064 MOD 11-2 on the server; sex and date of birth come from it. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Form, Input } from 'antd'
import { type ReactNode, useState } from 'react'
import type { IdCardCheck } from '../api/order-types.ts'
import { checkIdCard } from '../api/orders.ts'
import { sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { type Entry, idCardLength, plainNumber, shapeOf, writtenDate, yearsOn } from './entry.ts'
import { orderWords } from './words.ts'

const questionOf = (number: string) => ({
  queryKey: ['id-card', number],
  queryFn: ({ signal }: { signal: AbortSignal }) => checkIdCard(number, signal),
  staleTime: Number.POSITIVE_INFINITY,
  // Whose number it is does not stay in the page's memory.
  gcTime: 10_000,
})

/** The cards of before 1999 had 15 digits: the server says so in words. */
const oldLength = 15

export interface IdCard {
  readonly number: string
  /** What the server said; only for a whole number. */
  readonly check: IdCardCheck | undefined
  readonly status: 'success' | 'error' | 'warning' | 'validating' | undefined
  readonly sentence: string
  readonly onBlur: () => void
}

/** `typed`: the text of the field. */
export function useIdCard(typed: string): IdCard {
  const say = useWords(orderWords)
  const { language } = useLanguage()
  const number = plainNumber(typed)
  const shape = shapeOf(number)
  // Somebody who is still typing is not told that the number is too short.
  const [left, setLeft] = useState('')
  const done = left === number
  const asked = useQuery({
    ...questionOf(number),
    enabled: shape === 'whole' || (done && shape === 'short' && number.length === oldLength),
  })
  const check = asked.data
  const answer = (status: IdCard['status'], sentence: string): IdCard => ({
    number,
    check: check?.valid ? check : undefined,
    status,
    sentence,
    onBlur: () => setLeft(number),
  })

  if (shape === 'characters') return answer('error', say('idCardCharacters'))
  if (shape === 'long') return answer('error', say('idCardLong', { n: number.length - idCardLength }))
  if (check) {
    if (!check.valid) return answer('error', language === 'zh' ? check.zh : check.en)
    const years = yearsOn(check.birthDate ?? '', new Date())
    const what = [
      check.sex && sexText(check.sex, language),
      writtenDate(check.birthDate ?? ''),
      years !== undefined && say('years', { n: years }),
    ].filter(Boolean)
    return answer('success', say('idCardRight', { what: what.join(' ') }))
  }
  if (asked.isFetching) return answer('validating', say('idCardAsking'))
  if (asked.error) return answer('warning', say('idCardUnchecked'))
  if (shape === 'short' && done) return answer('error', say('idCardShort', { n: number.length }))
  return answer(undefined, '')
}

interface Props {
  readonly idCard: IdCard
  /** The number on file, masked. */
  readonly onFile: string | null
  readonly children?: ReactNode
}

export function IdCardField({ idCard, onFile, children }: Props) {
  const say = useWords(orderWords)
  const queries = useQueryClient()
  // A number that cannot be checked now goes to the server, which checks it once more.
  const right = async (_: unknown, typed = '') => {
    const number = plainNumber(typed)
    const shape = shapeOf(number)
    if (shape === 'none') return
    if (shape !== 'whole') throw new Error(say('idCardShort', { n: number.length }))
    const check = await queries.fetchQuery(questionOf(number)).catch(() => undefined)
    if (check && !check.valid) throw new Error(check.zh)
  }
  const sentence = idCard.sentence || (onFile ? say('idCardKept', { number: onFile }) : say('idCardHint'))
  return (
    <>
      <Form.Item<Entry>
        name="idCardNumber"
        label={say('idCard')}
        validateTrigger={[]}
        rules={[{ validator: right }]}
        hasFeedback={idCard.status !== undefined}
        validateStatus={idCard.status ?? ''}
        help={sentence}
      >
        <Input autoFocus={onFile === null} className="id-card number" maxLength={24} inputMode="text" onBlur={idCard.onBlur} />
      </Form.Item>
      {children}
    </>
  )
}
