/**
 * The report as it is written (reading.md §4, §6.2): sections, the choices that nothing presets, key images, what the checks found, what another hand
 * changed. Saved by itself; below it what may be done now.
 */
import './editor.css'
import { Alert, App, Button, Dropdown } from 'antd'
import { useCallback, useEffect, useId, useMemo, useRef, useState } from 'react'
import { type Finding, useLint, useTexts } from '../api/editor.ts'
import type { Phrase } from '../api/phrase-types.ts'
import { noteUsed, usePhrases } from '../api/phrases.ts'
import type { Account, Prior, ReportText, WorkitemDetail } from '../api/types.ts'
import { dicomDate, exactTime } from '../clock.ts'
import { isUnsaved, isWritable } from '../drafts/draft.ts'
import { useDraft } from '../drafts/use-draft.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { ReportSheet } from '../report/report-sheet.tsx'
import { useKeys } from '../shell/use-keys.ts'
import { AnchorLinks, goToAnchor } from './anchor-links.tsx'
import { ChangesPanel } from './changes-panel.tsx'
import { Choices, choiceKeys } from './choices.tsx'
import { editorWords, sectionWords } from './editor-words.ts'
import { ageBandOf, type Examination, expansionOf } from './expansion.ts'
import { Forks } from './forks.tsx'
import { KeyImageStrip, keyOf, mostKeyImages } from './key-image-strip.tsx'
import { LintPanel } from './lint-panel.tsx'
import { Merge } from './merge.tsx'
import { placeholdersIn } from './placeholders.ts'
import { ReportActions } from './report-actions.tsx'
import { SectionField } from './section-field.tsx'
import { type TextSection, textSections } from './sections.ts'
import { TemplateChooser } from './template-chooser.tsx'
import { useReview } from './use-review.ts'
import { useSections } from './use-sections.ts'
import type { Viewer } from './viewer.tsx'
import { viewerWords } from './viewer-words.ts'
import { readingWords } from './words.ts'

interface Props {
  readonly workitem: WorkitemDetail
  readonly account: Account
  readonly writable: boolean
  readonly signedIn: boolean
  readonly viewer: Viewer
}

export type Missing = 'findings' | 'impression' | 'polarity' | 'wording' | 'grade'

export const missingIn = ({ findings, impression, polarity, wording, grade }: ReportText): Missing[] => [
  ...(findings.trim() === '' ? (['findings'] as const) : []),
  ...(impression.trim() === '' ? (['impression'] as const) : []),
  ...(polarity === null ? (['polarity'] as const) : []),
  ...(wording === null ? (['wording'] as const) : []),
  ...(grade === null ? (['grade'] as const) : []),
]

const standing: readonly string[] = ['FINAL', 'AMENDED', 'RETRACTED']

