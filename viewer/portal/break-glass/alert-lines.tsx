/** What others opened of this house's records in an emergency: a line under the top bar until somebody here has noted it. reading.md §8.3. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { request, sentenceOf } from '../api/http.ts'
import { exactTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { glassWords } from './words.ts'

interface Alert {
  readonly id: string
  readonly at: string
  readonly by: string
  readonly from: string
  readonly reason: string
  readonly studies: number
  readonly patient: { readonly name: string; readonly PatientID: string }
}

const askMs = 60_000
/** More would hide the page under it. */
const mostLines = 2

export function AlertLines({ enabled }: { readonly enabled: boolean }) {
  const say = useWords(glassWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const alerts = useQuery({
    queryKey: ['break-glass'],
    enabled,
    queryFn: ({ signal }) => request<{ items: readonly Alert[] }>('GET', '/api/break-glass', { signal }),
    refetchInterval: askMs,
  })
  const note = useMutation({
    mutationFn: (id: string) => request('POST', `/api/break-glass/${encodeURIComponent(id)}/seen`),
    onError: (error) => message.warning(sentenceOf(error, language)),
    onSettled: () => queries.invalidateQueries({ queryKey: ['break-glass'] }),
  })
  const items = alerts.data?.items ?? []
  return items.slice(0, mostLines).map(({ id, at, by, from, reason, studies, patient }, index) => (
    <div key={id} className="sound-line no-print" role="status">
      <b>⚠ {say('alert')}</b>
      <span className="critical-what">
        {say('text', { from, by, time: exactTime(at), name: patient.name, number: patient.PatientID, studies, reason })}
      </span>
      {index === mostLines - 1 && items.length > mostLines && <span>{say('more', { n: items.length - mostLines })}</span>}
      <button type="button" disabled={note.isPending} onClick={() => note.mutate(id)}>
        {say('seen')}
      </button>
    </div>
  ))
}
