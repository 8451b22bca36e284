/** What may be done with the report now. Buttons come from the server's verbs; text is saved before anything moves on. */
import { App, Button, Input, Space, Tooltip } from 'antd'
import { useState } from 'react'
import { NotDone, sentenceOf } from '../api/http.ts'
import type { Account, WorkitemDetail } from '../api/types.ts'
import { useDeed, useTakeNext } from '../api/workitems.ts'
import type { Text } from '../drafts/draft.ts'
import type { DraftStore } from '../drafts/draft-store.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { listed } from '../language/words.ts'
import { lastList } from '../reading-list/last-list.ts'
import { has } from '../session/session.ts'
import { Ask } from '../shell/ask.tsx'
import { navigate } from '../shell/router.ts'
import { useKeys } from '../shell/use-keys.ts'
import { missingIn } from './report-editor.tsx'
import type { Viewer } from './viewer.tsx'
import { readingWords } from './words.ts'

interface Props {
  readonly workitem: WorkitemDetail
  readonly account: Account
  readonly store: DraftStore
  readonly text: Text
  readonly viewer: Viewer
  readonly writable: boolean
}

type Asked = 'submit' | 'sign' | 'rework' | 'takeover' | 'release'

const done = { submit: 'submitted', sign: 'signed', rework: 'reworkDone', recall: 'recalled', release: 'released' } as const