export function ReportEditor({ workitem, account, writable, signedIn, viewer }: Props) {
  const say = useWords(readingWords)
  const sayEditor = useWords(editorWords)
  const sayViewer = useWords(viewerWords)
  const saySection = useWords(sectionWords)
  const { language } = useLanguage()
  const { message, modal } = App.useApp()
  const ids = useId()
  const elsewhere = !writable && !workitem.verbs.includes('claim')
  const { store, state, copyless } = useDraft({
    account: account.username,
    workitem: workitem.id,
    draft: workitem.draft,
    writable,
    elsewhere,
    signedIn,
  })
  const { text, phase } = state
  const final = workitem.report !== null && standing.includes(workitem.state)
  const readOnly = !writable || !isWritable(state)
  const sections = useSections()
  const texts = useTexts(workitem.id, signedIn && !final).data
  const review = useReview(workitem, account.username, text, texts)
  const { instances, studies, newImages, unseen } = workitem
  const images = JSON.stringify([instances, studies, newImages, unseen])
  const checked = useLint(workitem.id, text, images, signedIn && writable && phase !== 'loading')
  const templates = usePhrases('template', writable).data
  const macros = usePhrases('macro', writable).data
  const phrases = useMemo(() => [...(templates ?? []), ...(macros ?? [])], [templates, macros])
  const [choosing, setChoosing] = useState(false)
  const { modality, bodyPart, StudyDescription, patient } = workitem
  const examination: Examination = { modality, bodyPart, StudyDescription, sex: patient.sex, ageBand: ageBandOf(patient.age) }
  const type = store.type

  const fill = (phrase: Phrase, how: 'replace' | 'append') => {
    const before = store.state().text
    const change: Partial<Record<TextSection, string>> = {}
    for (const [name, words] of Object.entries(phrase.sections)) {
      const section = name as TextSection
      const stands = before[section].trim()
      change[section] = how === 'append' && stands !== '' ? `${before[section].trimEnd()}\n${words}` : words
    }
    type(change)
    // After the text areas have it.
    setTimeout(() => sections.firstBlank(store.state().text) || sections.select('findings', 0, 0))
    const note = message.open({
      type: 'success',
      duration: 6,
      content: (
        <>
          {sayEditor('applied', { title: phrase.title })}{' '}
          <Button
            size="small"
            type="link"
            onClick={() => {
              type(before)
              note()
            }}
          >
            {sayEditor('undo')}
          </Button>
        </>
      ),
    })
  }
  const use = (phrase: Phrase) => {
    setChoosing(false)
    noteUsed(phrase)
    const words = phrase.sections.text
    // The dialog gives the focus back first.
    if (phrase.kind === 'macro' && words !== undefined) return void setTimeout(() => sections.insert(words), 200)
    const occupied = Object.keys(phrase.sections).some((section) => store.state().text[section as TextSection].trim() !== '')
    if (!occupied) return fill(phrase, 'replace')
    const asked = modal.confirm({
      title: sayEditor('replaceAsk', { title: phrase.title }),
      okText: sayEditor('replace'),
      onOk: () => fill(phrase, 'replace'),
      footer: (_, { OkBtn, CancelBtn }) => (
        <>
          <CancelBtn />
          <Button
            onClick={() => {
              asked.destroy()
              fill(phrase, 'append')
            }}
          >
            {sayEditor('append')}
          </Button>
          <OkBtn />
        </>
      ),
    })
  }
  /** A macro becomes its text where it was typed; a template fills its sections, and its letters go. */
  const expand = (word: string): string | undefined => {
    const phrase = expansionOf(phrases, word, examination)
    if (phrase === undefined) return undefined
    if (phrase.kind === 'macro') {
      noteUsed(phrase)
      return phrase.sections.text
    }
    setTimeout(() => use(phrase))
    return ''
  }
  const compare = useCallback(
    (words: string) => {
      const { comparison } = store.state().text
      if (comparison.includes(words)) return
      type({ comparison: comparison.trim() === '' ? words : `${comparison.trimEnd()}\n${words}` })
    },
    [store, type],
  )
  const compareWith = (prior: Prior) =>
    compare(
      sayEditor('compareText', {
        date: dicomDate(prior.StudyDate),
        study: `${prior.modality} ${prior.StudyDescription}`.trim(),
        institution: prior.institution,
      }),
    )

  // Images that came after the grade are graded too. It is taken back at the server at once: the same one, chosen again, is a new one.
  const late = useRef(checked)
  useEffect(() => {
    if (late.current === checked) return
    late.current = checked
    if (readOnly || store.state().text.grade === null || !checked?.some(({ rule }) => rule === 'late-images')) return
    type({ grade: null })
    void store.save()
    message.info(sayEditor('gradeAgain'))
  }, [checked, readOnly, store, type, message, sayEditor])

  // What viewer and priors put into the report.
  const { onInsert, notice } = viewer
  useEffect(
    () =>
      onInsert((insertion) => {
        if (readOnly) return
        if (insertion.kind === 'text') sections.insert(insertion.text)
        else if (insertion.kind === 'comparison') compare(insertion.text)
        else {
          const { keyImages } = store.state().text
          const { image } = insertion
          const there = keyImages.findIndex((each) => keyOf(each) === keyOf(image))
          if (there < 0 && keyImages.length >= mostKeyImages) return notice(sayViewer('imagesFull', { most: mostKeyImages }))
          // Captured again: its window and marks are the newer ones, its caption is what somebody wrote.
          if (there >= 0)
            type({ keyImages: keyImages.map((each, at) => (at === there ? { ...image, caption: each.caption || image.caption } : each)) })
          else type({ keyImages: [...keyImages, image] })
          notice(there < 0 ? sayViewer('imageAdded', { n: keyImages.length + 1, most: mostKeyImages }) : sayViewer('imageThere'))
        }
      }),
    [onInsert, readOnly, sections, compare, store, type, notice, sayViewer],
  )
  useKeys({
    ...(readOnly ? {} : { F2: () => setChoosing(true), ...choiceKeys(modality, text, type) }),
    ...(!readOnly && review.mode === 'reworking'
      ? { 'Alt+KeyA': () => review.accept(review.sections.flatMap(({ parts }) => parts.flatMap(({ change }) => change?.key ?? []))) }
      : {}),
  })

  if (final && workitem.report) {
    return (
      <>
        {state.forked && <Alert type="warning" showIcon title={sayEditor('forkMine')} />}
        <ReportSheet report={workitem.report} plain />
        <AnchorLinks text={`${workitem.report.findings}\n${workitem.report.impression}`} viewer={viewer} workitem={workitem} />
        <ReportActions workitem={workitem} account={account} store={store} text={text} viewer={viewer} writable={false} />
      </>
    )
  }
  const show = ({ where }: Finding) => {
    if (where !== null && (textSections as readonly string[]).includes(where.field)) {
      sections.select(where.field as TextSection, where.start, where.end)
    }
  }
  const blanks = textSections.reduce((sum, section) => sum + placeholdersIn(text[section]).length, 0)
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
        {blanks > 0 && (
          <button
            type="button"
            className="badge badge-late blanks"
            title={sayEditor('blanksHint')}
            onClick={() => sections.firstBlank(text)}
          >
            {sayEditor('blanks', { count: blanks })}
          </button>
        )}
        <span className="save-line-space" />
        {!readOnly && (
          <>
            <Dropdown
              trigger={['click']}
              disabled={workitem.priors.length === 0}
              menu={{
                items: workitem.priors.slice(0, 20).map((prior) => ({
                  key: prior.StudyInstanceUID,
                  label: `${dicomDate(prior.StudyDate)} ${prior.modality} ${prior.StudyDescription}`,
                  onClick: () => compareWith(prior),
                })),
              }}
            >
              <Button size="small" title={workitem.priors.length === 0 ? sayEditor('noPriors') : sayEditor('compareHint')}>
                {sayEditor('compare')}
              </Button>
            </Dropdown>
            <Button size="small" title={sayEditor('templatesHint')} onClick={() => setChoosing(true)}>
              {sayEditor('templates')} <kbd>F2</kbd>
            </Button>
          </>
        )}
      </div>
      {(state.forked || (!writable && isUnsaved(state))) && (
        <Alert type={state.forked ? 'warning' : 'error'} showIcon title={state.forked ? sayEditor('forkMine') : say('phase_closed')} />
      )}
      <Forks
        workitem={workitem}
        texts={texts}
        text={text}
        writable={!readOnly}
        onMerge={(merged) => {
          type(merged)
          return store.save()
        }}
      />
      <div className="sections">
        {textSections.map((section) => (
          <SectionField
            key={section}
            id={`${ids}${section}`}
            section={section}
            text={text}
            readOnly={readOnly}
            label={saySection(section)}
            onType={type}
            onArea={(area) => sections.register(section, area)}
            onFocus={() => sections.entered(section)}
            expand={expand}
            onLeave={(backwards) => sections.leave(section, backwards)}
            onAnchor={(anchor) => goToAnchor(viewer, workitem, anchor)}
          />
        ))}
      </div>
      <AnchorLinks text={textSections.map((section) => text[section]).join('\n')} viewer={viewer} workitem={workitem} />
      <KeyImageStrip
        images={text.keyImages}
        StudyInstanceUID={workitem.StudyInstanceUID}
        readOnly={readOnly}
        onType={type}
        onShow={({ StudyInstanceUID = workitem.StudyInstanceUID, SOPInstanceUID, frame, window = null }) =>
          viewer.goTo({ StudyInstanceUID, SOPInstanceUID, frame, window })
        }
      />
      {review.mode === 'reviewing' && (
        <ChangesPanel
          title={sayEditor('changesOf', { name: workitem.author?.displayName ?? '' })}
          sections={review.sections}
          readOnly={readOnly}
          reasons={review.reasons}
          onReason={({ key }, reason) => review.setReason(key, reason)}
          onTakeBack={({ section, taken }) => type({ [section]: taken })}
        />
      )}
      {review.mode === 'reworking' && review.last && (
        <ChangesPanel
          title={sayEditor('changesBy', { name: review.last.reviewer.displayName })}
          sections={review.sections}
          readOnly={readOnly}
          said={review.last.changes}
          accepted={review.accepted}
          onAccept={review.accept}
          onTakeBack={({ key, section, before, after }) => {
            const stands = store.state().text[section]
            // The author may have written on: only the reviewer's own words are put back.
            if (after !== '' && stands.includes(after)) type({ [section]: stands.replace(after, () => before) })
            else if (after === '') type({ [section]: `${stands}${before}` })
            review.accept([key])
          }}
        />
      )}
      <LintPanel findings={checked} begun={text.findings.trim() !== '' || text.impression.trim() !== ''} onShow={show} />
      <div className="editor-foot">
        <Choices text={text} modality={modality} readOnly={readOnly} onType={type} />
        <ReportActions
          workitem={workitem}
          account={account}
          store={store}
          text={text}
          viewer={viewer}
          writable={writable}
          findings={checked ?? []}
          review={review}
          onShow={show}
        />
      </div>
      {phase === 'conflict' && state.theirs && (
        <Merge
          name={workitem.patient.name}
          left={{ title: sayEditor('mine'), text }}
          right={{
            title: `${sayEditor('theirs')} · ${state.theirs.author?.displayName ?? ''} ${exactTime(state.theirs.savedAt)}`,
            text: state.theirs,
          }}
          onMerge={store.choose}
        />
      )}
      {choosing && (
        <TemplateChooser phrases={phrases} examination={examination} onChoose={use} onCancel={() => setChoosing(false)} key={language} />
      )}
    </section>
  )
}

function whyNot(workitem: WorkitemDetail, say: ReturnType<typeof useWords<keyof typeof readingWords>>): string {
  if (workitem.state === 'CLAIMED' && workitem.assignee) return say('heldBy', { name: workitem.assignee.displayName })
  if (workitem.state === 'REVIEWING' && workitem.assignee) return say('reviewedBy', { name: workitem.assignee.displayName })
  if (workitem.state === 'SUBMITTED') return say('waiting')
  if (!workitem.verbs.includes('claim')) return ''
  return say(workitem.state === 'REWORK' ? 'notBegun' : 'notClaimed')
}
