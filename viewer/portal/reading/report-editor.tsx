/** The report: 检查所见, 诊断意见, 阴性/阳性 (none preset), saved by itself; below it what may be done now. */
import { Alert, Input, Radio } from 'antd'
import { useId } from 'react'
import type { Account, Polarity, WorkitemDetail } from '../api/types.ts'
import { exactTime } from '../clock.ts'
import { isUnsaved, isWritable, type Text } from '../drafts/draft.ts'
import { useDraft } from '../drafts/use-draft.ts'
import { polarityWords } from '../language/domain.ts'
import { useWords } from '../language/language.tsx'
import { ReportSheet } from '../report/report-sheet.tsx'
import { Conflict } from './conflict.tsx'
import { ReportActions } from './report-actions.tsx'
import type { Viewer } from './viewer.tsx'
import { readingWords } from './words.ts'

interface Props {
  readonly workitem: WorkitemDetail
  readonly account: Account
  readonly writable: boolean
  readonly signedIn: boolean
  readonly viewer: Viewer
}

export const missingIn = ({ findings, impression, polarity }: Text): ('findings' | 'impression' | 'polarity')[] => [
  ...(findings.trim() === '' ? (['findings'] as const) : []),
  ...(impression.trim() === '' ? (['impression'] as const) : []),
  ...(polarity === null ? (['polarity'] as const) : []),
]

export function ReportEditor({ workitem, account, writable, signedIn, viewer }: Props) {
  const say = useWords(readingWords)
  const sayPolarity = useWords(polarityWords)
  const ids = useId()
  const { store, state, copyless } = useDraft({
    account: account.username,
    workitem: workitem.id,
    draft: workitem.draft,
    writable,
    signedIn,
  })
  const { text, phase } = state

  if (workitem.report && workitem.state === 'FINAL') {
    return (
      <>
        <ReportSheet report={workitem.report} plain />
        <ReportActions workitem={workitem} account={account} store={store} text={text} viewer={viewer} writable={false} />
      </>
    )
  }
  const readOnly = !writable || !isWritable(state)
  return (
    <section className="report-editor">
      <div className="save-line" data-phase={phase}>
        {writable || isUnsaved(state) ? (
          <span className={`phase phase-${phase}`}>
            {phase === 'saved' && state.savedAt === null ? say('blank') : say(`phase_${phase}`)}{' '}
            {phase === 'saved' && state.savedAt ? exactTime(state.savedAt).slice(11) : ''}
          </span>
        ) : (
          <span className="quiet">{whyNot(workitem, say)}</span>
        )}
        {state.restored && <span className="badge">{say('restored')}</span>}
        {copyless && writable && <span className="badge badge-late">{say('copyless')}</span>}
      </div>
      {!writable && isUnsaved(state) && <Alert type="error" showIcon title={say('phase_closed')} />}
      <label htmlFor={`${ids}findings`}>{say('findings')}</label>
      <Input.TextArea
        id={`${ids}findings`}
        className="findings"
        value={text.findings}
        readOnly={readOnly}
        onChange={({ target }) => store.type({ findings: target.value })}
      />
      <label htmlFor={`${ids}impression`}>{say('impression')}</label>
      <Input.TextArea
        id={`${ids}impression`}
        className="impression"
        value={text.impression}
        readOnly={readOnly}
        onChange={({ target }) => store.type({ impression: target.value })}
      />
      <div className="polarity" role="radiogroup" aria-label={say('polarity')}>
        {readOnly ? (
          text.polarity && <b>{sayPolarity(text.polarity)}</b>
        ) : (
          <Radio.Group
            optionType="button"
            buttonStyle="solid"
            value={text.polarity}
            onChange={({ target }) => store.type({ polarity: target.value as Polarity })}
            options={[
              { value: 'negative', label: sayPolarity('negative') },
              { value: 'positive', label: sayPolarity('positive') },
            ]}
          />
        )}
        {writable && text.polarity === null && <span className="quiet">{say('polarityNone')}</span>}
      </div>
      <ReportActions workitem={workitem} account={account} store={store} text={text} viewer={viewer} writable={writable} />
      {phase === 'conflict' && state.theirs && (
        <Conflict mine={text} theirs={state.theirs} name={workitem.patient.name} onChoose={store.choose} />
      )}
    </section>
  )
}

function whyNot(workitem: WorkitemDetail, say: ReturnType<typeof useWords<keyof typeof readingWords>>): string {
  if (workitem.state === 'CLAIMED' && workitem.assignee) return say('heldBy', { name: workitem.assignee.displayName })
  if (workitem.state === 'REVIEWING' && workitem.assignee) return say('reviewedBy', { name: workitem.assignee.displayName })
  if (workitem.state === 'SUBMITTED') return say('waiting')
  return workitem.verbs.includes('claim') ? say('notClaimed') : ''
}
