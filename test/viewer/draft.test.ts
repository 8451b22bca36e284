/** A report being written is never lost: viewer/portal/drafts. reading.md §6.2, scenario D of §9. */
import { describe, expect, test } from 'vitest'
import type { Draft } from '../../viewer/portal/api/types.ts'
import {
  type Copy,
  type DraftState,
  draftAfter,
  emptyText,
  isUnsaved,
  newDraft,
  sameText,
  type Text,
} from '../../viewer/portal/drafts/draft.ts'
import { createDraftStore, type DraftStore, idleMs, type Refusal, retryMs } from '../../viewer/portal/drafts/draft-store.ts'

const text = (findings: string, impression = ''): Text => ({ ...emptyText, findings, impression })
const draft = (findings: string, rev: number): Draft => ({ ...text(findings), rev, savedAt: '2026-11-22T08:00:00Z', author: null })
const copy = (findings: string, rev: number): Copy => ({ ...text(findings), rev, at: 0 })
const loaded = (server: Draft | null, kept: Copy | null = null, state: DraftState = newDraft) =>
  draftAfter(state, { type: 'loaded', draft: server, copy: kept, writable: true })

describe('opening', () => {
  test('shows what the server has when the browser kept nothing', () => {
    expect(loaded(draft('两肺清晰', 3))).toMatchObject({ phase: 'saved', rev: 3, text: text('两肺清晰') })
  })
  test('starts empty, with nothing preset', () => {
    expect(loaded(null)).toMatchObject({ phase: 'saved', rev: 0, text: { findings: '', impression: '', polarity: null } })
  })
  test('restores text that the browser kept and the server never got', () => {
    expect(loaded(draft('两肺', 3), copy('两肺清晰', 3))).toMatchObject({
      phase: 'changed',
      rev: 3,
      text: text('两肺清晰'),
      restored: true,
    })
  })
  test('restores the first words of a report that was never saved', () => {
    expect(loaded(null, copy('两', 0))).toMatchObject({ phase: 'changed', rev: 0, text: text('两') })
  })
  test('drops a kept copy that says the same as the server', () => {
    expect(loaded(draft('两肺清晰', 4), copy('两肺清晰', 3)).phase).toBe('saved')
  })
  test('shows both when the server moved on meanwhile', () => {
    const state = loaded(draft('另一位医师的', 5), copy('我的', 3))
    expect(state).toMatchObject({ phase: 'conflict', text: text('我的') })
    expect(state.theirs?.findings).toBe('另一位医师的')
  })
})

describe('a workitem that is read again', () => {
  test('never overwrites what is being typed', () => {
    const typing = draftAfter(loaded(draft('两肺', 3)), { type: 'typed', change: { findings: '两肺清晰' } })
    expect(loaded(draft('别的', 4), null, typing).text.findings).toBe('两肺清晰')
  })
  test('never brings back a text older than the last save', () => {
    const saved = { ...loaded(draft('新', 4)), rev: 4 }
    expect(loaded(draft('旧', 3), null, saved).text.findings).toBe('新')
    expect(loaded(null, null, saved).text.findings).toBe('新')
  })
  test('brings the newer text of the same writer’s other window', () => {
    expect(loaded(draft('新', 4), null, loaded(draft('旧', 3))).text.findings).toBe('新')
  })
  test('brings the text back to life when the workitem is ours again', () => {
    const closed: DraftState = { ...loaded(draft('两肺', 3)), phase: 'closed', text: text('两肺清晰') }
    expect(loaded(draft('两肺', 3), null, closed)).toMatchObject({ phase: 'changed', text: text('两肺清晰') })
    expect(loaded(draft('同事的', 5), null, closed).phase).toBe('conflict')
  })
})

describe('saving', () => {
  const typed = draftAfter(loaded(draft('两肺', 3)), { type: 'typed', change: { findings: '两肺清晰' } })
  const sending = draftAfter(typed, { type: 'sending' })
  test('what was typed while a save was on its way is still to be saved', () => {
    const more = draftAfter(sending, { type: 'typed', change: { findings: '两肺清晰。' } })
    expect(more.phase).toBe('saving')
    expect(draftAfter(more, { type: 'stored', rev: 4, savedAt: '' })).toMatchObject({ phase: 'changed', rev: 4 })
    expect(draftAfter(sending, { type: 'stored', rev: 4, savedAt: '' })).toMatchObject({ phase: 'saved', rev: 4 })
  })
  test('a conflict with our own text, whose answer was lost, is none', () => {
    expect(draftAfter(sending, { type: 'refused', why: 'conflict', current: draft('两肺清晰', 4) })).toMatchObject({
      phase: 'saved',
      rev: 4,
    })
    const more = draftAfter(sending, { type: 'typed', change: { findings: '两肺清晰。' } })
    expect(draftAfter(more, { type: 'refused', why: 'conflict', current: draft('两肺清晰', 4) })).toMatchObject({
      phase: 'changed',
      rev: 4,
    })
  })
  test('a conflict waits for a person; what is typed then changes nothing', () => {
    const conflict = draftAfter(sending, { type: 'refused', why: 'conflict', current: draft('同事的', 4) })
    expect(conflict.phase).toBe('conflict')
    expect(draftAfter(conflict, { type: 'typed', change: { findings: 'x' } })).toBe(conflict)
    expect(draftAfter(conflict, { type: 'chosen', text: conflict.text })).toMatchObject({ phase: 'changed', rev: 4, theirs: null })
    expect(draftAfter(conflict, { type: 'chosen', text: text('同事的') })).toMatchObject({ phase: 'saved', rev: 4 })
  })
  test('everything but saved text counts as unsaved', () => {
    expect([newDraft, loaded(null), typed, sending].map(isUnsaved)).toEqual([false, false, true, true])
  })
})

