/** The sites as tiles: the most late first. */
import { Tooltip } from 'antd'
import type { WallSite } from '../api/statistics-types.ts'
import { durationText, relativeTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { addressOf } from './site.tsx'
import { lineOf, lineSigns } from './site-state.ts'
import { lineText } from './site-text.ts'
import { wallboardWords } from './words.ts'

interface Props {
  readonly sites: readonly WallSite[]
  readonly now: number
  readonly onChoose: (id: number) => void
}

export function Tiles({ sites, now, onChoose }: Props) {
  const say = useWords(wallboardWords)
  return (
    <section className="wall-sites" aria-label={say('sites')}>
      {sites.map((site) => (
        <Tile key={site.id} site={site} now={now} onChoose={onChoose} />
      ))}
    </section>
  )
}

function Tile({ site, now, onChoose }: { readonly site: WallSite; readonly now: number; readonly onChoose: Props['onChoose'] }) {
  const say = useWords(wallboardWords)
  const { language } = useLanguage()
  const { link, lastArrivalAt, oldestReadyAt } = site
  const line = lineOf(site)
  const facts = [
    say('today', { n: site.today }),
    ...(site.arriving > 0 ? [say('arrivingN', { n: site.arriving })] : []),
    ...(site.returned > 0 ? [`${say('returned')} ${site.returned}`] : []),
    ...(line === 'stalled' || line === 'arriving' ? [lineText(site, now, say, language)] : []),
  ]
  return (
    <article className={`wall-tile link-${link} ${site.overdue > 0 ? 'is-late' : ''}`} data-site={site.id}>
      <h3 title={site.name}>
        <a
          href={addressOf(site.id)}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return
            event.preventDefault()
            onChoose(site.id)
          }}
        >
          {site.name}
        </a>
      </h3>
      <Tooltip title={say(`${link}Hint`)}>
        <span className="wall-link">
          {lineSigns[link]} {say(link)}
        </span>
      </Tooltip>
      <div className="wall-count">
        <b className="number">{site.waiting}</b> <span>{say('waiting')}</span>
        {site.criticals > 0 && (
          <em className="number wall-critical">
            ‼ {site.criticals} {say('meaning-critical')}
          </em>
        )}
        {site.overdue > 0 && (
          <em className="number">
            ⚠ {site.overdue} {say('overdue')}
          </em>
        )}
      </div>
      <small className="number">
        {oldestReadyAt !== null
          ? say('oldest', { time: durationText(Math.max(0, now - Date.parse(oldestReadyAt)), language) })
          : lastArrivalAt === null
            ? say('neverArrived')
            : say('lastArrival', { time: relativeTime(lastArrivalAt, now, language) })}
      </small>
      <small className="number">{facts.join(' · ')}</small>
    </article>
  )
}
