/** One conflict: what it is about, both sides attribute by attribute, and what can be decided. */
import { Button } from 'antd'
import { useState } from 'react'
import type { Conflict, ConflictDecision } from '../api/patient-types.ts'
import { decideConflict } from '../api/patients.ts'
import { exactTime, relativeTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { personName } from '../language/person-name.ts'
import { Ask } from '../shell/ask.tsx'
import { Comparison } from '../shell/comparison.tsx'
import { useNow } from '../shell/now.ts'
import { navigate } from '../shell/router.ts'
import { shellWords } from '../shell/words.ts'
import { decisionText } from './decisions.ts'
import { attributesOf } from './differences.ts'
import { useDeed } from './use-deed.ts'
import { patientWords } from './words.ts'

type Word = keyof typeof patientWords

/** What each kind is called, and its two sides. */
const kinds: Readonly<Record<string, readonly [kind: Word, current: Word, other: Word]>> = {
  identity: ['identity', 'currentPatient', 'otherArrived'],
  disagreement: ['disagreement', 'currentShown', 'otherLater'],
  content: ['content', 'currentVersion', 'otherVersion'],
  encoding: ['encoding', 'currentVersion', 'otherVersion'],
  held: ['held', 'currentStudy', 'otherHeld'],
}

export function ConflictCard({ conflict }: { conflict: Conflict }) {
  const say = useWords(patientWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const now = useNow(30_000)
  const { busy, perform } = useDeed()
  const [deciding, setDeciding] = useState<ConflictDecision | null>(null)
  const { current, other, kind, decided, decisions } = conflict
  const [kindWord, currentWord, otherWord] = kinds[kind] ?? (['disagreement', 'currentShown', 'otherLater'] as const)
  const name = personName(current.PatientName ?? other.PatientName ?? '') || sayShell('noName')
  const decide = async ({ reason = '' }: { reason?: string }) => {
    if (deciding && (await perform(() => decideConflict(conflict.id, deciding.code, reason), say('done')))) setDeciding(null)
  }
  return (
    <li className="conflict" data-conflict={conflict.id} data-kind={kind}>
      <header>
        <span className="badge badge-late">{say(kindWord)}</span>
        <strong>{name}</strong>
        <span>{conflict.what[language]}</span>
        <span className="space" />
        <span className="quiet" title={exactTime(conflict.at)}>
          {conflict.institution.name} · {say('at', { time: relativeTime(conflict.at, now, language) })}
        </span>
      </header>
      <Comparison
        attributes={attributesOf(current, other)}
        columns={[
          { key: 'current', head: say(currentWord), values: current },
          { key: 'other', head: say(otherWord), values: other },
        ]}
      />
      {decided && (
        <p className="quiet">
          {say('decidedBy', {
            by: decided.by,
            at: exactTime(decided.at),
            decision: decisionText(decided.decision, language),
            reason: decided.reason,
          })}
        </p>
      )}
      {decisions.length > 0 && (
        <footer>
          {decisions.map((decision) => (
            <Button key={decision.code} size="large" danger={decision.destructive} onClick={() => setDeciding(decision)}>
              {decision[language]}
            </Button>
          ))}
          <span className="space" />
          {conflict.StudyInstanceUID && (
            <Button type="link" onClick={() => navigate(`/corrections/${conflict.StudyInstanceUID}`)}>
              {say('correctStudy')}
            </Button>
          )}
        </footer>
      )}
      <Ask
        open={deciding !== null}
        title={deciding ? say('decideAsk', { name, decision: deciding[language].replace(/[。.]$/, '') }) : ''}
        ok={deciding?.[language].replace(/[。.]$/, '') ?? ''}
        danger={deciding?.destructive ?? false}
        busy={busy}
        fields={[{ name: 'reason', label: say('decideReason'), required: true }]}
        onOk={decide}
        onCancel={() => setDeciding(null)}
      />
    </li>
  )
}
