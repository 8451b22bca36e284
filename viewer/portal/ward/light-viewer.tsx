/**
 * The light viewer: the series' pictures rendered by the server, one `<img>` each; wheel, zoom, pan, window presets, keys; a prior beside it that scrolls
 * along. No WebGL. reading.md §6.4, §10.
 */
import './light-viewer.css'
import { useCallback, useEffect, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import type { LightSeries, WindowPreset } from '../api/types.ts'
import type { WardStudy } from '../api/ward-types.ts'
import { dicomDate } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useAsked } from './asked.ts'
import { clamp, framesOf, renderedAddress } from './stack.ts'
import { fit, Stack, type View } from './stack-view.tsx'
import { wardWords } from './words.ts'

/** Where a stack is, from its first picture (0) to its last (1). */
type Places = readonly [number, number]

export function LightViewer({ study, prior }: { readonly study: WardStudy; readonly prior: WardStudy | null }) {
  const say = useWords(wardWords)
  const [places, setPlaces] = useState<Places>([0.5, 0.5])
  const [linked, setLinked] = useState(true)
  const [preset, setPreset] = useState<WindowPreset | null>(null)
  const [view, setView] = useState<View>(fit)
  /** Which of the two the keys move; both, while they are linked. */
  const [active, setActive] = useState<0 | 1>(0)
  const both = linked && prior !== null
  const move = useCallback(
    (side: 0 | 1, by: number) =>
      setPlaces((places) => {
        const next = (at: 0 | 1) => (at === side || both ? clamp(places[at] + by, 0, 1) : places[at])
        return [next(0), next(1)]
      }),
    [both],
  )
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (
        event.isComposing ||
        event.ctrlKey ||
        event.altKey ||
        event.target instanceof HTMLInputElement ||
        event.target instanceof HTMLTextAreaElement
      )
        return
      if (event.key === 'x' && prior !== null) setLinked((linked) => !linked)
      else if (event.key === '+' || event.key === '=') setView((view) => zoomed(view, 1.5))
      else if (event.key === '-') setView((view) => zoomed(view, 1 / 1.5))
      else if (event.key === '0') setView(fit)
      else return
      event.preventDefault()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [prior])
  const shared = { preset, onPreset: setPreset, view, onView: setView }
  return (
    <div className="light">
      {prior && (
        <div className="pane-bar">
          <label>
            <input type="checkbox" checked={linked} onChange={({ target }) => setLinked(target.checked)} /> {say('linked')}
          </label>
          <span className="quiet hint">{say('hint')}</span>
        </div>
      )}
      <div className={prior ? 'light-sides two' : 'light-sides'}>
        <Side
          study={study}
          titled={prior !== null}
          place={places[0]}
          active={active === 0}
          onActive={() => setActive(0)}
          onMove={(by) => move(0, by)}
          {...shared}
        />
        {prior && (
          <Side
            study={prior}
            titled
            place={places[1]}
            active={active === 1}
            onActive={() => setActive(1)}
            onMove={(by) => move(1, by)}
            {...shared}
          />
        )}
      </div>
    </div>
  )
}

const zoomed = (view: View, factor: number): View => {
  const zoom = clamp(view.zoom * factor, 1, 8)
  return zoom === 1 ? fit : { ...view, zoom }
}

interface SideProps {
  readonly study: WardStudy
  readonly titled: boolean
  readonly place: number
  readonly active: boolean
  readonly preset: WindowPreset | null
  readonly view: View
  readonly onActive: () => void
  readonly onMove: (by: number) => void
  readonly onPreset: (preset: WindowPreset | null) => void
  readonly onView: (change: (view: View) => View) => void
}

function Side({ study, titled, ...rest }: SideProps) {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const { StudyInstanceUID } = study
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
      {/* Two sides share the height: a choice of one takes none of it. */}
      {(series.length > 1 || !titled) && (
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
      )}
      <Stack
        key={current.SeriesInstanceUID}
        StudyInstanceUID={StudyInstanceUID}
        series={current}
        title={titled ? `${study.patient.name} · ${dicomDate(study.StudyDate)} · ${study.institution}` : null}
        {...rest}
      />
    </div>
  )
}
