/** 发送前自查: four looks with an example of each, one press where all is good. reading.md §6.3. */
import { Alert, Button, Input, InputNumber, Modal, Radio } from 'antd'
import { useState } from 'react'
import { act, sentenceOf } from '../api/http.ts'
import type { BoardStudy, Looked } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { PatientBanner } from '../shell/patient-banner.tsx'
import { looks } from './checked.tsx'
import { Drawing, type Example } from './examples.tsx'
import { judged, useExposure } from './exposure.ts'
import { boardWords } from './words.ts'

interface Props {
  readonly study: BoardStudy
  readonly onClose: () => void
  readonly onSaved: (andSend: boolean) => void
}

/** Nothing is answered by itself: a look that was not taken is none. */
type Answers = Readonly<Record<Example, Looked | null>>
const unanswered: Answers = { sideMark: null, coverage: null, motion: null, exposure: null }

export function SelfCheckForm({ study, onClose, onSaved }: Props) {
  const say = useWords(boardWords)
  const { language } = useLanguage()
  const [answers, setAnswers] = useState<Answers>(study.selfCheck ?? unanswered)
  const [typedIndex, setTypedIndex] = useState<number | null>(study.selfCheck?.exposureIndex ?? null)
  const [note, setNote] = useState(study.selfCheck?.note ?? '')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  const exposure = useExposure(study).data ?? null
  const index = typedIndex ?? exposure?.index ?? null
  const left = looks.filter((look) => answers[look] === null).length
  const poor = looks.some((look) => answers[look] === 'poor')

  const save = async (andSend: boolean) => {
    setBusy(true)
    setFailure(null)
    try {
      const body = {
        ...Object.fromEntries(looks.map((look) => [look, answers[look]])),
        exposureIndex: index === null ? null : Math.max(0, index),
        note,
      }
      await act(`/api/studies/${study.StudyInstanceUID}/self-check`, body)
      onSaved(andSend)
    } catch (error) {
      setFailure(error)
      setBusy(false)
    }
  }
  const sends = study.verbs.includes('send')
  return (
    <Modal
      open
      width={860}
      style={{ top: 16 }}
      title={say('selfCheckTitle', { name: study.patient.name })}
      mask={{ closable: false }}
      onCancel={onClose}
      footer={
        <div className="row-between">
          <span className="quiet">{left > 0 ? say('answerAll', { n: left }) : ''}</span>
          <span className="board-verbs">
            <Button size="large" disabled={left > 0} loading={busy} onClick={() => void save(false)}>
              {say('saveCheck')}
            </Button>
            {sends && (
              <Button size="large" type={poor ? 'default' : 'primary'} disabled={left > 0} loading={busy} onClick={() => void save(true)}>
                {say(poor ? 'sendAllTheSame' : 'checkAndSend')}
              </Button>
            )}
          </span>
        </div>
      }
    >
      <PatientBanner patient={study.patient}>
        <span>
          {study.modality} {study.StudyDescription}
        </span>
      </PatientBanner>
      <div className="row-between">
        <p className="quiet">{say('selfCheckText')}</p>
        <Button
          size="large"
          onClick={() => setAnswers(Object.fromEntries(looks.map((look) => [look, answers[look] ?? 'good'])) as unknown as Answers)}
        >
          ✓ {say('allGood')}
        </Button>
      </div>
      <ul className="looks">
        {looks.map((look) => (
          <li key={look} data-look={look} className={answers[look] ?? 'unanswered'}>
            <h3>{say(look)}</h3>
            <Drawing of={look} which="good" label={say(`${look}Good`)} />
            <Drawing of={look} which="poor" label={say(`${look}Poor`)} />
            <p>
              <span className="done">✓</span> {say(`${look}Good`)}
              <br />
              <span className="late">✗</span> {say(`${look}Poor`)}
              {look === 'exposure' && exposure?.deviation != null && (
                <>
                  <br />
                  <b className={judged(exposure.deviation) === 'diGood' ? 'done' : 'late'}>
                    {say('deviation', { di: exposure.deviation.toFixed(1), say: say(judged(exposure.deviation)) })}
                  </b>
                </>
              )}
            </p>
            <Radio.Group
              optionType="button"
              buttonStyle="solid"
              size="large"
              aria-label={say(look)}
              value={answers[look]}
              onChange={({ target }) => setAnswers({ ...answers, [look]: target.value as Looked })}
              options={[
                { value: 'good', label: say('good') },
                { value: 'poor', label: say('poor') },
                { value: 'none', label: say('notApplicable') },
              ]}
            />
          </li>
        ))}
      </ul>
      <div className="two-columns">
        <label htmlFor="exposure-index">
          {say('exposureIndex')} {exposure !== null && typedIndex === null && <small className="quiet">({say('fromImage')})</small>}
          <InputNumber id="exposure-index" min={0} max={100_000} value={index} onChange={(value) => setTypedIndex(value)} />
        </label>
        <label htmlFor="check-note">
          {say('note')}
          <Input id="check-note" maxLength={500} value={note} onChange={({ target }) => setNote(target.value)} />
        </label>
      </div>
      {poor && <Alert type="warning" showIcon title={say('checkedPoor')} />}
      {failure !== null && <Alert type="error" showIcon title={sentenceOf(failure, language)} />}
    </Modal>
  )
}