/** A store with a server, a browser copy and a clock in the hand. */
function desk(put: (text: Text, rev: number) => Promise<{ rev: number; savedAt: string }>) {
  const kept: { copy: Copy | null; broken: boolean } = { copy: null, broken: false }
  const forks: { texts: Text[]; away: boolean } = { texts: [], away: false }
  let timers: { ms: number; then: () => void }[] = []
  const store: DraftStore = createDraftStore({
    put,
    refusalOf: (error) => error as Refusal,
    fork: async (text) => {
      if (forks.away) throw new Error('no line')
      forks.texts.push(text)
    },
    copy: {
      read: async () => {
        if (kept.broken) throw new Error('no IndexedDB')
        return kept.copy
      },
      write: async (copy) => {
        kept.copy = copy
      },
      remove: async () => {
        kept.copy = null
      },
    },
    clock: () => 0,
    after(ms, then) {
      const timer = { ms, then }
      timers.push(timer)
      return () => {
        timers = timers.filter((each) => each !== timer)
      }
    },
  })
  /** Lets the timers of this length ring. */
  const ring = async (ms: number) => {
    const due = timers.filter((timer) => timer.ms === ms)
    timers = timers.filter((timer) => timer.ms !== ms)
    for (const { then } of due) then()
    await new Promise((resolve) => setTimeout(resolve))
  }
  return { store, kept, forks, ring, timers: () => timers.map(({ ms }) => ms) }
}

const accepting = () => {
  const server: { rev: number; texts: Text[] } = { rev: 0, texts: [] }
  return {
    server,
    put: async (text: Text, rev: number) => {
      if (rev !== server.rev)
        throw { type: 'refused', why: 'conflict', current: { ...server.texts.at(-1), rev: server.rev, savedAt: '', author: null } }
      server.texts.push(text)
      return { rev: ++server.rev, savedAt: '2026-11-22T08:00:00Z' }
    },
  }
}

test('a text is the same in whatever order its parts come back', () => {
  const one = { ...emptyText, grade: { grade: '甲', dims: { coverage: true, position: true } } } as const
  const other = { ...emptyText, grade: { dims: { position: true, coverage: true }, grade: '甲' } } as const
  expect(sameText(one, other)).toBe(true)
  expect(sameText(one, { ...other, grade: { dims: {}, grade: '甲' } })).toBe(false)
})

