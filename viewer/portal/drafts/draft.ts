/**
 * A report being written, as a state machine: what is typed goes to the browser's own copy at once and to the server after two idle
 * seconds, and is lost by neither a dead line, an expired session, a crash nor a second window. reading.md §6.2.
 *
 * Pure: `draftAfter(state, event)` is all of it; `use-draft.ts` carries out what the phase asks for.
 */
import type { Draft, ReportText } from '../api/types.ts'

export type Text = ReportText

/** The browser's copy: text that the server has not confirmed, and the server's revision that it was typed upon. */
export interface Copy extends Text {
  readonly rev: number
  readonly at: number
}

/**
 * loading: the server's text is not here yet · saved: the server has it all · changed: it does not, the idle timer runs ·
 * saving: on its way · offline: the line is dead, tried again by itself · signed-out: waits for the password ·
 * conflict: the server has another text, a person chooses · closed: the workitem is no longer ours to write, the text stays readable
 * and is given to the server as a fork (`forked`), for whoever holds the workitem to merge.
 */
export type Phase = 'loading' | 'saved' | 'changed' | 'saving' | 'offline' | 'signed-out' | 'conflict' | 'closed'

export interface DraftState {
  readonly phase: Phase
  readonly text: Text
  /** Revision on the server that `text` builds upon; sent as If-Match. */
  readonly rev: number
  /** What is on its way to the server. */
  readonly sent: Text | null
  /** The server's other text, in a conflict. */
  readonly theirs: Draft | null
  readonly savedAt: string | null
  /** The text came back from the browser's copy. */
  readonly restored: boolean
  /** The server keeps the text beside the draft. */
  readonly forked: boolean
}

export type DraftEvent =
  | { readonly type: 'loaded'; readonly draft: Draft | null; readonly copy: Copy | null; readonly writable: boolean }
  | { readonly type: 'typed'; readonly change: Partial<Text> }
  | { readonly type: 'sending' }
  | { readonly type: 'stored'; readonly rev: number; readonly savedAt: string }
  | { readonly type: 'refused'; readonly why: 'conflict'; readonly current: Draft }
  | { readonly type: 'refused'; readonly why: 'offline' | 'signed-out' | 'closed' }
  | { readonly type: 'forked' }
  | { readonly type: 'retry' }
  | { readonly type: 'chosen'; readonly text: Text }

export const emptyText: Text = {
  technique: '',
  comparison: '',
  findings: '',
  impression: '',
  advice: '',
  remark: '',
  polarity: null,
  wording: null,
  grade: null,
  keyImages: [],
}
export const newDraft: DraftState = {
  phase: 'loading',
  text: emptyText,
  rev: 0,
  sent: null,
  theirs: null,
  savedAt: null,
  restored: false,
  forked: false,
}

export const fields = Object.keys(emptyText) as readonly (keyof Text)[]

/** Without whatever else comes with it; a copy of an older version has fewer fields. */
export const textOf = (from: Partial<Text>): Text =>
  Object.fromEntries(fields.map((field) => [field, from[field] ?? emptyText[field]])) as unknown as Text

/** JSON that does not depend on the order of keys: PostgreSQL gives them back in its own. */
const comparable = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(comparable)
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
          .filter(([, item]) => item !== undefined)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, item]) => [key, comparable(item)])
      : value
export const sameField = (a: Text, b: Text, field: keyof Text): boolean =>
  a[field] === b[field] ||
  JSON.stringify(comparable(a[field] ?? emptyText[field])) === JSON.stringify(comparable(b[field] ?? emptyText[field]))
export const sameText = (a: Text, b: Text): boolean => fields.every((field) => sameField(a, b, field))

/** Text that only the browser has: the copy must be kept. */
export const isUnsaved = ({ phase, forked }: DraftState): boolean => phase !== 'saved' && phase !== 'loading' && !forked

/** Nothing may be submitted while a second text waits for a choice or the first is not here. */
export const isWritable = ({ phase }: DraftState): boolean => phase !== 'loading' && phase !== 'conflict' && phase !== 'closed'

function afterLoaded(draft: Draft | null, copy: Copy | null): DraftState {
  const theirs = draft ? textOf(draft) : emptyText
  const rev = draft?.rev ?? 0
  const state: DraftState = { ...newDraft, phase: 'saved', text: theirs, rev, savedAt: draft?.savedAt ?? null }
  if (copy === null || sameText(copy, theirs)) return state
  if (copy.rev === rev) return { ...state, phase: 'changed', text: textOf(copy), restored: true }
  // The server moved on while this browser held unsaved text: both are shown.
  return draft
    ? { ...state, phase: 'conflict', text: textOf(copy), theirs: draft, restored: true }
    : { ...state, phase: 'changed', text: textOf(copy), restored: true }
}

export function draftAfter(state: DraftState, event: DraftEvent): DraftState {
  switch (event.type) {
    case 'loaded': {
      const { draft, copy, writable } = event
      // An answer that left the server before our last save says nothing new.
      if ((draft?.rev ?? 0) < state.rev) return state
      if (state.phase === 'loading' || state.phase === 'saved') return afterLoaded(draft, copy)
      // The workitem is ours again: the text that was left on the screen is compared like a copy.
      if (state.phase === 'closed' && writable) return afterLoaded(draft, { ...state.text, rev: state.rev, at: 0 })
      // Our words are safe beside it: what is read now is what the holder writes.
      if (state.phase === 'closed' && state.forked && draft) return { ...afterLoaded(draft, null), phase: 'closed', forked: true }
      // Text on the screen wins: a reload of the workitem never overwrites what is being typed.
      return state
    }
    case 'typed': {
      if (!isWritable(state)) return state
      const text = { ...state.text, ...event.change }
      if (sameText(text, state.text)) return state
      const phase = state.phase === 'saving' || state.phase === 'offline' || state.phase === 'signed-out' ? state.phase : 'changed'
      return { ...state, text, phase, restored: false }
    }
    case 'sending':
      return state.phase === 'conflict' || state.phase === 'closed' ? state : { ...state, phase: 'saving', sent: state.text }
    case 'stored': {
      const phase = state.sent !== null && sameText(state.sent, state.text) ? 'saved' : 'changed'
      return { ...state, phase, rev: event.rev, savedAt: event.savedAt, sent: null }
    }
    case 'refused':
      if (event.why !== 'conflict') return { ...state, phase: event.why, sent: null }
      // Our own earlier request that arrived although its answer was lost is no conflict.
      if (sameText(event.current, state.text)) {
        return { ...state, phase: 'saved', rev: event.current.rev, savedAt: event.current.savedAt, sent: null }
      }
      if (state.sent !== null && sameText(event.current, state.sent))
        return { ...state, phase: 'changed', rev: event.current.rev, sent: null }
      return { ...state, phase: 'conflict', theirs: event.current, sent: null }
    case 'forked':
      return state.phase === 'closed' ? { ...state, forked: true } : state
    case 'retry':
      return state.phase === 'offline' || state.phase === 'signed-out' ? { ...state, phase: 'changed' } : state
    case 'chosen':
      if (state.phase !== 'conflict' || state.theirs === null) return state
      return {
        ...state,
        phase: sameText(event.text, state.theirs) ? 'saved' : 'changed',
        text: event.text,
        rev: state.theirs.rev,
        savedAt: state.theirs.savedAt,
        theirs: null,
        restored: false,
      }
  }
}
