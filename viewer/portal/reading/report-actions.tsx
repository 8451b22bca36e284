/** What may be done with the report now. Buttons come from the server's verbs; text is saved before anything moves on. */
import { App, Button, Input, Space, Tooltip } from 'antd'
import { useState } from 'react'
import { type Finding, lintNow, type Override } from '../api/editor.ts'
import { NotDone, sentenceOf } from '../api/http.ts'
import type { Account, WorkitemDetail } from '../api/types.ts'
import { useDeed, useTakeNext } from '../api/workitems.ts'
import type { Text } from '../drafts/draft.ts'
import type { DraftStore } from '../drafts/draft-store.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { listed } from '../language/words.ts'
import { useAutoNext } from '../reading-list/auto-next.ts'
import { lastList } from '../reading-list/last-list.ts'
import { has } from '../session/session.ts'
import { Ask } from '../shell/ask.tsx'
import { navigate } from '../shell/router.ts'
import { useKeys } from '../shell/use-keys.ts'
import { wentBack } from '../signing/signing-session.ts'
import { useUndo } from '../signing/undo.tsx'
import { ChecksDialog, standsInTheWay } from './checks-dialog.tsx'
import { sectionWords } from './editor-words.ts'
import { missingIn } from './report-editor.tsx'
import { ReviewGrade } from './review-grade.tsx'
import { useUnseen } from './unseen.tsx'
import type { Review } from './use-review.ts'
import type { Viewer } from './viewer.tsx'
import { readingWords } from './words.ts'

interface Props {
  readonly workitem: WorkitemDetail
  readonly account: Account
  readonly store: DraftStore
  readonly text: Text
  readonly viewer: Viewer
  readonly writable: boolean
  /** What the checks found in the text on the screen. */
  readonly findings?: readonly Finding[]
  readonly review?: Review
  onShow?(finding: Finding): void
}

interface Body {
  readonly reason?: string
  readonly overrides?: readonly Override[]
}

/** A verb that waits for its findings to be answered. */
interface Unchecked {
  readonly verb: 'submit' | 'sign'
  readonly body: Body
  readonly findings: readonly Finding[]
}

type Asked = 'submit' | 'sign' | 'rework' | 'takeover' | 'release' | 'temp-release' | 'abandon'

const done = {
  submit: 'submitted',
  rework: 'reworkDone',
  recall: 'recalled',
  release: 'released',
  'temp-release': 'tempReleased',
  abandon: 'abandoned',
} as const

