/**
 * The county's sites on a sheet of their own: dots by what waits, lines to the centre by how the images come, names that do not hide each other. Drawn from
 * places alone, without tiles, so that it needs no network but ours. reading.md §6.5.
 */
import './map.css'
import { useMemo } from 'react'
import { useOutline } from '../api/map.ts'
import type { Wallboard, WallSite } from '../api/statistics-types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Outline, placesOf } from '../map/outline.tsx'
import { apart, labelled, type Named } from '../map/placement.ts'
import { fitted, type Projection, scaleBar } from '../map/projection.ts'
import { type Size, useSize } from '../map/use-size.ts'
import { Legend } from './legend.tsx'
import { Name, Site, type SiteDrawn } from './site.tsx'
import { detailText, widthOf } from './site-text.ts'
import { wallboardWords } from './words.ts'

interface Props {
  readonly wall: Wallboard
  readonly now: number
  readonly onChoose: (id: number) => void
}

export function SiteMap({ wall, now, onChoose }: Props) {
  const say = useWords(wallboardWords)
  const outline = useOutline()
  const [element, size] = useSize<HTMLDivElement>()
  const placed = wall.sites.some(({ place }) => place !== null)
  return (
    <section className="wall-map" aria-label={say('map')}>
      <div className="map-sheet" ref={element}>
        {size !== null && placed && <Sheet wall={wall} now={now} onChoose={onChoose} size={size} rings={outline.data?.rings ?? none} />}
        {!placed && <p className="map-empty">{say('noPlaces')}</p>}
      </div>
      <Unplaced sites={wall.sites.filter(({ place }) => place === null)} now={now} onChoose={onChoose} />
      <Legend centre={wall.place !== null} outlineFailed={outline.isError} />
    </section>
  )
}

const none: readonly never[] = []
const centreId = 'centre'

function Sheet({ wall, now, onChoose, size, rings }: Props & { readonly size: Size; readonly rings: Parameters<typeof placesOf>[0] }) {
  const say = useWords(wallboardWords)
  const { language } = useLanguage()
  // Read from four metres on the wall; on a desk a little smaller.
  const large = size.width >= 1_200
  const [nameSize, detailSize] = large ? [28, 20] : [19, 15]
  const places = wall.sites.flatMap(({ place }) => (place === null ? [] : [place]))
  // biome-ignore lint/correctness/useExhaustiveDependencies: the places themselves, not the list that came anew with them
  const projection = useMemo(
    () => fitted([...places, ...(wall.place === null ? [] : [wall.place]), ...placesOf(rings)], { ...size, marginX: 48, marginY: 40 }),
    [JSON.stringify([places, wall.place]), rings, size.width, size.height],
  )
  // Always the same order, so that what becomes urgent does not move the others.
  const sites = wall.sites.filter(({ place }) => place !== null).sort((one, other) => one.id - other.id)
  const texts = new Map(sites.map((site) => [String(site.id), detailText(site, now, say, language)]))
  const dots = apart<Named>(
    [
      ...(wall.place === null
        ? []
        : [{ id: centreId, ...projection.pointOf(wall.place), radius: 22, ...roomFor(wall.centre, '', nameSize, detailSize) }]),
      ...sites.map((site) => ({
        id: String(site.id),
        ...projection.pointOf(site.place!),
        radius: radiusOf(site, large),
        ...roomFor(site.name, texts.get(String(site.id))!, nameSize, detailSize),
      })),
    ],
    size,
  )
  const centre = dots.find(({ id }) => id === centreId)
  const labels = labelled(dots, size, centre)
  const byId = new Map(dots.map((dot) => [dot.id, dot]))
  const drawn = sites.map((site): SiteDrawn => {
    const id = String(site.id)
    return { site, dot: byId.get(id)!, label: labels.get(id), detail: texts.get(id)!, centre }
  })
  const centreLabel = labels.get(centreId)
  return (
    <svg
      className="map"
      width={size.width}
      height={size.height}
      style={{ '--name': `${nameSize}px`, '--detail': `${detailSize}px` } as object}
    >
      <title>{say('map')}</title>
      <Outline rings={rings} projection={projection} />
      <Kilometres projection={projection} size={size} />
      {drawn.map((one) => (
        <Site key={one.site.id} drawn={one} part="line" onChoose={onChoose} />
      ))}
      {centre !== undefined && (
        <g className="map-centre">
          <rect x={centre.x - 18} y={centre.y - 18} width={36} height={36} rx={6} />
          <text className="map-sign" x={centre.x} y={centre.y}>
            {say('centreSign')}
          </text>
          {centreLabel !== undefined && <Name label={centreLabel} name={wall.centre} detail="" />}
        </g>
      )}
      {drawn.map((one) => (
        <Site key={one.site.id} drawn={one} part="dot" onChoose={onChoose} />
      ))}
    </svg>
  )
}

/** The more waits, the larger. */
const radiusOf = ({ waiting }: WallSite, large: boolean): number =>
  Math.min(large ? 30 : 24, (large ? 14 : 12) + (waiting === 0 ? 0 : 2.5 * Math.sqrt(waiting)))

/** In steps: a minute more of waiting moves no name. */
const step = 30
const lineHeight = 1.4
function roomFor(name: string, detail: string, nameSize: number, detailSize: number) {
  const width = Math.max(widthOf(name, nameSize), widthOf(detail, detailSize))
  return { width: Math.ceil(width / step) * step, height: nameSize * lineHeight + (detail === '' ? 0 : detailSize * lineHeight) }
}

function Kilometres({ projection, size }: { readonly projection: Projection; readonly size: Size }) {
  const { kilometres, pixels } = scaleBar(projection, 160)
  const y = size.height - 10
  return (
    <g className="map-scale">
      <path d={`M8,${y - 6}V${y}H${8 + pixels}V${y - 6}`} />
      <text x={8 + pixels / 2} y={y - 8}>
        {kilometres} km
      </text>
    </g>
  )
}

interface UnplacedProps extends Pick<Props, 'now' | 'onChoose'> {
  readonly sites: readonly WallSite[]
}

function Unplaced({ sites, now, onChoose }: UnplacedProps) {
  const say = useWords(wallboardWords)
  const { language } = useLanguage()
  if (sites.length === 0) return null
  return (
    <div className="map-unplaced">
      <h2>{say('unplaced')}</h2>
      {sites.map((site) => (
        <button key={site.id} type="button" data-site={site.id} onClick={() => onChoose(site.id)}>
          <b>{site.name}</b> <span className="number">{site.waiting}</span> <small>{detailText(site, now, say, language)}</small>
        </button>
      ))}
    </div>
  )
}
