/** Times allowed, by urgency and kind of examination: a table that is edited in place. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, InputNumber, Select } from 'antd'
import { useState } from 'react'
import { request, sentenceOf } from '../api/http.ts'
import { urgencyText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { turnaroundWords } from './turnaround-words.ts'

const urgencies = [0, 1, 2, 3, 4] as const
const kinds = ['radiograph', 'ct', 'mr', 'other', 'formal'] as const
type Urgency = (typeof urgencies)[number]
type Kind = (typeof kinds)[number]

interface Rule {
  readonly minutes: number
  readonly workingHours: boolean
}
type Rules = Readonly<Record<Urgency, Readonly<Record<Kind, Rule>>>>
interface Table {
  readonly rules: Rules
  readonly defaults: Rules
  readonly mayChange: boolean
}

const queryKey = ['settings', 'turnaround'] as const

export function TurnaroundTable() {
  const say = useWords(turnaroundWords)
  const query = useQuery({ queryKey, queryFn: ({ signal }) => request<Table>('GET', '/api/settings/turnaround', { signal }) })
  return (
    <section>
      <h2>{say('turnaround')}</h2>
      <p className="quiet">{say('turnaroundText')}</p>
      <Answer query={query}>{(table) => <Editor key={JSON.stringify(table.rules)} {...table} />}</Answer>
    </section>
  )
}

/** What was typed but not saved, by urgency and kind. */
type Edited = Readonly<Record<string, Rule>>
const keyOf = (urgency: Urgency, kind: Kind): string => `${urgency} ${kind}`

function Editor({ rules, defaults, mayChange }: Table) {
  const say = useWords(turnaroundWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const [edited, setEdited] = useState<Edited>({})
  const [busy, setBusy] = useState(false)
  const changed = urgencies.flatMap((urgency) =>
    kinds.flatMap((kind) => {
      const [rule, before] = [edited[keyOf(urgency, kind)], rules[urgency][kind]]
      const differs = rule !== undefined && (rule.minutes !== before.minutes || rule.workingHours !== before.workingHours)
      return differs ? [{ urgency, kind, ...rule }] : []
    }),
  )
  const save = async () => {
    setBusy(true)
    try {
      queries.setQueryData(queryKey, await request<Table>('PUT', '/api/settings/turnaround', { body: { rules: changed } }))
      setEdited({})
      message.success(say('saved'))
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
    }
  }
  const ruleKind = ({ workingHours }: Rule) => say(workingHours ? 'workingHours' : 'allHours')
  return (
    <>
      <table className="rules">
        <thead>
          <tr>
            <th>{say('urgency')}</th>
            {kinds.map((kind) => (
              <th key={kind}>{say(kind)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {urgencies.map((urgency) => (
            <tr key={urgency}>
              <th>
                <span className={`urgency urgency-${urgency}`}>{urgencyText(urgency, language)}</span>
              </th>
              {kinds.map((kind) => {
                const rule = edited[keyOf(urgency, kind)] ?? rules[urgency][kind]
                const preset = defaults[urgency][kind]
                const set = (change: Partial<Rule>) => setEdited({ ...edited, [keyOf(urgency, kind)]: { ...rule, ...change } })
                return (
                  <td key={kind} title={say('defaultRule', { n: preset.minutes, kind: ruleKind(preset) })} data-rule={keyOf(urgency, kind)}>
                    <InputNumber
                      min={1}
                      max={100_000}
                      precision={0}
                      value={rule.minutes}
                      disabled={!mayChange}
                      aria-label={`${urgencyText(urgency, language)} ${say(kind)} ${say('minutes')}`}
                      onChange={(minutes) => minutes !== null && set({ minutes })}
                      suffix={say('minutes')}
                    />
                    <Select
                      value={rule.workingHours}
                      disabled={!mayChange}
                      aria-label={`${urgencyText(urgency, language)} ${say(kind)} ${say('workingHours')}`}
                      onChange={(workingHours) => set({ workingHours })}
                      options={[
                        { value: false, label: say('allHours') },
                        { value: true, label: say('workingHours') },
                      ]}
                    />
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {mayChange ? (
        <div className="deeds">
          <Button type="primary" disabled={changed.length === 0} loading={busy} onClick={() => void save()}>
            {say('save')}
          </Button>
          <Button disabled={Object.keys(edited).length === 0} onClick={() => setEdited({})}>
            {say('discard')}
          </Button>
        </div>
      ) : (
        <p className="quiet">{say('readOnly')}</p>
      )}
    </>
  )
}
