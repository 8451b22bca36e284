/** What was said on a task, and a field to say more. Plain elements: the ward page has it too. reading.md §3.2 #11. */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import type { Message, MessageInput, MessageKind, Preset, Side, Thread } from '../api/question-types.ts'
import { exactTime, relativeTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import { questionWords } from './words.ts'

/** What was typed and not sent stays while the page is open, whatever is closed meanwhile. */
const typedOn = new Map<string, string>()

interface Props {
  readonly workitem: string
  readonly thread: Thread
  /** On which side the person who looks at it is. */
  readonly side: Side
  /** A question may let the task wait. */
  readonly mayPause: boolean
  readonly presets: readonly Preset[]
  readonly autoFocus?: boolean
  readonly onSay: (input: MessageInput) => Promise<unknown>
  /** It is on the screen up to this message. */
  readonly onSeen: (upTo: string) => void
}

export function ThreadView({ workitem, thread, side, mayPause, presets, autoFocus = false, onSay, onSeen }: Props) {
  const say = useWords(questionWords)
  const { language } = useLanguage()
  const myTurn = thread.waitingFor === side
  const usual: MessageKind = myTurn ? 'answer' : side === 'centre' ? 'question' : thread.items.length === 0 ? 'question' : 'remark'
  const [chosen, setChosen] = useState<MessageKind | null>(null)
  const kind = chosen ?? usual
  const [text, setText] = useState(typedOn.get(workitem) ?? '')
  const [pause, setPause] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const end = useRef<HTMLDivElement>(null)
  const last = thread.items.at(-1)?.id
  useEffect(() => {
    if (text.trim() === '') typedOn.delete(workitem)
    else typedOn.set(workitem, text)
  }, [workitem, text])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new message is scrolled to
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' })
  }, [last])
  useEffect(() => {
    if (last === undefined || thread.unread === 0) return
    const tell = () => document.visibilityState === 'visible' && onSeen(last)
    tell()
    document.addEventListener('visibilitychange', tell)
    return () => document.removeEventListener('visibilitychange', tell)
  }, [last, thread.unread, onSeen])

  const send = async (words: string, as: MessageKind, clear: boolean) => {
    if (busy || words.trim() === '') return
    setBusy(true)
    setFailure(null)
    try {
      await onSay({ text: words.trim(), kind: as, ...(as === 'question' && mayPause && pause ? { pause: true } : {}) })
      if (clear) setText('')
      setChosen(null)
    } catch (error) {
      setFailure(sentenceOf(error, language))
    } finally {
      setBusy(false)
    }
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') {
      event.preventDefault()
      event.stopPropagation()
      void send(text, kind, true)
    }
  }
  const kinds: readonly MessageKind[] = thread.waitingFor === side ? ['answer', 'question', 'remark'] : ['question', 'remark']
  return (
    <div className="thread">
      {thread.items.length === 0 && (
        <p className="quiet thread-none">
          {say('none')} {side === 'centre' && say('noneHint')}
        </p>
      )}
      <ol className="thread-items">
        {thread.items.map((message) => (
          <Said key={message.id} message={message} />
        ))}
      </ol>
      <div ref={end} />
      {thread.waitingFor && (
        <p className={myTurn ? 'thread-turn' : 'quiet thread-turn'} role="status">
          {myTurn ? `⚠ ${say('yourTurn')}` : say(thread.waitingFor === 'owner' ? 'waitingOwner' : 'waitingCentre')}
        </p>
      )}
      {thread.mayWrite && (
        <form
          className="thread-form"
          onKeyDown={onKeyDown}
          onSubmit={(event) => {
            event.preventDefault()
            void send(text, kind, true)
          }}
        >
          {side === 'owner' && myTurn && presets.length > 0 && (
            <fieldset className="thread-presets">
              <legend className="quiet">{say('presets')}</legend>
              {presets.map((preset) => (
                <button key={preset.id} type="button" disabled={busy} onClick={() => void send(preset[language], 'answer', false)}>
                  {preset[language]}
                </button>
              ))}
            </fieldset>
          )}
          <textarea
            rows={2}
            maxLength={1_000}
            value={text}
            // biome-ignore lint/a11y/noAutofocus: asked for by a key
            autoFocus={autoFocus}
            placeholder={say(`write_${kind}`)}
            aria-label={say(`write_${kind}`)}
            onChange={({ target }) => setText(target.value)}
          />
          <div className="thread-send">
            <span className="thread-kinds">
              {kinds.map((each) => (
                <label key={each}>
                  <input type="radio" name={`kind-${workitem}`} checked={kind === each} onChange={() => setChosen(each)} /> {say(each)}
                </label>
              ))}
            </span>
            {mayPause && kind === 'question' && (
              <label className="thread-pause">
                <input type="checkbox" checked={pause} onChange={({ target }) => setPause(target.checked)} /> {say('pause')}
              </label>
            )}
            <button type="submit" className="thread-submit" disabled={busy || text.trim() === ''} title="Ctrl+Enter">
              {say(`send_${kind}`)}
            </button>
          </div>
          {failure !== null && (
            <p className="thread-failure" role="alert">
              ⚠ {failure}。{say('failed')}
            </p>
          )}
        </form>
      )}
    </div>
  )
}

function Said({ message }: { readonly message: Message }) {
  const say = useWords(questionWords)
  const { language } = useLanguage()
  const now = useNow(30_000)
  const { by, at, text, kind, mine, seenAt, seenBy } = message
  return (
    <li className={`said said-${kind}${mine ? ' said-mine' : ''}${!mine && seenAt === null ? ' said-unread' : ''}`}>
      <div className="said-head">
        <b>{by.displayName}</b> <span className="quiet">{by.institution}</span> <span className="said-kind">{say(kind)}</span>
        <time className="quiet number" title={exactTime(at)}>
          {relativeTime(at, now, language)}
        </time>
      </div>
      <p className="said-text">{text}</p>
      {mine && (
        <div className="quiet said-seen">
          {seenAt === null ? say('unseen') : say('seen', { name: seenBy ?? '', time: relativeTime(seenAt, now, language) })}
        </div>
      )}
    </li>
  )
}
