/**
 * Tracked changes between two hands. For a reviewer: what they changed in the author's words, each change with its reason or taken back. For the author after
 * a rework: what the reviewer changed, each accepted or taken back, all with one key.
 */
import { Button, Radio } from 'antd'
import type { ChangeReason, ReviewChange } from '../api/review-types.ts'
import { useWords } from '../language/language.tsx'
import { changeReasonWords, editorWords, sectionWords } from './editor-words.ts'
import type { Reasons, TrackedChange, TrackedSection } from './tracked-changes.ts'

const changeReasons: readonly ChangeReason[] = ['style', 'omission', 'error', 'position']
interface Props {
  readonly title: string
  readonly sections: readonly TrackedSection[]
  readonly readOnly: boolean
  /** Of the reviewer. */
  readonly reasons?: Reasons
  readonly onReason?: (change: TrackedChange, reason: ChangeReason) => void
  /** Of the author: what the reviewer said of each, and what was accepted. */
  readonly said?: readonly ReviewChange[]
  readonly accepted?: ReadonlySet<string>
  readonly onAccept?: (keys: readonly string[]) => void
  onTakeBack(change: TrackedChange): void
}

export function ChangesPanel({ title, sections, readOnly, reasons, onReason, said, accepted, onAccept, onTakeBack }: Props) {
  const say = useWords(editorWords)
  const saySection = useWords(sectionWords)
  const sayReason = useWords(changeReasonWords)
  const changes = sections.flatMap(({ parts }) => parts.flatMap(({ change }) => (change === null ? [] : [change])))
  const left = changes.filter(({ key }) => !accepted?.has(key))
  return (
    <section className="changes" aria-label={say('changes')}>
      <h3>
        {title} <span className="number quiet">{changes.length}</span>
        {onAccept && !readOnly && left.length > 0 && (
          <Button size="small" type="primary" title="Alt+A" onClick={() => onAccept(changes.map(({ key }) => key))}>
            {say('acceptAll')}
          </Button>
        )}
      </h3>
      {changes.length === 0 && <p className="quiet">{say('noChanges')}</p>}
      {sections.map(({ section, parts }) => (
        <div key={section} className="changed-section" data-section={section}>
          <h4>{saySection(section)}</h4>
          <p>
            {parts.map(({ kind, before, after, at, change }) =>
              kind === 'same' ? (
                <span key={at}>{after}</span>
              ) : (
                <span key={at} className={accepted?.has(change?.key ?? '') ? 'change change-accepted' : 'change'}>
                  {before !== '' && <del>{before}</del>}
                  {after !== '' && <ins>{after}</ins>}
                </span>
              ),
            )}
          </p>
          <ol>
            {parts.map(({ change }) => {
              if (change === null) return null
              const reason = said?.find(
                ({ field, before, after }) => field === section && before === change.before && after === change.after,
              )?.reason
              return (
                <li key={change.key} data-change={change.key}>
                  <span className="clipped">
                    {change.before !== '' && <del>{change.before}</del>}
                    {change.after !== '' && <ins>{change.after}</ins>}
                  </span>
                  {onReason && (
                    <Radio.Group
                      size="small"
                      optionType="button"
                      buttonStyle="solid"
                      disabled={readOnly}
                      value={reasons?.[change.key] ?? null}
                      onChange={({ target }) => onReason(change, target.value as ChangeReason)}
                      options={changeReasons.map((value) => ({ value, label: sayReason(value) }))}
                    />
                  )}
                  {reason && <span className="badge">{sayReason(reason)}</span>}
                  {!readOnly && onAccept && !accepted?.has(change.key) && (
                    <Button size="small" onClick={() => onAccept([change.key])}>
                      {say('accept')}
                    </Button>
                  )}
                  {accepted?.has(change.key) && <span className="quiet">✓ {say('accepted')}</span>}
                  {!readOnly && !accepted?.has(change.key) && (
                    <Button size="small" type="text" onClick={() => onTakeBack(change)}>
                      {say('takeBack')}
                    </Button>
                  )}
                </li>
              )
            })}
          </ol>
        </div>
      ))}
    </section>
  )
}
