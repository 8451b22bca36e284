/** A critical value on the reader's screen: how far it has come, and the telephone when nobody answers. */
import { App } from 'antd'
import { useState } from 'react'
import type { Critical } from '../api/critical-types.ts'
import { useCriticalDeed } from '../api/criticals.ts'
import { sentenceOf } from '../api/http.ts'
import { named, placeText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Ask } from '../shell/ask.tsx'
import { navigate } from '../shell/router.ts'
import { stopwatch } from './countdown.ts'
import { PhoneDialog } from './phone-dialog.tsx'
import { criticalStateWords, criticalWords } from './words.ts'

/** Verbs of the centre that are one press. */
const presses = ['verify', 'confirm', 'close'] as const

export function ReaderLine({ critical, now }: { readonly critical: Critical; readonly now: number }) {
  const say = useWords(criticalWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const deed = useCriticalDeed()
  const [asking, setAsking] = useState<'withdraw' | 'repeat' | 'act' | 'phone' | null>(null)
  const { patient, finding, acknowledged, action, state, verbs, level } = critical
  const perform = async (verb: string, body: Readonly<Record<string, unknown>> = {}) => {
    try {
      await deed.mutateAsync({ id: critical.id, verb, body })
      setAsking(null)
    } catch (error) {
      message.warning(sentenceOf(error, language))
    }
  }
  const waiting = state === 'NOTIFYING'
  return (
    <div className="critical-line no-print" data-critical={critical.id}>
      <b>
        <span aria-hidden="true">‼ </span>
        {say('critical')} · {named(criticalStateWords, state, language)}
      </b>
      <span className="critical-what">
        <button type="button" className="critical-link" onClick={() => navigate(`/reading/${critical.workitem}`)}>
          <b>{patient.name}</b>
        </button>{' '}
        <span className="quiet">
          {critical.institution.name} {placeText(critical, language)}
        </span>{' '}
        {critical.suspected && `${say('suspected')} `}
        {finding ? (language === 'zh' ? finding.zh : finding.en) : critical.text}
        {acknowledged && <span> · {say('readBackBy', { name: acknowledged.name, text: acknowledged.readBack })}</span>}
        {action && <span> · {action.text}</span>}
      </span>
      {waiting && (
        <span className="number">
          {stopwatch(now - Date.parse(critical.raisedAt))}
          {level > 0 && <b> · {say('noAnswer')}</b>}
        </span>
      )}
      {waiting && verbs.includes('call') && (
        <button type="button" className={level > 0 ? 'urgent' : undefined} onClick={() => setAsking('phone')}>
          {say('phone')}
        </button>
      )}
      {presses
        .filter((verb) => verbs.includes(verb))
        .map((verb) => (
          <button key={verb} type="button" disabled={deed.isPending} onClick={() => void perform(verb)}>
            {say(verb)}
          </button>
        ))}
      {state === 'ACKNOWLEDGED' && verbs.includes('act') && acknowledged?.via === 'phone' && (
        <button type="button" onClick={() => setAsking('act')}>
          {say('act')}
        </button>
      )}
      {verbs.includes('repeat') && acknowledged?.confirmed === null && (
        <button type="button" onClick={() => setAsking('repeat')}>
          {say('repeat')}
        </button>
      )}
      {verbs.includes('withdraw') && (
        <button type="button" onClick={() => setAsking('withdraw')}>
          {say('withdraw')}
        </button>
      )}
      {asking === 'phone' && <PhoneDialog critical={critical} onClose={() => setAsking(null)} />}
      {(asking === 'withdraw' || asking === 'repeat' || asking === 'act') && (
        <Ask
          open
          title={say(asking === 'withdraw' ? 'withdrawAsk' : asking === 'repeat' ? 'repeatAsk' : 'act', { name: patient.name })}
          ok={say(asking === 'withdraw' ? 'withdrawOk' : asking === 'repeat' ? 'repeat' : 'act')}
          leave={say('keep')}
          danger={asking === 'withdraw'}
          busy={deed.isPending}
          fields={[{ name: 'reason', label: say(asking === 'act' ? 'action' : 'reason'), required: true }]}
          onOk={({ reason = '' }) => void perform(asking, asking === 'act' ? { text: reason } : { reason })}
          onCancel={() => setAsking(null)}
        >
          {asking === 'withdraw' && <p>{say('withdrawText')}</p>}
        </Ask>
      )}
    </div>
  )
}
