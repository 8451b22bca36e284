/** 紧急调阅: a patient of another house, by the whole name and a second identifier; opened for a day, with a reason that the owner reads. reading.md §8.3. */
import './break-glass.css'
import { type FormEvent, useEffect, useState } from 'react'
import { act, request, sentenceOf } from '../api/http.ts'
import type { Elsewhere } from '../api/ward-types.ts'
import { dicomDate } from '../clock.ts'
import { sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { wardWords } from './words.ts'

interface Props {
  readonly onOpened: (StudyInstanceUID: string) => void
  readonly onClose: () => void
}

const least = 5

export function BreakGlass({ onOpened, onClose }: Props) {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const [asker] = useState(() => document.activeElement)
  // Whoever closes it is back where it was asked for.
  useEffect(
    () => () => {
      if (asker instanceof HTMLElement) asker.focus()
    },
    [asker],
  )
  const [name, setName] = useState('')
  const [birthDate, setBirthDate] = useState('')
  const [number, setNumber] = useState('')
  const [found, setFound] = useState<readonly Elsewhere[] | null>(null)
  const [chosen, setChosen] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  const run = async (deed: () => Promise<void>) => {
    setBusy(true)
    setFailure(null)
    try {
      await deed()
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  const search = (event: FormEvent) => {
    event.preventDefault()
    void run(async () => {
      const body = { name, birthDate: birthDate || null, number: number.trim() || null }
      const { items } = await request<{ items: readonly Elsewhere[] }>('POST', '/api/ward/elsewhere', { body })
      setFound(items)
      setChosen(items.length === 1 ? items[0]!.StudyInstanceUID : null)
    })
  }
  const open = () =>
    run(async () => {
      if (chosen === null) return
      await act('/api/ward/break-glass', { StudyInstanceUID: chosen, reason })
      onOpened(chosen)
    })
  const long = [...reason.trim()].length >= least
  return (
    <div
      className="over"
      role="dialog"
      aria-modal="true"
      aria-label={say('glassTitle')}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.nativeEvent.isComposing) onClose()
      }}
    >
      <div className="glass">
        <h2>{say('glassTitle')}</h2>
        <p>{say('glassText')}</p>
        <form onSubmit={search} className="glass-search">
          <label>
            {say('glassName')}
            {/* biome-ignore lint/a11y/noAutofocus: the dialog was asked for */}
            <input autoFocus value={name} maxLength={64} required onChange={({ target }) => setName(target.value)} />
          </label>
          <label>
            {say('glassBirth')}
            <input type="date" value={birthDate} onChange={({ target }) => setBirthDate(target.value)} />
          </label>
          <label>
            {say('glassNumber')}
            <input value={number} maxLength={64} onChange={({ target }) => setNumber(target.value)} />
          </label>
          <button type="submit" disabled={busy || name.trim() === '' || (birthDate === '' && number.trim() === '')}>
            {say('glassSearch')}
          </button>
        </form>
        {found?.length === 0 && <p className="quiet">{say('glassNone')}</p>}
        {found && found.length > 0 && (
          <>
            <ul className="glass-found">
              {found.map((each) => (
                <li key={each.StudyInstanceUID}>
                  <label>
                    <input
                      type="radio"
                      name="glass"
                      checked={chosen === each.StudyInstanceUID}
                      onChange={() => setChosen(each.StudyInstanceUID)}
                    />{' '}
                    <b>{each.name}</b> {sexText(each.sex, language)} {each.birthYear} ·{' '}
                    {say('glassStudies', { n: each.studies, sites: each.institutions.join('、'), date: dicomDate(each.newest) })}
                  </label>
                </li>
              ))}
            </ul>
            <label className="glass-reason">
              {say('glassReason')}
              <textarea
                rows={2}
                value={reason}
                maxLength={500}
                placeholder={say('glassReasonHint')}
                onChange={({ target }) => setReason(target.value)}
              />
            </label>
          </>
        )}
        {failure !== null && (
          <p className="failure" role="alert">
            {sentenceOf(failure, language)}
          </p>
        )}
        <footer>
          <button type="button" onClick={onClose}>
            {say('cancel')}
          </button>
          <button type="button" className="danger" disabled={busy || chosen === null || !long} onClick={() => void open()}>
            {say('glassOpen')}
          </button>
        </footer>
      </div>
    </div>
  )
}
