/**
 * The viewer follows the report: its study is opened, the best prior hung beside it, what was really seen noted for the signature, and the next study fetched
 * ahead. What the viewer hands over goes into the report.
 */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef } from 'react'
import { request } from '../api/http.ts'
import { useNoteOpened, useOpened } from '../api/key-images.ts'
import type { Workitem, WorkitemDetail } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { anchorText } from './anchors.ts'
import { priorBeside } from './prior-choice.ts'
import type { Viewer } from './viewer.tsx'
import { viewerWords } from './viewer-words.ts'

/** Opens the study of this workitem; `again` asks the viewer once more. */
export function useViewing(viewer: Viewer, workitem: WorkitemDetail | undefined): { again: () => void } {
  const { open, leave } = viewer
  const latest = useRef(workitem)
  latest.current = workitem
  const priors = workitem?.priors
  const uid = workitem?.StudyInstanceUID
  const instances = workitem?.instances ?? 0
  const context = useMemo(() => {
    const study = latest.current
    if (uid === undefined || priors === undefined || study === undefined) return null
    return {
      StudyInstanceUID: uid,
      StudyDate: study.StudyDate,
      associatedStudies: priors.map(({ StudyInstanceUID }) => StudyInstanceUID),
      compare: priorBeside(study, priors)?.StudyInstanceUID ?? null,
      instances,
    }
  }, [uid, priors, instances])
  // A reload of the workitem that changes nothing for the viewer does not disturb it.
  const told = context === null ? null : JSON.stringify(context)
  const asked = useRef(context)
  asked.current = context
  const again = useCallback(() => {
    if (asked.current !== null) open(asked.current)
  }, [open])
  useEffect(() => {
    if (told !== null) again()
  }, [told, again])
  // Until the next study is here the report belongs to nobody: the viewer may show the one before.
  useEffect(() => leave, [leave])
  return { again }
}

/**
 * Says to the server what the viewer has really shown: the study, and each prior. Images that come while it is on the screen are not among what it shows: they
 * are acknowledged, or seen the next time that the study is opened.
 */
export function useNoteSeen(viewer: Viewer, workitem: WorkitemDetail, signedIn: boolean): void {
  const { id, StudyInstanceUID, unseen = [], feed } = workitem
  const opened = useOpened(id).data
  /** What had come when the viewer was asked for the study. */
  const known = useRef({ id, feed })
  if (known.current.id !== id) known.current = { id, feed }
  const stale = unseen
    .filter(({ newImages }) => newImages)
    .map((each) => each.StudyInstanceUID)
    .join()
  const { mutate } = useNoteOpened(id)
  const noted = useRef(new Set<string>())
  const { wanted, seen, samePerson } = viewer.bridge
  const others = useMemo(() => new Set(samePerson), [samePerson])
  useEffect(() => {
    if (!signedIn || opened === undefined || wanted !== StudyInstanceUID) return
    for (const study of seen) {
      if (study !== StudyInstanceUID && !others.has(study)) continue
      const before = opened.some((each) => each.StudyInstanceUID === study && each.what === 'images')
      if (noted.current.has(study) || (before && !stale.includes(study))) continue
      noted.current.add(study)
      mutate({ StudyInstanceUID: study, what: 'images', upTo: known.current.feed }, { onError: () => noted.current.delete(study) })
    }
  }, [signedIn, opened, wanted, seen, others, stale, StudyInstanceUID, mutate])
}

/** Measurements become text, key images go to whoever keeps them. */
export function useHandedOver(viewer: Viewer, workitem: WorkitemDetail, writable: boolean): void {
  const say = useWords(viewerWords)
  const { language } = useLanguage()
  const { onContent, insert, notice } = viewer
  const { StudyInstanceUID } = workitem
  const joined = (workitem.studies ?? []).join(' ')
  useEffect(
    () =>
      onContent((content) => {
        if (!writable) return notice(say('notWritable'))
        // What is written into a section takes the keyboard along; whoever is in the images goes on there, and no key lands in the text.
        const { activeElement } = document
        const back = activeElement instanceof HTMLIFrameElement ? () => activeElement.focus() : () => undefined
        if ('keyImage' in content) {
          const { anchor, keyImage } = content
          if (anchor.StudyInstanceUID === StudyInstanceUID) insert({ kind: 'key-image', image: keyImage })
          else if (joined.split(' ').includes(anchor.StudyInstanceUID))
            insert({ kind: 'key-image', image: { ...keyImage, StudyInstanceUID: anchor.StudyInstanceUID } })
          return back()
        }
        const { text, anchor } = content.measurement
        insert({ kind: 'text', text: `${text}${anchorText(anchor, StudyInstanceUID, language)}` })
        back()
        notice(say('textAdded'))
      }),
    [onContent, insert, notice, writable, say, language, StudyInstanceUID, joined],
  )
}

/** Claimed or kept for me, and not the one that is open. */
const isNext = (workitem: Workitem, current: string) =>
  workitem.id !== current && (workitem.state === 'CLAIMED' || workitem.state === 'REWORK' || workitem.state === 'READY')

/** So long the study before the eyes has the line to itself. */
const aheadMs = 3_000

/** The next study that is claimed or reserved is fetched while this one is read. */
export function useFetchAhead(viewer: Viewer, current: string, username: string): void {
  const { prefetch } = viewer
  const drawn = viewer.bridge.firstImageMs !== null && viewer.lock === 'none'
  const next = useQuery({
    queryKey: ['workitems', 'ahead', current],
    queryFn: async () => {
      const { items } = await request<{ items: readonly Workitem[] }>('GET', '/api/workitems?view=mine&limit=20')
      const mine = items.find((each) => isNext(each, current))
      if (mine) return mine.StudyInstanceUID
      const todo = await request<{ items: readonly Workitem[] }>('GET', '/api/workitems?view=todo&limit=20')
      return (
        todo.items.find((each) => each.id !== current && each.reservedFor?.username === username) ??
        todo.items.find((each) => isNext(each, current))
      )?.StudyInstanceUID
    },
    enabled: drawn,
    staleTime: 60_000,
  })
  const study = next.data
  useEffect(() => {
    if (!drawn || study === undefined) return
    const timer = setTimeout(() => prefetch(study), aheadMs)
    return () => clearTimeout(timer)
  }, [drawn, study, prefetch])
}
