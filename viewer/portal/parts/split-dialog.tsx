/** What was joined goes apart again, or one study becomes two tasks (reading.md §10): a CT may hold several procedures. */
import './parts.css'
import { App, Checkbox, Form, Input, Radio } from 'antd'
import { useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { useSeries } from '../api/rejections.ts'
import type { LightSeries, Workitem } from '../api/types.ts'
import { useSplit } from '../api/workitems.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Ask } from '../shell/ask.tsx'
import { partWords } from './words.ts'

interface Props {
  readonly workitem: Pick<Workitem, 'id' | 'generation' | 'patient' | 'StudyInstanceUID' | 'studies'>
  readonly onClose: () => void
}

export function SplitDialog({ workitem, onClose }: Props) {
  const say = useWords(partWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const { id, generation, patient, StudyInstanceUID, studies = [] } = workitem
  const joined = studies.filter((uid) => uid !== StudyInstanceUID)
  const series = useSeries(StudyInstanceUID).data ?? []
  const split = useSplit()
  const [from, setFrom] = useState(joined[0] ?? StudyInstanceUID)
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [procedure, setProcedure] = useState('')
  const own = from === StudyInstanceUID
  const perform = async (reason: string) => {
    if (own && chosen.length === 0 && procedure.trim() === '') return void message.warning(say('nothing'))
    try {
      const part = own
        ? { SeriesInstanceUIDs: chosen, ...(procedure.trim() === '' ? {} : { procedure: procedure.trim() }) }
        : { StudyInstanceUID: from }
      await split.mutateAsync({ id, generation, reason, ...part })
      message.success(say('split_done'))
      onClose()
    } catch (error) {
      message.warning(sentenceOf(error, language))
    }
  }
  return (
    <Ask
      open
      title={say('splitAsk', { name: patient.name })}
      ok={say('split')}
      width={620}
      busy={split.isPending}
      fields={[{ name: 'reason', label: say('reason'), required: true }]}
      onOk={({ reason = '' }) => void perform(reason)}
      onCancel={onClose}
    >
      <p className="quiet">{say('splitText')}</p>
      {joined.length > 0 && (
        <Radio.Group className="part-choice" value={from} onChange={({ target }) => setFrom(target.value as string)}>
          {joined.map((uid) => (
            <Radio key={uid} value={uid}>
              {say('splitStudy')} <JoinedStudy StudyInstanceUID={uid} />
            </Radio>
          ))}
          <Radio value={StudyInstanceUID}>{say('splitSeries')}</Radio>
        </Radio.Group>
      )}
      {own && (
        <>
          <Checkbox.Group
            className="part-choice"
            value={[...chosen]}
            onChange={setChosen}
            options={series.map((each) => ({ value: each.SeriesInstanceUID, label: say('series', wordsOf(each)) }))}
          />
          <Form.Item label={say('procedure')}>
            <Input value={procedure} maxLength={64} aria-label={say('procedure')} onChange={({ target }) => setProcedure(target.value)} />
          </Form.Item>
        </>
      )}
    </Ask>
  )
}

function JoinedStudy({ StudyInstanceUID }: { readonly StudyInstanceUID: string }) {
  const say = useWords(partWords)
  const series = useSeries(StudyInstanceUID).data ?? []
  return <span className="quiet">{series.map((each) => say('series', wordsOf(each))).join(' · ')}</span>
}

const wordsOf = ({ SeriesNumber, SeriesDescription, Modality, instances }: LightSeries) => ({
  n: SeriesNumber ?? '',
  name: `${Modality} ${SeriesDescription}`.trim(),
  images: instances.length,
})
