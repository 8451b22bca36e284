/** The light viewer: the series' pictures rendered by the server, one `<img>`, wheel, window presets, zoom. No WebGL. reading.md §10. */
import { type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import type { LightSeries, WindowPreset } from '../api/types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useAsked } from './asked.ts'
import { ahead, clamp, framesOf, presetsOf, renderedAddress, viewportPixels, wheelSteps } from './stack.ts'
import { usePicture } from './use-picture.ts'
import { wardWords } from './words.ts'

export function LightViewer({ StudyInstanceUID }: { StudyInstanceUID: string }) {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const asked = useAsked<readonly LightSeries[]>(`/api/studies/${StudyInstanceUID}/series`)
  const [chosen, setChosen] = useState<string | null>(null)
  if (asked.data === undefined) {
    return <p className="notice quiet">{asked.error ? sentenceOf(asked.error, language) : say('loading')}</p>
  }
  const series = asked.data.filter(({ instances }) => instances.length > 0)
  const current = series.find(({ SeriesInstanceUID }) => SeriesInstanceUID === chosen) ?? series[0]
  if (!current) return <p className="notice quiet">{say('noSeries')}</p>
  return (
    <div className="light-viewer">
      <nav className="series" aria-label={say('series')}>
        {series.map((each) => {
          const frames = framesOf(each)
          const middle = frames[Math.floor(frames.length / 2)]
          return (
            <button
              key={each.SeriesInstanceUID}
              type="button"
              aria-pressed={each === current}
              onClick={() => setChosen(each.SeriesInstanceUID)}
            >
              {middle && <img src={renderedAddress(StudyInstanceUID, middle, null, 128)} alt="" loading="lazy" />}
              <span>
                {each.Modality} {each.SeriesDescription} <small className="number">{frames.length}</small>
              </span>
            </button>
          )
        })}
      </nav>
      <Stack key={current.SeriesInstanceUID} StudyInstanceUID={StudyInstanceUID} series={current} />
    </div>
  )
}

const isPresetWord = (name: string): name is 'lung' | 'mediastinum' | 'bone' | 'brain' | 'abdomen' =>
  name === 'lung' || name === 'mediastinum' || name === 'bone' || name === 'brain' || name === 'abdomen'

interface View {
  readonly zoom: number
  readonly x: number
  readonly y: number
}

const fit: View = { zoom: 1, x: 0, y: 0 }

function Stack({ StudyInstanceUID, series }: { StudyInstanceUID: string; series: LightSeries }) {
  const say = useWords(wardWords)
  const frames = useMemo(() => framesOf(series), [series])
  const presets = presetsOf(series)
  const [at, setAt] = useState(frames.length > 2 ? Math.floor(frames.length / 2) : 0)
  const [preset, setPreset] = useState<WindowPreset | null>(null)
  const [view, setView] = useState<View>(fit)
  const direction = useRef<1 | -1>(1)
  const stage = useRef<HTMLDivElement>(null)
  const pixels = view.zoom > 1.2 ? viewportPixels * 2 : viewportPixels
  const addressOf = useCallback(
    (index: number) => renderedAddress(StudyInstanceUID, frames[index]!, preset, pixels),
    [StudyInstanceUID, frames, preset, pixels],
  )
  const next = useMemo(() => ahead(at, frames.length, direction.current).map(addressOf), [at, frames, addressOf])
  const picture = usePicture(addressOf(at), next)

  const move = useCallback(
    (steps: number) => {
      if (steps === 0) return
      direction.current = steps > 0 ? 1 : -1
      setAt((at) => clamp(at + steps, 0, frames.length - 1))
    },
    [frames.length],
  )
  const zoomBy = useCallback(
    (factor: number) =>
      setView((view) => {
        const zoom = clamp(view.zoom * factor, 1, 8)
        return zoom === 1 ? fit : { ...view, zoom }
      }),
    [],
  )

  // A wheel listener that may prevent the page from scrolling cannot be passive, as React's is.
  useEffect(() => {
    const element = stage.current
    if (!element) return
    let gathered = 0
    const wheel = (event: WheelEvent) => {
      event.preventDefault()
      if (event.ctrlKey) {
        zoomBy(event.deltaY < 0 ? 1.15 : 1 / 1.15)
        return
      }
      const turned = wheelSteps(gathered, event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 30 : event.deltaY)
      gathered = turned.gathered
      move(turned.steps)
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => element.removeEventListener('wheel', wheel)
  }, [move, zoomBy])
  useEffect(() => {
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
      if (event.isComposing || event.target instanceof HTMLInputElement) return
      const by = steps[event.key]
      if (by === undefined) return
      event.preventDefault()
      move(by)
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [move])

  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (event.buttons !== 1) return
    event.currentTarget.setPointerCapture(event.pointerId)
    setView((view) => (view.zoom === 1 ? view : { ...view, x: view.x + event.movementX, y: view.y + event.movementY }))
  }
  return (
    <div className="stack">
      <div className="stack-bar">
        {presets.length > 0 && (
          <>
            <button type="button" aria-pressed={preset === null} onClick={() => setPreset(null)}>
              {say('presetDefault')}
            </button>
            {presets.map((each) => (
              <button
                key={each.name}
                type="button"
                aria-pressed={preset?.name === each.name}
                title={`${each.center} / ${each.width}`}
                onClick={() => setPreset(each)}
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
        <button type="button" onClick={() => setView(fit)}>
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
        onPointerMove={drag}
        onDoubleClick={() => setView(fit)}
      >
        {picture.shown && (
          <img
            src={picture.shown}
            alt={say('frame', { at: at + 1, count: frames.length })}
            draggable={false}
            style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})` }}
          />
        )}
        {picture.state !== 'shown' && <span className="picture-note">{say(picture.state === 'failed' ? 'frameFailed' : 'loading')}</span>}
        <span className="picture-note bottom">{say('notDiagnostic')}</span>
      </div>
      <div className="stack-foot">
        <button type="button" onClick={() => move(-1)} aria-label={say('previous')} disabled={at === 0}>
          ‹
        </button>
        <input
          type="range"
          min={0}
          max={frames.length - 1}
          value={at}
          aria-label={say('frame', { at: at + 1, count: frames.length })}
          onChange={({ target }) => move(Number(target.value) - at)}
        />
        <button type="button" onClick={() => move(1)} aria-label={say('following')} disabled={at === frames.length - 1}>
          ›
        </button>
        <span className="number">{say('frame', { at: at + 1, count: frames.length })}</span>
        <span className="quiet hint">{say('hint')}</span>
      </div>
    </div>
  )
}
