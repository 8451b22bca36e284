/** One study of the tray beside the orders that may be its own. */
import { Button } from 'antd'
import { useState } from 'react'
import type { Order, UnmatchedStudy } from '../api/order-types.ts'
import { exactTime, relativeTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Comparison } from '../shell/comparison.tsx'
import { useNow } from '../shell/now.ts'
import { shellWords } from '../shell/words.ts'
import { comparedAttributes, likelihoodOf, valuesOfOrder, valuesOfStudy, whenOf } from './compared.ts'
import { OtherOrder } from './other-order.tsx'
import { unmatchedWords } from './words.ts'

/** Side by side on a small screen; the rest on demand. */
const atFirst = 3

interface Props {
  readonly study: UnmatchedStudy
  readonly onMatch: (order: Order) => void
  readonly onDismiss: () => void
}

export function StudyCard({ study, onMatch, onDismiss }: Props) {
  const say = useWords(unmatchedWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const now = useNow(30_000)
  const [all, setAll] = useState(false)
  const { patient, candidates } = study
  const shown = all ? candidates : candidates.slice(0, atFirst)
  return (
    <li className="unmatched-study" data-study={study.StudyInstanceUID}>
      <header>
        <strong title={patient.PatientName}>{patient.name || sayShell('noName')}</strong>
        <span>
          <span className="modality">{study.modality}</span> {study.StudyDescription}
        </span>
        <span className="quiet number" title={exactTime(study.receivedAt)}>
          {say('images', { n: study.instances })} · {say('receivedAt', { time: relativeTime(study.receivedAt, now, language) })}
        </span>
        <span className="space" />
        <Button size="large" onClick={onDismiss}>
          {say('noOrder')}
        </Button>
      </header>
      <Comparison
        attributes={comparedAttributes}
        columns={[
          { key: 'study', head: say('study'), values: valuesOfStudy(study) },
          ...shown.map(({ order, score, reasons }) => ({
            key: order.id,
            values: valuesOfOrder(order),
            head: (
              <div className="candidate" data-candidate={order.id}>
                <span>
                  {say('order', { number: order.AccessionNumber })}{' '}
                  <span className={`likelihood likelihood-${likelihoodOf(score)}`}>{say(likelihoodOf(score))}</span>
                </span>
                <span className="quiet number">{whenOf(order)}</span>
                <span className="reasons">{reasons.map((reason) => reason[language]).join(language === 'zh' ? '；' : '; ')}</span>
                <Button size="large" type={order === shown[0]?.order ? 'primary' : 'default'} onClick={() => onMatch(order)}>
                  {say('match')}
                </Button>
              </div>
            ),
          })),
        ]}
      />
      {candidates.length === 0 && <p className="quiet">{say('noCandidates')}</p>}
      <footer>
        <OtherOrder onChoose={onMatch} />
        {!all && candidates.length > shown.length && (
          <Button type="link" onClick={() => setAll(true)}>
            {say('more', { n: candidates.length - shown.length })}
          </Button>
        )}
      </footer>
    </li>
  )
}
