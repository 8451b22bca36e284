/** Several studies that are one exam are read and reported in one task (reading.md §10): a DR machine may make a study of every view. */
import './parts.css'
import { App, Radio } from 'antd'
import { useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import type { Workitem } from '../api/types.ts'
import { useJoin, useTasksOf } from '../api/workitems.ts'
import { dicomDate } from '../clock.ts'
import { named, stateWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { Ask } from '../shell/ask.tsx'
import { mayRearrange } from './may.ts'
import { partWords } from './words.ts'

interface Props {
  readonly workitem: Pick<Workitem, 'id' | 'generation' | 'patient'>
  readonly onClose: () => void
}

export function JoinDialog({ workitem, onClose }: Props) {
  const say = useWords(partWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const { id, generation, patient } = workitem
  const tasks = useTasksOf(patient)
  const join = useJoin()
  const [other, setOther] = useState<string | null>(null)
  const perform = async (reason: string) => {
    if (other === null) return void message.warning(say('choose'))
    try {
      await join.mutateAsync({ id, generation, other, reason })
      message.success(say('joined', { name: patient.name }))
      onClose()
    } catch (error) {
      message.warning(sentenceOf(error, language))
    }
  }
  const others = (tasks.data?.items ?? []).filter(
    (task) => task.id !== id && task.patient.name === patient.name && (task.state === 'UPLOADING' || mayRearrange(task)),
  )
  return (
    <Ask
      open
      title={say('joinAsk', { name: patient.name })}
      ok={say('join')}
      width={620}
      busy={join.isPending}
      disabled={others.length === 0}
      fields={others.length === 0 ? [] : [{ name: 'reason', label: say('reason'), required: true }]}
      onOk={({ reason = '' }) => void perform(reason)}
      onCancel={onClose}
    >
      <p className="quiet">{say('joinText')}</p>
      <Answer query={tasks}>
        {() =>
          others.length === 0 ? (
            <p>{say('joinNone')}</p>
          ) : (
            <Radio.Group className="part-choice" value={other} onChange={({ target }) => setOther(target.value as string)}>
              {others.map((task) => (
                <Radio key={task.id} value={task.id}>
                  <span className="modality">{task.modality}</span> {task.StudyDescription || task.bodyPart}{' '}
                  <span className="number">{dicomDate(task.StudyDate)}</span>{' '}
                  <span className="quiet">
                    {task.institution.name} {task.AccessionNumber} {named(stateWords, task.state, language)}
                  </span>
                </Radio>
              ))}
            </Radio.Group>
          )
        }
      </Answer>
    </Ask>
  )
}
