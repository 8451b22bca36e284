/** One stack of the light viewer: a picture, the window buttons above, the slider below. */
import { type PointerEvent, useCallback, useEffect, useMemo, useRef } from 'react'
import type { LightSeries, WindowPreset } from '../api/types.ts'
import { useWords } from '../language/language.tsx'
import { ahead, clamp, framesOf, presetsOf, renderedAddress, viewportPixels, wheelSteps } from './stack.ts'
import { usePicture } from './use-picture.ts'
import { wardWords } from './words.ts'

export interface View {
  readonly zoom: number
  readonly x: number
  readonly y: number
}

export const fit: View = { zoom: 1, x: 0, y: 0 }

const isPresetWord = (name: string): name is 'lung' | 'mediastinum' | 'bone' | 'brain' | 'abdomen' =>
  name === 'lung' || name === 'mediastinum' || name === 'bone' || name === 'brain' || name === 'abdomen'

interface Props {
  readonly StudyInstanceUID: string
  readonly series: LightSeries
  /** Whose and when, where two stand side by side. */
  readonly title: string | null
  /** From the first picture (0) to the last (1). */
  readonly place: number
  readonly active: boolean
  readonly preset: WindowPreset | null
  readonly view: View
  readonly onActive: () => void
  readonly onMove: (by: number) => void
  readonly onPreset: (preset: WindowPreset | null) => void
  readonly onView: (change: (view: View) => View) => void
}

export function Stack({ StudyInstanceUID, series, title, place, active, preset, view, onActive, onMove, onPreset, onView }: Props) {
  const say = useWords(wardWords)
  const frames = useMemo(() => framesOf(series), [series])
  const presets = presetsOf(series)
  const last = frames.length - 1
  const at = Math.round(place * last)
  const direction = useRef<1 | -1>(1)
  const stage = useRef<HTMLDivElement>(null)
  const pixels = view.zoom > 1.2 ? viewportPixels * 2 : viewportPixels
  // A window of another kind of picture says nothing here.
  const window = presets.some(({ name }) => name === preset?.name) ? preset : null
  const addressOf = useCallback(
    (index: number) => renderedAddress(StudyInstanceUID, frames[index]!, window, pixels),
    [StudyInstanceUID, frames, window, pixels],
  )
  const next = useMemo(() => ahead(at, frames.length, direction.current).map(addressOf), [at, frames, addressOf])
  const picture = usePicture(addressOf(at), next)

  const move = useCallback(
    (steps: number) => {
      if (steps === 0 || last <= 0) return
      direction.current = steps > 0 ? 1 : -1
      // Onto a picture, never between two: halves would be lost in rounding.
      onMove(clamp(at + steps, 0, last) / last - place)
    },
    [at, place, last, onMove],
  )
  const zoomBy = useCallback(
    (factor: number) =>
      onView((view) => {
        const zoom = clamp(view.zoom * factor, 1, 8)
        return zoom === 1 ? fit : { ...view, zoom }
      }),
    [onView],
  )

  // A wheel listener that may prevent the page from scrolling cannot be passive, as React's is.
  const turned = useRef({ move, zoomBy })
  turned.current = { move, zoomBy }
  useEffect(() => {
    const element = stage.current
    if (!element) return
    let gathered = 0
    const wheel = (event: WheelEvent) => {
      event.preventDefault()
      if (event.ctrlKey) {
        turned.current.zoomBy(event.deltaY < 0 ? 1.15 : 1 / 1.15)
        return
      }
      const result = wheelSteps(gathered, event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 30 : event.deltaY)
      gathered = result.gathered
      turned.current.move(result.steps)
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => element.removeEventListener('wheel', wheel)
  }, [])
  useEffect(() => {
    if (!active) return
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowRight: 1,
      ArrowUp: -1,
      ArrowLeft: -1,
      PageDown: 10,
      PageUp: -10,
      Home: -1e6,
      End: 1e6,
    }
    const press = (event: KeyboardEvent) => {
      if (event.isComposing || event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return
      if (event.target instanceof HTMLSelectElement) return
      const by = steps[event.key]
      const chosen = /^[1-9]$/.test(event.key) && !event.ctrlKey ? presets[Number(event.key) - 1] : undefined
      if (by === undefined && chosen === undefined) return
      event.preventDefault()
      if (by !== undefined) move(by)
      else onPreset(chosen ?? null)
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [active, move, presets, onPreset])

  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (event.buttons !== 1) return
    event.currentTarget.setPointerCapture(event.pointerId)
    onView((view) => (view.zoom === 1 ? view : { ...view, x: view.x + event.movementX, y: view.y + event.movementY }))
  }
  return (
    <div className="stack">
      <div className="stack-bar">
        {presets.length > 0 && (
          <>
            <button type="button" aria-pressed={window === null} onClick={() => onPreset(null)}>
              {say('presetDefault')}
            </button>
            {presets.map((each, index) => (
              <button
                key={each.name}
                type="button"
                aria-pressed={window?.name === each.name}
                title={`${index + 1} · ${each.center} / ${each.width}`}
                onClick={() => onPreset(each)}
              >
                {isPresetWord(each.name) ? say(each.name) : each.name}
              </button>
            ))}
          </>
        )}
        <span className="space" />
        <button type="button" onClick={() => zoomBy(1 / 1.5)} aria-label={say('zoomOut')}>
          −
        </button>
        <button type="button" onClick={() => onView(() => fit)}>
          {say('fit')}
        </button>
        <button type="button" onClick={() => zoomBy(1.5)} aria-label={say('zoomIn')}>
          +
        </button>
      </div>
      <div
        ref={stage}
        role="application"
        aria-label={say('images')}
        className={view.zoom > 1 ? 'picture zoomed' : 'picture'}
        onPointerDown={onActive}
        onPointerMove={drag}
        onDoubleClick={() => onView(() => fit)}
      >
        {picture.shown && (
          <img
            src={picture.shown}
            alt={say('frame', { at: at + 1, count: frames.length })}
            draggable={false}
            style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})` }}
          />
        )}
        {title !== null && <span className="picture-note title">{title}</span>}
        {picture.state !== 'shown' && (
          <span className="picture-note state">{say(picture.state === 'failed' ? 'frameFailed' : 'loading')}</span>
        )}
        <span className="picture-note bottom">{say('notDiagnostic')}</span>
      </div>
      <div className="stack-foot">
        <button type="button" onClick={() => move(-1)} aria-label={say('previous')} disabled={at === 0}>
          ‹
        </button>
        <input
          type="range"
          min={0}
          max={last}
          value={at}
          aria-label={say('frame', { at: at + 1, count: frames.length })}
          onChange={({ target }) => move(Number(target.value) - at)}
        />
        <button type="button" onClick={() => move(1)} aria-label={say('following')} disabled={at === last}>
          ›
        </button>
        <span className="number">{say('frame', { at: at + 1, count: frames.length })}</span>
        {title === null && <span className="quiet hint">{say('hint')}</span>}
      </div>
    </div>
  )
}
