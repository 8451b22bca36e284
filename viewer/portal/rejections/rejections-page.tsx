/** 已拒收/删除: what was rejected, restoring it, and its end, which two people decide. reading.md §8.2. */
import './rejections.css'
import { Segmented, Tabs } from 'antd'
import { useState } from 'react'
import type { Line } from '../api/events.ts'
import { type Rejection, type RejectionState, type RejectionVerb, rejectionStates } from '../api/rejection-types.ts'
import { performOnRejection, useRejections } from '../api/rejections.ts'
import type { Account } from '../api/types.ts'
import { named } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useDeed } from '../patients/use-deed.ts'
import { has } from '../session/session.ts'
import { Answer } from '../shell/answer.tsx'
import { Ask } from '../shell/ask.tsx'
import { navigate, useAddressQuery } from '../shell/router.ts'
import { shellWords } from '../shell/words.ts'
import { RejectionTable } from './rejection-table.tsx'
import { StudySearch } from './study-search.tsx'
import { usualCodes } from './use-reject.tsx'
import { rejectionStateWords, rejectionWords } from './words.ts'

export function RejectionsPage({ account, tab, line }: { account: Account; tab: string; line: Line }) {
  const say = useWords(rejectionWords)
  const codes = has(account, 'administrator') ? ([...usualCodes, '113039'] as const) : usualCodes
  return (
    <div className="settings rejections">
      <Tabs
        activeKey={tab || 'list'}
        onChange={(key) => navigate(key === 'list' ? '/rejections' : `/rejections/${key}`)}
        destroyOnHidden
        items={[
          { key: 'list', label: say('list'), children: <RejectionList line={line} /> },
          { key: 'studies', label: say('studies'), children: <StudySearch codes={codes} /> },
        ]}
      />
    </div>
  )
}

/** The question, what it means, and what is said when it is done. */
const asks = {
  restore: ['restoreAsk', 'restoreText', 'restoredDone'],
  'request-purge': ['requestAsk', 'requestText', 'requestDone'],
  'confirm-purge': ['confirmAsk', 'confirmText', 'confirmDone'],
  'withdraw-purge': ['withdrawAsk', 'withdrawText', 'withdrawDone'],
} as const satisfies Readonly<Record<RejectionVerb, readonly (keyof typeof rejectionWords)[]>>

function RejectionList({ line }: { line: Line }) {
  const say = useWords(rejectionWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const [address, change] = useAddressQuery()
  const state = rejectionStates.find((each) => each === address.get('state')) ?? 'rejected'
  const rejections = useRejections(state, line)
  const { busy, perform } = useDeed()
  const [asked, setAsked] = useState<{ readonly rejection: Rejection; readonly verb: RejectionVerb } | null>(null)
  const values = {
    name: asked?.rejection.patient.name || sayShell('noName'),
    n: asked?.rejection.instances ?? 0,
    by: asked?.rejection.purge?.requestedBy ?? '',
    reason: asked?.rejection.purge?.reason ?? '',
  }
  const [question, text, done] = asks[asked?.verb ?? 'restore']
  return (
    <>
      <Segmented<RejectionState>
        className="rejection-states"
        value={state}
        onChange={(value) => change({ state: value })}
        options={rejectionStates.map((value) => ({ value, label: named(rejectionStateWords, value, language) }))}
      />
      <Answer query={rejections}>
        {({ items }) => <RejectionTable state={state} items={items} onVerb={(rejection, verb) => setAsked({ rejection, verb })} />}
      </Answer>
      <Ask
        open={asked !== null}
        title={say(question, values)}
        ok={say(asked?.verb ?? 'restore')}
        busy={busy}
        danger={asked?.verb === 'confirm-purge'}
        fields={[{ name: 'reason', label: say('why'), required: true }]}
        onOk={async ({ reason = '' }) => {
          if (asked && (await perform(() => performOnRejection(asked.rejection.id, asked.verb, reason), say(done, values)))) setAsked(null)
        }}
        onCancel={() => setAsked(null)}
      >
        <p>{say(text, values)}</p>
      </Ask>
    </>
  )
}