describe('the store', () => {
  test('keeps a copy at once, saves after two idle seconds, and then lets the copy go', async () => {
    const { server, put } = accepting()
    const { store, kept, ring, timers } = desk(put)
    await store.load(null, true)
    store.type({ findings: '两' })
    store.type({ findings: '两肺' })
    expect(kept.copy?.findings).toBe('两肺')
    expect(timers()).toEqual([idleMs])
    await ring(idleMs)
    expect(server.texts.map(({ findings }) => findings)).toEqual(['两肺'])
    expect(store.state().phase).toBe('saved')
    expect(kept.copy).toBeNull()
  })
  test('says that everything is saved only when it is, also for what was typed meanwhile', async () => {
    const { server, put } = accepting()
    const { store } = desk(put)
    await store.load(null, true)
    store.type({ findings: 'a' })
    const saving = store.save()
    store.type({ findings: 'ab' })
    expect(await saving).toBe(true)
    expect(server.texts.at(-1)?.findings).toBe('ab')
  })
  test('keeps the copy and tries again by itself while the line is dead', async () => {
    const { server, put } = accepting()
    let dead = true
    const { store, kept, ring, timers } = desk((text, rev) => (dead ? Promise.reject({ type: 'refused', why: 'offline' }) : put(text, rev)))
    await store.load(null, true)
    store.type({ findings: '两肺' })
    expect(await store.save()).toBe(false)
    expect(store.state().phase).toBe('offline')
    expect(kept.copy?.findings).toBe('两肺')
    store.type({ findings: '两肺清晰' })
    expect(kept.copy?.findings).toBe('两肺清晰')
    dead = false
    expect(timers()).toEqual([retryMs])
    await ring(retryMs)
    await ring(idleMs)
    expect(server.texts.at(-1)?.findings).toBe('两肺清晰')
  })
  test('waits for the password when the session expired, and saves when it is back', async () => {
    const { server, put } = accepting()
    let known = false
    const { store, kept, ring, timers } = desk((text, rev) =>
      known ? put(text, rev) : Promise.reject({ type: 'refused', why: 'signed-out' }),
    )
    await store.load(null, true)
    store.type({ findings: '两肺' })
    await store.save()
    expect(store.state().phase).toBe('signed-out')
    expect(timers()).toEqual([])
    expect(kept.copy?.findings).toBe('两肺')
    known = true
    store.retry()
    await ring(idleMs)
    expect(server.texts.at(-1)?.findings).toBe('两肺')
  })
  test('two windows: the later one sees both texts and loses neither', async () => {
    const { server, put } = accepting()
    const first = desk(put)
    const second = desk(put)
    await first.store.load(null, true)
    await second.store.load(null, true)
    first.store.type({ findings: '第一窗口' })
    await first.store.save()
    second.store.type({ findings: '第二窗口' })
    expect(await second.store.save()).toBe(false)
    const { phase, text, theirs } = second.store.state()
    expect([phase, text.findings, theirs?.findings]).toEqual(['conflict', '第二窗口', '第一窗口'])
    second.store.choose({ ...text, findings: '第一窗口\n第二窗口' })
    expect(await second.store.save()).toBe(true)
    expect(server.texts.at(-1)?.findings).toBe('第一窗口\n第二窗口')
  })
  test('a page that is left sends what is unsaved once more and keeps the copy', async () => {
    const { server, put } = accepting()
    const { store, timers } = desk(put)
    await store.load(null, true)
    store.type({ findings: '两肺' })
    store.leave()
    await new Promise((resolve) => setTimeout(resolve))
    expect(server.texts.at(-1)?.findings).toBe('两肺')
    expect(timers()).toEqual([])
  })
  test('somebody who may only read does not touch the copy of an earlier writing', async () => {
    const { put } = accepting()
    const { store, kept } = desk(put)
    kept.copy = copy('写了一半', 0)
    await store.load(draft('服务器', 1), false)
    expect(store.state().text.findings).toBe('服务器')
    expect(kept.copy?.findings).toBe('写了一半')
  })
  test('gives the server a text that came too late, and lets the copy go only then', async () => {
    const { store, kept, forks } = desk(async () => {
      throw { type: 'refused', why: 'closed' }
    })
    await store.load(draft('两肺', 1), true)
    store.type({ findings: '两肺清晰' })
    expect(await store.save()).toBe(false)
    await new Promise((resolve) => setTimeout(resolve))
    expect(store.state()).toMatchObject({ phase: 'closed', forked: true, text: { findings: '两肺清晰' } })
    expect(forks.texts.map(({ findings }) => findings)).toEqual(['两肺清晰'])
    expect(kept.copy).toBeNull()
  })
  test('keeps the copy of a text that came too late while the server is away', async () => {
    const { store, kept, forks } = desk(async () => {
      throw { type: 'refused', why: 'closed' }
    })
    forks.away = true
    await store.load(draft('两肺', 1), true)
    store.type({ findings: '两肺清晰' })
    await store.save()
    await new Promise((resolve) => setTimeout(resolve))
    expect(store.state()).toMatchObject({ phase: 'closed', forked: false })
    expect(kept.copy?.findings).toBe('两肺清晰')
  })
  test('a copy that this browser kept is given to whoever went on with the text', async () => {
    const { put } = accepting()
    const { store, kept, forks } = desk(put)
    kept.copy = copy('断电前的半句', 1)
    await store.load(draft('同事接着写', 2), false, true)
    await new Promise((resolve) => setTimeout(resolve))
    expect(store.state()).toMatchObject({ phase: 'saved', text: { findings: '同事接着写' } })
    expect(forks.texts.map(({ findings }) => findings)).toEqual(['断电前的半句'])
    expect(kept.copy).toBeNull()
  })
  test('works without IndexedDB and says that no copy is kept', async () => {
    const { server, put } = accepting()
    const { store, kept } = desk(put)
    kept.broken = true
    await store.load(null, true)
    expect(store.copyless()).toBe(true)
    store.type({ findings: '两肺' })
    expect(await store.save()).toBe(true)
    expect(server.texts).toHaveLength(1)
  })
})