export function ReportActions({ workitem, account, store, text, viewer, writable }: Props) {
  const say = useWords(readingWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const deed = useDeed()
  const takeNext = useTakeNext()
  const [asked, setAsked] = useState<Asked | null>(null)
  const [passwordNeeded, setPasswordNeeded] = useState(false)
  const [busy, setBusy] = useState(false)
  const { id, generation, verbs, patient } = workitem
  const { name } = patient
  const lock = viewer.bridge.wanted === workitem.StudyInstanceUID ? viewer.lock : 'opening'
  const locked = lock === 'mismatch' || lock === 'opening'
  const missing = missingIn(text)
  const incomplete =
    missing.length > 0
      ? say('missing', {
          what: listed(
            missing.map((part) => say(part)),
            language,
          ),
        })
      : null
  const lockName = viewer.bridge.PatientName || say('unknownPatient')
  const whyNot = locked ? say(`lock_${lock}`, { name: lockName }) : incomplete

  const perform = async (verb: string, body: { reason?: string; password?: string } = {}): Promise<boolean> => {
    setBusy(true)
    try {
      // Whoever holds it sends the text first: what is submitted or signed is what is on the screen.
      if (writable && !(await store.save())) {
        const { phase } = store.state()
        if (phase !== 'signed-out') message.error(say(`phase_${phase}`))
        return false
      }
      await deed.mutateAsync({ id, verb, generation, ...body })
      setAsked(null)
      if (verb in done) message.success(say(done[verb as keyof typeof done], { name }))
      if (verb === 'release') navigate(lastList())
      return true
    } catch (error) {
      if (error instanceof NotDone && error.code === 'password-needed') setPasswordNeeded(true)
      else if (error instanceof NotDone && error.code === 'wrong-password') message.error(say('passwordWrong'))
      else message.error(sentenceOf(error, language))
      return false
    } finally {
      setBusy(false)
    }
  }
  const submit = () => {
    if (whyNot) message.warning(whyNot)
    else if (lock === 'silent') setAsked('submit')
    else void perform('submit')
  }
  const sign = () => {
    if (whyNot) message.warning(whyNot)
    else setAsked('sign')
  }
  const save = () => void store.save()
  const next = async (view: 'todo' | 'review') => {
    try {
      const taken = await takeNext(view, id)
      if (taken) navigate(`/reading/${encodeURIComponent(taken.id)}`)
      else message.info(say('nextNone'))
    } catch (error) {
      message.error(sentenceOf(error, language))
    }
  }

  const keys: Record<string, () => void> = {
    ...(writable ? { 'Ctrl+KeyS': save } : {}),
    ...(verbs.includes('submit') ? { 'Ctrl+Enter': submit } : {}),
    ...(verbs.includes('sign') ? { 'Ctrl+Shift+Enter': sign } : {}),
    ...(!writable && verbs.includes('claim') ? { KeyC: () => void perform('claim') } : {}),
  }
  useKeys(keys)

  return (
    <div className="report-actions">
      <Space wrap>
        {!writable && verbs.includes('claim') && (
          <Button type="primary" loading={busy} onClick={() => void perform('claim')}>
            {say(workitem.state === 'REWORK' ? 'claimRework' : 'claim')}
          </Button>
        )}
        {!writable && verbs.includes('review') && (
          <Button type="primary" loading={busy} onClick={() => void perform('review')}>
            {say('review')}
          </Button>
        )}
        {verbs.includes('submit') && (
          <Tooltip title={whyNot ?? 'Ctrl+Enter'}>
            <Button type="primary" loading={busy} disabled={locked} onClick={submit}>
              {say('submit')}
            </Button>
          </Tooltip>
        )}
        {verbs.includes('sign') && (
          <Tooltip title={whyNot ?? 'Ctrl+Shift+Enter'}>
            <Button type="primary" loading={busy} disabled={locked} onClick={sign}>
              {say('sign')}
            </Button>
          </Tooltip>
        )}
        {verbs.includes('rework') && <Button onClick={() => setAsked('rework')}>{say('rework')}</Button>}
        {verbs.includes('recall') && (
          <Tooltip title={say('recallHint')}>
            <Button loading={busy} onClick={() => void perform('recall')}>
              {say('recall')}
            </Button>
          </Tooltip>
        )}
        {verbs.includes('takeover') && <Button onClick={() => setAsked('takeover')}>{say('takeover')}</Button>}
        {writable && (
          <Tooltip title="Ctrl+S">
            <Button onClick={save}>{say('save')}</Button>
          </Tooltip>
        )}
        {verbs.includes('release') && <Button onClick={() => setAsked('release')}>{say('release')}</Button>}
        {workitem.reportId && (
          <Button type={workitem.state === 'FINAL' ? 'primary' : 'default'} onClick={() => navigate(`/reports/${workitem.reportId}`)}>
            {say('viewReport')}
          </Button>
        )}
        {!writable && has(account, 'radiologist', 'reviewer') && <Button onClick={() => void next('todo')}>{say('next')}</Button>}
        {!writable && has(account, 'reviewer') && <Button onClick={() => void next('review')}>{say('nextReview')}</Button>}
      </Space>
      {whyNot && !locked && (verbs.includes('submit') || verbs.includes('sign')) && <p className="quiet why-not">{whyNot}</p>}
      <Ask
        open={asked === 'submit'}
        title={say('submitAsk', { name })}
        ok={say('submit')}
        busy={busy}
        fields={[{ name: 'reason', label: say('viewerReason'), required: true }]}
        onOk={(values) => perform('submit', values)}
        onCancel={() => setAsked(null)}
      />
      <Ask
        open={asked === 'sign'}
        title={say('signAsk', { name })}
        ok={say('sign')}
        busy={busy}
        fields={[
          ...(lock === 'silent' ? [{ name: 'reason' as const, label: say('viewerReason'), required: true }] : []),
          ...(passwordNeeded ? [{ name: 'password' as const, label: say('passwordNeeded'), required: true }] : []),
        ]}
        onOk={(values) => perform('sign', values)}
        onCancel={() => setAsked(null)}
      >
        <Input.TextArea readOnly autoSize={{ maxRows: 6 }} value={text.impression} aria-label={say('impression')} />
        <p className="quiet">{say('signText')}</p>
      </Ask>
      <Ask
        open={asked === 'rework'}
        title={say('reworkAsk', { name })}
        ok={say('rework')}
        busy={busy}
        fields={[{ name: 'reason', label: say('reworkComment'), required: true }]}
        onOk={(values) => perform('rework', values)}
        onCancel={() => setAsked(null)}
      />
      <Ask
        open={asked === 'takeover'}
        title={say('takeoverAsk', { name })}
        ok={say('takeover')}
        busy={busy}
        fields={[{ name: 'reason', label: say('takeoverReason'), required: true }]}
        onOk={(values) => perform('takeover', values)}
        onCancel={() => setAsked(null)}
      />
      <Ask
        open={asked === 'release'}
        title={say('releaseAsk', { name })}
        ok={say('release')}
        busy={busy}
        fields={[]}
        onOk={() => perform('release')}
        onCancel={() => setAsked(null)}
      >
        <p>{say('releaseText')}</p>
      </Ask>
    </div>
  )
}
