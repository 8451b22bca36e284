/** What was acknowledged and not acted upon yet: a line under the top bar of the treating side, until the action is registered. Without Ant Design. */
import { type FormEvent, useState } from 'react'
import type { Critical } from '../api/critical-types.ts'
import { act, sentenceOf } from '../api/http.ts'
import { placeText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { noticeWords } from './notice-words.ts'

/** The treating side may act, and neither confirm nor close. */
export const awaitsAction = ({ state, verbs }: Critical): boolean =>
  state === 'ACKNOWLEDGED' && verbs.includes('act') && !verbs.includes('repeat')

export function ActionLine({ critical, onChanged }: { readonly critical: Critical; readonly onChanged: () => void }) {
  const say = useWords(noticeWords)
  const { language } = useLanguage()
  const [text, setText] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  const { patient, finding } = critical
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() === '' || busy) return
    setBusy(true)
    setFailure(null)
    try {
      await act(`/api/critical/${encodeURIComponent(critical.id)}/act`, { text })
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(false)
      onChanged()
    }
  }
  return (
    <form className="critical-line no-print" onSubmit={(event) => void submit(event)}>
      <b>
        <span aria-hidden="true">‼ </span>
        {say('toDo')}
      </b>
      <span>
        <b>{patient.name}</b> <span className="number">{patient.PatientID}</span> {placeText(critical, language)}{' '}
        {finding ? (language === 'zh' ? finding.zh : finding.en) : critical.text}
      </span>
      <input
        value={text}
        maxLength={2000}
        placeholder={say('actionHint')}
        aria-label={say('action')}
        onChange={({ target }) => setText(target.value)}
      />
      <button type="submit" className="urgent" disabled={busy || text.trim() === ''}>
        {say('act')}
      </button>
      {failure !== null && <span role="alert">{sentenceOf(failure, language)}</span>}
    </form>
  )
}
