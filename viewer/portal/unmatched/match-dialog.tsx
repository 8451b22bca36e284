/** The question before a match: both names in it, and what a correction of the patient's data would change. */
import { Checkbox } from 'antd'
import { useState } from 'react'
import type { Order, UnmatchedStudy } from '../api/order-types.ts'
import { useWords } from '../language/language.tsx'
import { personName } from '../language/person-name.ts'
import { Ask } from '../shell/ask.tsx'
import { Comparison } from '../shell/comparison.tsx'
import { shellWords } from '../shell/words.ts'
import { afterCorrection, correctedAttributes, patientContradicts, studyDiffers, valuesOfStudy } from './compared.ts'
import { unmatchedWords } from './words.ts'

interface Props {
  readonly study: UnmatchedStudy
  readonly order: Order
  readonly busy: boolean
  /** The server sees a contradiction that this page does not. */
  readonly reasonNeeded: boolean
  readonly onMatch: (options: { correct: boolean; reason: string | undefined }) => void
  readonly onCancel: () => void
}

export function MatchDialog({ study, order, busy, reasonNeeded, onMatch, onCancel }: Props) {
  const say = useWords(unmatchedWords)
  const sayShell = useWords(shellWords)
  const differs = studyDiffers(study, order)
  const [correct, setCorrect] = useState(differs)
  return (
    <Ask
      open
      width={640}
      title={say('matchAsk', {
        name: study.patient.name || sayShell('noName'),
        exam: ` ${study.modality} `,
        patient: personName(order.patient.PatientName),
        number: order.AccessionNumber,
      })}
      ok={say('match')}
      busy={busy}
      fields={reasonNeeded || patientContradicts(study, order) ? [{ name: 'reason', label: say('differReason'), required: true }] : []}
      onOk={({ reason }) => onMatch({ correct, reason })}
      onCancel={onCancel}
    >
      <p>{say('matchText')}</p>
      {differs && (
        <>
          <Comparison
            attributes={correctedAttributes}
            columns={[
              { key: 'before', head: say('before'), values: valuesOfStudy(study) },
              { key: 'after', head: say('after'), values: correct ? afterCorrection(study, order) : valuesOfStudy(study) },
            ]}
          />
          <Checkbox className="correct" checked={correct} onChange={({ target }) => setCorrect(target.checked)}>
            {say('correct')} <span className="quiet">{say('correctText')}</span>
          </Checkbox>
        </>
      )}
    </Ask>
  )
}