export function ReportActions({ workitem, account, store, text, viewer, writable, findings = [], review, onShow }: Props) {
  const say = useWords(readingWords)
  const saySection = useWords(sectionWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const deed = useDeed()
  const offerUndo = useUndo()
  const takeNext = useTakeNext()
  const autoNext = useAutoNext()
  const [asked, setAsked] = useState<Asked | null>(null)
  const [busy, setBusy] = useState(false)
  /** Reasons that go with the signature. */
  const [given, setGiven] = useState<Body>({})
  const [unchecked, setUnchecked] = useState<Unchecked | null>(null)
  /** The server has not been told that the images were seen: it wants a reason. */
  const [unseen, setUnseen] = useState(false)
  const { id, generation, verbs, patient } = workitem
  const { name } = patient
  const lock = viewer.bridge.wanted === workitem.StudyInstanceUID ? viewer.lock : 'opening'
  const locked = lock === 'mismatch' || lock === 'opening'
  const missing = missingIn(text)
  const incomplete =
    missing.length > 0
      ? say('missing', {
          what: listed(
            missing.map((part) => saySection(part)),
            language,
          ),
        })
      : null
  const lockName = viewer.bridge.PatientName || say('unknownPatient')
  const whyNot = locked ? say(`lock_${lock}`, { name: lockName }) : incomplete
  const notSeen = useUnseen(workitem, viewer.bridge.seen)

  /** Reviews ride with what ends them; reasons with what they allow. */
  const detailsOf = (verb: string, { overrides }: Body): Readonly<Record<string, unknown>> => ({
    ...(overrides ? { overrides } : {}),
    ...(review?.mode === 'reviewing' && (verb === 'rework' || verb === 'sign') ? review.details() : {}),
  })
  const perform = async (verb: string, body: Body = {}): Promise<boolean> => {
    setBusy(true)
    try {
      // Whoever holds it sends the text first: what is submitted or signed is what is on the screen.
      if (writable && !(await store.save())) {
        const { phase } = store.state()
        if (phase !== 'signed-out') message.error(say(`phase_${phase}`))
        return false
      }
      const { overrides: _, ...rest } = body
      const details = detailsOf(verb, body)
      await deed.mutateAsync({ id, verb, generation, ...rest, ...(Object.keys(details).length > 0 ? { details } : {}) })
      setAsked(null)
      setUnchecked(null)
      if (verb === 'sign') offerUndo(id, name)
      else if (verb in done) message.success(say(done[verb as keyof typeof done], { name }))
      if (verb === 'release') navigate(lastList())
      if (verb === 'submit' || verb === 'sign') void autoNext(verb, id)
      return true
    } catch (error) {
      if (error instanceof NotDone && error.code === 'unchecked' && (verb === 'submit' || verb === 'sign')) {
        setAsked(null)
        setUnchecked({ verb, body, findings: error.current as readonly Finding[] })
      } else if (
        error instanceof NotDone &&
        error.code === 'images-unseen' &&
        (verb === 'submit' || verb === 'sign' || verb === 'temp-release')
      ) {
        const { reason: _reason, ...kept } = body
        setGiven(kept)
        setUnchecked(null)
        setUnseen(true)
        setAsked(verb)
      } else if (!wentBack(error)) message.error(sentenceOf(error, language))
      return false
    } finally {
      setBusy(false)
    }
  }
  const answered = (overrides: readonly Override[]) => {
    if (unchecked === null) return
    const body = { ...unchecked.body, overrides: [...(unchecked.body.overrides ?? []), ...overrides] }
    // Reasons are given before the question whether to sign.
    if (unchecked.verb === 'sign' && Object.keys(unchecked.body).length === 0) {
      setGiven(body)
      setUnchecked(null)
      setAsked('sign')
    } else void perform(unchecked.verb, body)
  }
  const submit = () => {
    setGiven({})
    setUnseen(false)
    if (whyNot) message.warning(whyNot)
    else if (lock === 'silent') setAsked('submit')
    else void perform('submit')
  }
  const sign = async () => {
    setGiven({})
    setUnseen(false)
    if (whyNot) return void message.warning(whyNot)
    // As the text is now, not as it was checked while it was typed; without an answer the signature itself says what is open.
    const fresh = await lintNow(id, text).catch(() => findings)
    if (fresh.some((finding) => standsInTheWay(finding, 'sign'))) setUnchecked({ verb: 'sign', body: {}, findings: fresh })
    else setAsked('sign')
  }
  const viewerReason = { name: 'reason' as const, label: say('viewerReason'), required: true }
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
    ...(verbs.includes('sign') ? { 'Ctrl+Shift+Enter': () => void sign() } : {}),
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
          <Tooltip title="Ctrl+Enter">
            <Button type="primary" loading={busy} disabled={locked} onClick={submit}>
              {say('submit')}
            </Button>
          </Tooltip>
        )}
        {verbs.includes('sign') && (
          <Tooltip title="Ctrl+Shift+Enter">
            <Button type="primary" loading={busy} disabled={locked} onClick={() => void sign()}>
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
        {verbs.includes('temp-release') && (
          <Tooltip title={say('tempReleaseHint')}>
            <Button
              danger
              onClick={() => {
                setUnseen(false)
                setAsked('temp-release')
              }}
            >
              {say('tempRelease')}
            </Button>
          </Tooltip>
        )}
        {verbs.includes('abandon') && <Button onClick={() => setAsked('abandon')}>{say('abandon')}</Button>}
        {verbs.includes('takeover') && <Button onClick={() => setAsked('takeover')}>{say('takeover')}</Button>}
        {writable && (
          <Tooltip title="Ctrl+S">
            <Button onClick={save}>{say('save')}</Button>
          </Tooltip>
        )}
        {verbs.includes('release') && !verbs.includes('abandon') && <Button onClick={() => setAsked('release')}>{say('release')}</Button>}
        {workitem.reportId && (
          <Button type={workitem.state === 'FINAL' ? 'primary' : 'default'} onClick={() => navigate(`/reports/${workitem.reportId}`)}>
            {say('viewReport')}
          </Button>
        )}
        {!writable && has(account, 'radiologist', 'reviewer') && <Button onClick={() => void next('todo')}>{say('next')}</Button>}
        {!writable && has(account, 'reviewer') && <Button onClick={() => void next('review')}>{say('nextReview')}</Button>}
      </Space>
      {notSeen.map((sentence) => (
        <p key={sentence} className="why-not unseen">
          <span aria-hidden="true">!</span> {sentence}
        </p>
      ))}
      {whyNot && !locked && (verbs.includes('submit') || verbs.includes('sign')) && <p className="quiet why-not">{whyNot}</p>}
      {unchecked && (
        <ChecksDialog
          findings={unchecked.findings}
          verb={unchecked.verb}
          name={name}
          busy={busy}
          onGoOn={answered}
          onGoBack={(finding) => {
            setUnchecked(null)
            // The dialog gives the focus back first.
            if (finding) setTimeout(() => onShow?.(finding), 200)
          }}
        />
      )}
      <Ask
        open={asked === 'submit'}
        title={say('submitAsk', { name })}
        ok={say('submit')}
        busy={busy}
        fields={[viewerReason]}
        onOk={(values) => perform('submit', { ...given, ...values })}
        onCancel={() => setAsked(null)}
      >
        {notSeen.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </Ask>
      <Ask
        open={asked === 'sign'}
        title={say('signAsk', { name })}
        ok={say('sign')}
        busy={busy}
        fields={lock === 'silent' || unseen ? [viewerReason] : []}
        onOk={(values) => perform('sign', { ...given, ...values })}
        onCancel={() => setAsked(null)}
      >
        {notSeen.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        <Input.TextArea readOnly autoSize={{ maxRows: 6 }} value={text.impression} aria-label={say('impression')} />
        {review?.mode === 'reviewing' && <ReviewGrade review={review} />}
        <p className="quiet">{say('signText')}</p>
      </Ask>
      <Ask
        open={asked === 'temp-release'}
        title={say('tempReleaseAsk', { name })}
        ok={say('tempRelease')}
        danger
        busy={busy}
        fields={unseen ? [viewerReason] : []}
        onOk={(values) => perform('temp-release', values)}
        onCancel={() => setAsked(null)}
      >
        <p>{say('tempReleaseText')}</p>
        {notSeen.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </Ask>
      <Ask
        open={asked === 'abandon'}
        title={say('abandonAsk', { name })}
        ok={say('abandon')}
        busy={busy}
        fields={[]}
        onOk={() => perform('abandon')}
        onCancel={() => setAsked(null)}
      >
        <p>{say('abandonText')}</p>
      </Ask>
      <Ask
        open={asked === 'rework'}
        title={say('reworkAsk', { name })}
        ok={say('rework')}
        busy={busy}
        fields={[{ name: 'reason', label: say('reworkComment'), required: true }]}
        onOk={(values) => perform('rework', values)}
        onCancel={() => setAsked(null)}
      >
        {review?.mode === 'reviewing' && <ReviewGrade review={review} />}
      </Ask>
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
